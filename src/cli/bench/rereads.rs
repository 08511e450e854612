//! People take conversations, one after the other: how soon the simulated HubSpot is asked again
//! who owns each of them.

use super::latency::{Latencies, as_micros};
use super::load::{LoadError, connect_all};
use crate::domain::ids::{PortalId, ThreadId};
use crate::simulator::caller::now_ms;
use crate::simulator::demo_world;
use crate::simulator::hubspot::SimulatedHubSpot;
use crate::simulator::hubspot::deed::Assignee;
use crate::simulator::signing::{UrlSigner, Versions};
use crate::simulator::webhook_event::{Change, PATH, WebhookEvent, delivery};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// As large as captured ones.
const FIRST_EVENT: i64 = 3_269_000_001;
/// The demo's teammate who takes them.
const PERSON: i64 = 3_892_001;

/// What to do.
pub struct Takeovers {
    /// Where the service listens and what it believes its address to be.
    pub base_url: String,
    /// The app's client secret.
    pub secret: SecretString,
    /// The account.
    pub portal: PortalId,
    /// Between two of them.
    pub every: Duration,
}

/// Which conversations were taken, and when that was told.
pub struct Taken {
    told: Vec<(ThreadId, DateTime<Utc>)>,
    failures: BTreeMap<String, u64>,
}

/// How soon HubSpot was asked.
pub struct RereadsReport {
    /// From the delivery sent to HubSpot's having the call.
    pub delays: Latencies,
    /// Takeovers after which nobody asked.
    pub never: usize,
    /// Deliveries that were not answered with 200, and how often.
    pub failures: BTreeMap<String, u64>,
}

/// Takes conversations until `stop` says true.
pub async fn take(
    takeovers: Takeovers,
    hubspot: &SimulatedHubSpot,
    mut stop: watch::Receiver<bool>,
) -> Result<Taken, LoadError> {
    let mut connections = connect_all(&takeovers.base_url, 1).await?;
    let url = format!("{}{PATH}", takeovers.base_url.trim_end_matches('/'));
    let signer = UrlSigner::new(&takeovers.secret, "POST", &url);
    let (mut told, mut failures) = (Vec::new(), BTreeMap::new());
    let mut turns = tokio::time::interval(takeovers.every);
    for number in 0.. {
        tokio::select! {
            _ = turns.tick() => {}
            _ = stop.wait_for(|is_over| *is_over) => break,
        }
        let Some(connection) = connections.first_mut() else {
            break;
        };
        let thread = ThreadId(demo_world::THREAD.0 + number);
        let mut fail = |cause: String| *failures.entry(cause).or_default() += 1;
        if let Err(cause) = connection.connect().await {
            fail(cause.to_owned());
            continue;
        }
        let taken = hubspot.assign_thread(takeovers.portal, thread, Assignee::User(PERSON));
        if let Err(refused) = taken {
            fail(refused.to_string());
            continue;
        }
        let change = Change::Assignee(thread, format!("A-{PERSON}"));
        let event = WebhookEvent::new(takeovers.portal, change, now_ms(), FIRST_EVENT + number);
        let body = delivery(&[event]);
        let headers = signer.headers(Versions::Both, &body, now_ms());
        told.push((thread, hubspot.now()));
        match connection.post(PATH, headers, body).await {
            Err(cause) => fail(cause.to_owned()),
            Ok((200, _)) => {}
            Ok((status, _)) => fail(format!("status {status}")),
        }
    }
    Ok(Taken { told, failures })
}

impl Taken {
    /// Looks for the readings in what HubSpot saw.
    pub fn report(self, hubspot: &SimulatedHubSpot) -> RereadsReport {
        let seen = hubspot.requests();
        let asked = |thread: ThreadId, told: DateTime<Utc>| {
            let path = format!("/conversations/v3/conversations/threads/{thread}");
            let of_thread = seen.iter().filter(|request| request.path == path);
            let times = of_thread.filter_map(|request| request.at.parse::<DateTime<Utc>>().ok());
            let delays = times.map(|at| at - told);
            // The log has milliseconds.
            delays.filter(|delay| delay.num_milliseconds() >= -1).min()
        };
        let delays = self.told.iter().map(|(thread, told)| asked(*thread, *told));
        let (found, never): (Vec<_>, Vec<_>) = delays.partition(Option::is_some);
        let micros = found.into_iter().flatten();
        let micros = micros.map(|delay| as_micros(delay.to_std().unwrap_or_default()));
        RereadsReport {
            delays: Latencies::from_micros(micros.collect()),
            never: never.len(),
            failures: self.failures,
        }
    }
}
