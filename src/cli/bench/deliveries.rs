//! Signed deliveries of owner changes: conversations and tickets in turn, each taken by a person
//! and given back in the next round, so that every event changes something.

use super::connection::Connection;
use super::latency::{Latencies, as_micros};
use super::load::{LoadError, connect_all};
use super::pace::Pace;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::caller::now_ms;
use crate::simulator::demo_world;
use crate::simulator::signing::{UrlSigner, Versions};
use crate::simulator::webhook_event::{Change, PATH, WebhookEvent, delivery};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// As large as captured ones.
const FIRST_EVENT: i64 = 3_269_000_001;

/// What to do.
#[derive(Clone)]
pub struct Deliveries {
    /// Where the service listens and what it believes its address to be.
    pub base_url: String,
    /// The app's client secret.
    pub secret: SecretString,
    /// The account.
    pub portal: PortalId,
    /// How many tickets are visited in turn, each with a conversation of its own.
    pub tickets: u64,
    /// How many deliveries are in flight.
    pub connections: usize,
    /// Events in each.
    pub events_each: u64,
    /// When the next one is sent.
    pub pace: Pace,
    /// No more than these.
    pub most: u64,
    /// And none later than this after the first.
    pub duration: Duration,
    /// The first event's place on the walk: the last report's `next_event` to go on.
    pub first_event: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct DeliveriesReport {
    /// From the first delivery to the last answer.
    pub elapsed: Duration,
    /// From the moment a delivery was due until its 200, which comes after the commit.
    pub latencies: Latencies,
    /// Events in deliveries that were answered with 200.
    pub events: u64,
    /// What was wrong with the others, and how often.
    pub failures: BTreeMap<String, u64>,
    /// The first event that was not sent.
    pub next_event: u64,
}

struct Plan {
    deliveries: Deliveries,
    signer: UrlSigner,
    next: AtomicU64,
    started: Instant,
}

/// Runs the deliveries to their end.
pub async fn run(deliveries: Deliveries) -> Result<DeliveriesReport, LoadError> {
    let connections = connect_all(&deliveries.base_url, deliveries.connections).await?;
    let url = format!("{}{PATH}", deliveries.base_url.trim_end_matches('/'));
    let base_url = deliveries.base_url.clone();
    let started = Instant::now();
    let plan = Arc::new(Plan {
        signer: UrlSigner::new(&deliveries.secret, "POST", &url),
        next: AtomicU64::new(0),
        deliveries,
        started,
    });
    let loops: Vec<_> = connections
        .into_iter()
        .map(|connection| tokio::spawn(deliver_until_the_end(connection, Arc::clone(&plan))))
        .collect();
    let (mut micros, mut report) = (Vec::new(), DeliveriesReport::default());
    for one in loops {
        let (own, failures) = one.await.map_err(|died| LoadError::NotRunning {
            base_url: base_url.clone(),
            cause: died.to_string(),
        })?;
        micros.extend(own);
        for (cause, count) in failures {
            *report.failures.entry(cause).or_default() += count;
        }
    }
    let of = &plan.deliveries;
    report.elapsed = started.elapsed();
    report.events = micros.len() as u64 * of.events_each;
    report.latencies = Latencies::from_micros(micros);
    let sent = plan.next.load(Ordering::Relaxed);
    report.next_event = of.first_event + sent * of.events_each;
    Ok(report)
}

async fn deliver_until_the_end(
    mut connection: Connection,
    plan: Arc<Plan>,
) -> (Vec<u32>, BTreeMap<String, u64>) {
    let (mut micros, mut failures) = (Vec::new(), BTreeMap::new());
    let mut fail = |cause: String| *failures.entry(cause).or_default() += 1;
    while plan.started.elapsed() < plan.deliveries.duration {
        let number = plan.next.fetch_add(1, Ordering::Relaxed);
        if number >= plan.deliveries.most {
            break;
        }
        if let Err(cause) = connection.connect().await {
            fail(cause.to_owned());
            continue;
        }
        let due = plan.deliveries.pace.due(plan.started, number);
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        let body = plan.deliveries.body(number);
        let headers = plan.signer.headers(Versions::Both, &body, now_ms());
        let sent = due.unwrap_or_else(Instant::now);
        match connection.post(PATH, headers, body).await {
            Err(cause) => fail(cause.to_owned()),
            Ok((200, _)) => micros.push(as_micros(sent.elapsed())),
            Ok((status, _)) => fail(format!("status {status}")),
        }
    }
    (micros, failures)
}

impl Deliveries {
    fn body(&self, number: u64) -> Vec<u8> {
        let first = self.first_event + number * self.events_each;
        let events: Vec<WebhookEvent> = (first..first + self.events_each)
            .map(|place| self.event(place))
            .collect();
        delivery(&events)
    }

    fn event(&self, place: u64) -> WebhookEvent {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (round, ticket) = (place / self.tickets, signed(place % self.tickets));
        let is_taken = round.is_multiple_of(2);
        let change = if ticket % 2 == 0 {
            let person = if is_taken { "A-3892001" } else { "" };
            Change::Assignee(ThreadId(demo_world::THREAD.0 + ticket), person.to_owned())
        } else {
            let owner = if is_taken { "81538001" } else { "" };
            Change::TicketOwner(TicketId(demo_world::TICKET.0 + ticket), owner.to_owned())
        };
        WebhookEvent::new(self.portal, change, now_ms(), FIRST_EVENT + signed(place))
    }
}
