//! A burst of enrolments: one action for each of many tickets whose conversation nobody knows, as
//! fast as they are answered. Send to AI is left out: it has to wait for its conversation.

use super::connection::Connection;
use super::latency::{Latencies, as_micros};
use super::load::{LoadError, connect_all};
use super::tally::Tally;
use crate::domain::ids::{PortalId, TicketId};
use crate::simulator::action_kind::ActionKind;
use crate::simulator::action_request::{ActionRequest, Enrolled};
use crate::simulator::caller::now_ms;
use crate::simulator::signing::{UrlSigner, Versions};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// As large as captured ones.
const FIRST_ENROLMENT: i64 = 2_384_000_000_001;
/// In turn.
const KINDS: [ActionKind; 3] = [
    ActionKind::PauseAi,
    ActionKind::RequestHandoff,
    ActionKind::ResumeAi,
];

/// What to do.
pub struct Burst {
    /// Where the service listens and what it believes its address to be.
    pub base_url: String,
    /// The app's client secret.
    pub secret: SecretString,
    /// The account.
    pub portal: PortalId,
    /// The first ticket; the others follow it.
    pub first: TicketId,
    /// How many.
    pub count: u32,
    /// How many are in flight.
    pub connections: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct BurstReport {
    /// From the first call to the last answer.
    pub elapsed: Duration,
    /// Of the usable answers.
    pub latencies: Latencies,
    /// Outcomes and failures.
    pub tally: Tally,
}

struct Plan {
    burst: Burst,
    signers: [UrlSigner; KINDS.len()],
    next: AtomicU32,
}

/// Runs the burst to its end.
pub async fn run(burst: Burst) -> Result<BurstReport, LoadError> {
    let connections = connect_all(&burst.base_url, burst.connections).await?;
    let base_url = burst.base_url.trim_end_matches('/').to_owned();
    let signers = KINDS.map(|kind| {
        let url = format!("{base_url}{}", kind.path());
        UrlSigner::new(&burst.secret, "POST", &url)
    });
    let plan = Arc::new(Plan {
        burst,
        signers,
        next: AtomicU32::new(0),
    });
    let started = Instant::now();
    let loops: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(enrol_until_the_end(connection, Arc::clone(&plan))))
        .collect();
    let (mut micros, mut report) = (Vec::new(), BurstReport::default());
    for one in loops {
        let (own, tally) = one.await.map_err(|died| LoadError::NotRunning {
            base_url: base_url.clone(),
            cause: died.to_string(),
        })?;
        micros.extend(own);
        report.tally.merge(tally);
    }
    report.elapsed = started.elapsed();
    report.latencies = Latencies::from_micros(micros);
    Ok(report)
}

async fn enrol_until_the_end(mut connection: Connection, plan: Arc<Plan>) -> (Vec<u32>, Tally) {
    let (mut micros, mut tally) = (Vec::new(), Tally::default());
    loop {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.burst.count {
            return (micros, tally);
        }
        let turn = number as usize % KINDS.len();
        let (Some(kind), Some(signer)) = (KINDS.get(turn), plan.signers.get(turn)) else {
            return (micros, tally);
        };
        if let Err(cause) = connection.connect().await {
            tally.add_failure(cause);
            continue;
        }
        let ticket = TicketId(plan.burst.first.0 + i64::from(number));
        let enrolled = Enrolled::Ticket(ticket, None);
        let enrolment = FIRST_ENROLMENT + i64::from(number);
        let body = ActionRequest::new(*kind, plan.burst.portal, enrolled, enrolment).body();
        let headers = signer.headers(Versions::Both, &body, now_ms());
        let sent = Instant::now();
        match connection.post(&kind.path(), headers, body).await {
            Err(cause) => tally.add_failure(cause),
            Ok((status, body)) => {
                if tally.add_answer(*kind, status, &body) {
                    micros.push(as_micros(sent.elapsed()));
                }
            }
        }
    }
}
