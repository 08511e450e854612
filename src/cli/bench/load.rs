//! Signed action calls for a given time: a closed loop, where each connection sends its next
//! request when the last one is answered, or an open one at a given pace. It starts no service and
//! prints nothing.

use super::connection::Connection;
use super::latency::{Latencies, as_micros};
use super::pace::Pace;
use super::request_template::{Ids, RequestTemplate};
use super::tally::Tally;
use super::walk;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::action_kind::ActionKind;
use crate::simulator::caller::now_ms;
use crate::simulator::demo_world;
use crate::simulator::signing::Versions;
use hyper::header::HeaderValue;
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// As large as captured ones, so that bodies have a realistic length.
const FIRST_ENROLLMENT: i64 = 2_384_000_000_001;

/// What to do.
#[derive(Clone)]
pub struct Load {
    /// Where the service listens and what it believes its address to be: `http://host:port`.
    pub base_url: String,
    /// The app's client secret.
    pub secret: SecretString,
    /// The account.
    pub portal: PortalId,
    /// How many tickets are visited in turn, each with a conversation of its own.
    pub tickets: u64,
    /// How many requests are in flight.
    pub connections: usize,
    /// For how long requests are begun.
    pub duration: Duration,
    /// When the next one is sent.
    pub pace: Pace,
    /// Where on the walk over the tickets to go on; 0, or the last report's `next_step` to
    /// continue on the same data.
    pub first_step: u64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct LoadReport {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// Of the usable answers.
    pub latencies: Latencies,
    /// Outcomes and failures.
    pub tally: Tally,
    /// The first step that was not made.
    pub next_step: u64,
    /// Whether so many steps were made that the loop guard may have answered for some of them, if
    /// all of them fell into ten minutes.
    pub may_be_damped: bool,
}

impl LoadReport {
    /// Usable answers per second.
    pub fn rate(&self) -> f64 {
        self.tally.answered() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// The load cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Only plain HTTP is spoken here.
    #[error("{base_url:?} cannot be loaded; expected http://host:port")]
    NotAnAddress {
        /// What was given.
        base_url: String,
    },
    /// Nothing listens, or a connection's task died.
    #[error("no load on {base_url}: {cause}")]
    NotRunning {
        /// What was given.
        base_url: String,
        /// What happened.
        cause: String,
    },
}

/// Shared by all connections.
struct Plan {
    templates: [RequestTemplate; ActionKind::ALL.len()],
    tickets: u64,
    first_step: u64,
    next_step: AtomicU64,
    pace: Pace,
    started: Instant,
    ends: Instant,
}

/// Runs the load to its end.
pub async fn run(load: Load) -> Result<LoadReport, LoadError> {
    let not_running = |cause: String| LoadError::NotRunning {
        base_url: load.base_url.clone(),
        cause,
    };
    let connections = connect_all(&load.base_url, load.connections).await?;
    let templates = ActionKind::ALL
        .map(|kind| RequestTemplate::new(kind, load.portal, &load.base_url, &load.secret));
    let started = Instant::now();
    let plan = Arc::new(Plan {
        templates,
        tickets: load.tickets,
        first_step: load.first_step,
        next_step: AtomicU64::new(load.first_step),
        pace: load.pace,
        started,
        ends: started + load.duration,
    });

    let loops: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(send_until_the_end(connection, Arc::clone(&plan))))
        .collect();
    let (mut micros, mut tally) = (Vec::new(), Tally::default());
    for one in loops {
        let (own_micros, own_tally) = one.await.map_err(|died| not_running(died.to_string()))?;
        micros.extend(own_micros);
        tally.merge(own_tally);
    }

    let next_step = plan.next_step.load(Ordering::Relaxed);
    Ok(LoadReport {
        elapsed: started.elapsed(),
        latencies: Latencies::from_micros(micros),
        tally,
        next_step,
        may_be_damped: next_step > walk::steps_before_damping(load.tickets),
    })
}

/// Opens connections to a base address.
pub async fn connect_all(base_url: &str, count: usize) -> Result<Vec<Connection>, LoadError> {
    let parsed = url::Url::parse(base_url);
    let base_url = || base_url.to_owned();
    let url = parsed.ok().filter(|url| url.scheme() == "http");
    let authority = url.as_ref().and_then(|url| {
        let port = url.port_or_known_default()?;
        Some((
            format!("{}:{port}", url.host_str()?),
            url.authority().to_owned(),
        ))
    });
    let (address, host) = authority.ok_or_else(|| LoadError::NotAnAddress {
        base_url: base_url(),
    })?;
    let host = HeaderValue::from_str(&host).map_err(|_| LoadError::NotAnAddress {
        base_url: base_url(),
    })?;

    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        let mut connection = Connection::new(&address, host.clone());
        connection
            .connect()
            .await
            .map_err(|cause| LoadError::NotRunning {
                base_url: base_url(),
                cause: cause.to_owned(),
            })?;
        connections.push(connection);
    }
    Ok(connections)
}

async fn send_until_the_end(mut connection: Connection, plan: Arc<Plan>) -> (Vec<u32>, Tally) {
    let (mut micros, mut tally) = (Vec::with_capacity(65_536), Tally::default());
    while Instant::now() < plan.ends {
        if let Err(cause) = connection.connect().await {
            tally.add_failure(cause);
            continue;
        }
        let step = plan.next_step.fetch_add(1, Ordering::Relaxed);
        let due = plan.pace.due(plan.started, step - plan.first_step);
        if let Some(due) = due {
            if due >= plan.ends {
                break;
            }
            tokio::time::sleep_until(due.into()).await;
        }
        let visit = walk::visit(step, plan.tickets);
        let Some(template) = plan.templates.get(visit.kind as usize) else {
            break;
        };
        let body = template.body(ids_of(visit.ticket, step));
        let headers = template.signer.headers(Versions::Both, &body, now_ms());

        // What waited for a connection waited for the service.
        let sent = due.unwrap_or_else(Instant::now);
        match connection.post(&template.path, headers, body).await {
            Err(cause) => tally.add_failure(cause),
            Ok((status, body)) => {
                let latency = sent.elapsed();
                if tally.add_answer(visit.kind, status, &body) {
                    micros.push(as_micros(latency));
                }
            }
        }
    }
    (micros, tally)
}

/// The tickets follow the demo's, each with the conversation at the same place; the step is the
/// enrolment, so that no callback id comes twice.
fn ids_of(ticket: u64, step: u64) -> Ids {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    Ids {
        ticket: TicketId(demo_world::TICKET.0.saturating_add(signed(ticket))),
        thread: ThreadId(demo_world::THREAD.0.saturating_add(signed(ticket))),
        enrollment: signed(step).saturating_add(FIRST_ENROLLMENT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::answering_server::AnsweringServer;

    fn load(server: &AnsweringServer) -> Load {
        Load {
            base_url: server.base_url.clone(),
            secret: demo_world::CLIENT_SECRET.into(),
            portal: demo_world::PORTAL,
            tickets: 1_000,
            connections: 4,
            duration: Duration::from_secs(1),
            pace: Pace::AsAnswered,
            first_step: 0,
        }
    }

    #[tokio::test]
    async fn every_request_is_signed_and_every_answer_counted() {
        let server = AnsweringServer::start("applied").await;

        let report = run(load(&server)).await.unwrap();

        assert_eq!(report.tally.failures, Default::default());
        assert!(report.tally.answered() > 0);
        assert_eq!(report.tally.answered(), report.next_step);
        assert_eq!(report.tally.answered(), server.answered());
        assert_eq!(report.latencies.count() as u64, report.next_step);
        assert!((report.tally.applied_share() - 1.0).abs() < 1e-9);
        assert!(report.rate() > 0.0);
    }

    #[tokio::test]
    async fn refused_signatures_are_failures_not_throughput() {
        let server = AnsweringServer::start("applied").await;
        let report = run(Load {
            secret: "another".into(),
            ..load(&server)
        })
        .await
        .unwrap();
        assert_eq!(report.tally.answered(), 0);
        assert!(report.tally.failures["status 401"] > 0);
    }

    #[tokio::test]
    async fn a_load_without_a_service_does_not_begin() {
        let server = AnsweringServer::start("applied").await;
        let nowhere = Load {
            base_url: "http://127.0.0.1:1".to_owned(),
            ..load(&server)
        };
        assert!(matches!(
            run(nowhere).await,
            Err(LoadError::NotRunning { .. })
        ));
        let no_http = Load {
            base_url: "https://127.0.0.1".to_owned(),
            ..load(&server)
        };
        assert!(matches!(
            run(no_http).await,
            Err(LoadError::NotAnAddress { .. })
        ));
    }

    #[test]
    fn an_action_finds_its_own_template() {
        for (index, kind) in ActionKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
