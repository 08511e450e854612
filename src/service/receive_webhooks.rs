//! A delivery of webhooks: from a verified body to committed facts. Each event is a command with
//! a receipt of its own, so a repeat after a failure skips what is done. Nothing remote. Of a
//! portal whose connection is dead only erasures count.

use super::allow_portal::PortalGuard;
use super::drop_foreign::drop_foreign;
use super::drop_missed::{Dropped, drop_missed};
use super::event_meaning::{self, Meaning};
use super::follower::{Follower, NotTold};
use super::hear_of_left::{Heard, hear_of_left};
use crate::decider::Decider;
use crate::decider::command::{Body, Command, NotDecided, Told};
use crate::domain::decide::Fact;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::hubspot::webhooks::delivery::{self, Delivered, USUAL_EVENTS};
use crate::hubspot::webhooks::event::Event;
use crate::hubspot::webhooks::fields::Unusable;
use crate::hubspot::webhooks::happened::Happened;
use crate::metrics::METRICS;
use crate::store::batch::event_receipts::EventKey;
use crate::store::error::StoreError;
use crate::store::event_queues::{self, QueuedEvent};
use crate::store::kept_events::{self, KeptEvent};
use crate::store::owner_checks::Checked;
use crate::store::pool::{Store, read};
use futures_util::future::join_all;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// HubSpot waits 5 s for an answer (page "Webhooks", read 2026-11-22).
const WITHIN: Duration = Duration::from_secs(4);

/// What receives.
#[derive(Clone, Copy)]
pub struct Receiver<'a> {
    /// The write path.
    pub decider: &'a Decider,
    /// Which portals may use it.
    pub guard: &'a PortalGuard,
    /// Reads through HubSpot's API what the events leave open.
    pub follower: &'a Arc<Follower>,
}

/// Why not all of a delivery is committed. HubSpot sends it again.
#[derive(Debug, thiserror::Error)]
pub enum NotReceived {
    /// The database could not be asked, or could not keep something.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event was not decided in time.
    #[error(transparent)]
    NotDecided(#[from] NotDecided),
    /// What an event means for conversations that left its ticket was not committed.
    #[error(transparent)]
    NotTold(#[from] NotTold),
}

/// What became of a delivery.
#[derive(Debug, Default)]
pub struct Received {
    /// The events that are committed now and were not before.
    pub committed: Vec<Committed>,
    /// What was told, by portal, and of what: for the activity log.
    pub told: BTreeMap<PortalId, BTreeSet<String>>,
    /// What was dropped of portals whose connection is dead.
    pub dropped: BTreeMap<PortalId, Dropped>,
    /// Why that is not all.
    pub failure: Option<NotReceived>,
}

/// An event that was committed.
#[derive(Clone, Copy, Debug)]
pub struct Committed {
    /// Its portal.
    pub portal: PortalId,
    /// Its kind, for metrics.
    pub kind: &'static str,
    /// HubSpot's time of it.
    pub occurred_at: Timestamp,
}

/// Receives a body whose signature was verified.
pub async fn receive_webhooks(receiver: Receiver<'_>, body: &[u8]) -> Received {
    let mut received = Received::default();
    let events = delivery::read(body);
    if events.len() > USUAL_EVENTS {
        log::warn!(
            "a delivery has {} events, more than HubSpot promises",
            events.len()
        );
    }
    // More than HubSpot promises are taken in turns, so that they do not crowd out other facts.
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() && received.failure.is_none() {
        let turn: Vec<Delivered> = events.by_ref().take(USUAL_EVENTS).collect();
        let taken = tokio::time::timeout(WITHIN, receive_some(receiver, turn, &mut received)).await;
        let too_late = || NotDecided::TimedOut("the database did not answer in time".to_owned());
        let taken = taken.unwrap_or_else(|_| Err(too_late().into()));
        received.failure = taken.err();
    }
    received
}

/// Up to a hundred events, all under way at once.
async fn receive_some(
    receiver: Receiver<'_>,
    mut events: Vec<Delivered>,
    received: &mut Received,
) -> Result<(), NotReceived> {
    let store = &receiver.follower.store;
    drop_foreign(store, receiver.guard, &mut events).await?;
    let mut kept = Vec::new();
    let mut usable = Vec::new();
    for Delivered { content, read } in events {
        match read {
            Ok(event) => {
                let told = received.told.entry(event.portal).or_default();
                told.extend(event.happened.subject());
                usable.push((event, content));
            }
            Err(bad) => kept.push(kept_event(bad.portal, &bad.why, content)),
        }
    }
    drop_missed(store, &mut usable, &mut received.dropped).await?;
    let meanings = event_meaning::find(&receiver.follower.store, usable).await?;
    let mut queued = Vec::new();
    let mut facts = Vec::new();
    for (event, content, meaning) in meanings {
        match meaning {
            Meaning::Nothing => count(event.happened.name(), "nothing_of_use"),
            Meaning::Later(work) => queued.push((queued_event(&event, work), event, content)),
            Meaning::Fact(meant, fact) => {
                let heard = Heard::of(event.portal, meant.subject, &fact);
                facts.push((
                    (meant, heard),
                    (command(&event, meant, fact), event, content),
                ));
            }
        }
    }
    let deciding =
        facts
            .into_iter()
            .map(|((meant, heard), (command, event, content))| async move {
                let outcome = receiver.decider.decide(command, WITHIN).await;
                let told = outcome.map(|reply| {
                    let undone = Heard::undone(event.portal, &meant, reply.verdict);
                    (reply, heard.into_iter().chain(undone))
                });
                (told, event, content)
            });
    let (queued, decided) =
        tokio::join!(queue(&receiver.follower.store, queued), join_all(deciding));

    let mut failure = None;
    let mut to_check = Vec::new();
    let mut heard = BTreeSet::new();
    for (outcome, event, content) in decided {
        let kind = event.happened.name();
        match outcome {
            // What follows from it may have failed, and be why it is repeated.
            Ok((reply, told)) if reply.verdict.is_none() => {
                count(kind, "repeated");
                heard.extend(told);
            }
            Ok((_, told)) => {
                heard.extend(told);
                commit(received, &event);
                to_check.extend(to_read_again(&event));
            }
            Err(NotDecided::Faulty(why)) => {
                // HubSpot may say in another way what could not be decided.
                to_check.extend(to_read_again(&event));
                let why = Unusable::Undecidable(why);
                kept.push(kept_event(Some(event.portal), &why, content));
            }
            Err(error) => {
                count(kind, "failed");
                failure = Some(error);
            }
        }
    }
    let mut queued = queued.inspect_err(|_| check_later(receiver, to_check.clone()))?;
    for event in &queued.done {
        commit(received, event);
        to_check.extend(to_read_again(event));
    }
    if !queued.done.is_empty() {
        receiver.follower.bells.messages.notify_one();
        receiver.follower.bells.owner_checks.notify_one();
    }
    check_later(receiver, to_check);
    kept.append(&mut queued.unfit);
    keep(&receiver.follower.store, kept).await?;
    hear_of_left(&receiver.follower.store, receiver.decider, heard, WITHIN).await?;
    match (failure, queued.failure) {
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Ok(()),
    }
}

/// What has to be read again after an event, which itself silenced at once. What is archived may
/// have been restored, as an event told that came before.
fn to_read_again(event: &Event) -> Option<(PortalId, Checked)> {
    let checked = match &event.happened {
        Happened::ThreadAssigned { thread, .. }
        | Happened::ThreadCreated(thread)
        | Happened::ThreadArchived(thread) => Checked::Thread(*thread),
        Happened::TicketAssigned { ticket, .. } | Happened::TicketLinked { ticket, .. } => {
            Checked::Ticket(*ticket)
        }
        Happened::ThreadOpened(_)
        | Happened::ThreadClosed(_)
        | Happened::ThreadRestored(_)
        | Happened::MessageAdded { .. }
        | Happened::ThreadErased(_)
        | Happened::ContactErased(_)
        | Happened::TicketsMerged { .. }
        | Happened::NothingOfUse => return None,
    };
    Some((event.portal, checked))
}

/// Asks for readings without keeping HubSpot waiting. One that is lost is the sweep's to find.
fn check_later(receiver: Receiver<'_>, fields: Vec<(PortalId, Checked)>) {
    let follower = Arc::clone(receiver.follower);
    tokio::spawn(async move {
        if let Err(error) = follower.check_owners(fields).await {
            log::warn!("owners to be verified could not be noted: {error}");
        }
    });
}

fn command(event: &Event, meant: event_meaning::Meant, fact: Fact) -> Command {
    Command {
        portal: event.portal,
        subject: meant.subject,
        linked_ticket: meant.linked_ticket,
        body: Body::Fact(Told {
            fact,
            event: Some(key(event)),
        }),
    }
}

fn queued_event(event: &Event, work: event_queues::Work) -> QueuedEvent {
    QueuedEvent {
        key: key(event),
        occurred_at: event.occurred_at,
        work,
    }
}

fn key(event: &Event) -> EventKey {
    EventKey {
        portal: event.portal,
        sha256: event.key,
    }
}

fn kept_event(portal: Option<PortalId>, why: &Unusable, content: String) -> KeptEvent {
    KeptEvent {
        portal,
        reason: why.to_string(),
        content,
    }
}

type Queued = (QueuedEvent, Event, String);

/// What became of events whose work is done later.
#[derive(Default)]
struct Kept {
    /// Their work is kept.
    done: Vec<Event>,
    /// The database does not take them, nor would it later.
    unfit: Vec<KeptEvent>,
    /// Why some are neither.
    failure: Option<StoreError>,
}

/// Keeps what is to be done later: all at once, and one after the other if some of them cannot be
/// kept for a reason that does not pass.
async fn queue(store: &Arc<Store>, queued: Vec<Queued>) -> Result<Kept, StoreError> {
    if queued.is_empty() {
        return Ok(Kept::default());
    }
    read(store, move |conn| {
        let work: Vec<QueuedEvent> = queued.iter().map(|(work, ..)| work.clone()).collect();
        let mut kept = Kept::default();
        match event_queues::keep(conn, &work) {
            Ok(()) => {
                kept.done = queued.into_iter().map(|(_, event, _)| event).collect();
                return Ok(kept);
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(_) => {}
        }
        for (work, event, content) in queued {
            match event_queues::keep(conn, &[work]) {
                Ok(()) => kept.done.push(event),
                Err(error) if error.is_transient() => return Err(error),
                Err(error) if error.is_of_data() => {
                    let why = Unusable::Undecidable(error.to_string());
                    kept.unfit
                        .push(kept_event(Some(event.portal), &why, content));
                }
                // Nothing says that it is the event's fault: HubSpot has to say it again.
                Err(error) => kept.failure = Some(error),
            }
        }
        Ok(kept)
    })
    .await
}

async fn keep(store: &Arc<Store>, kept: Vec<KeptEvent>) -> Result<(), StoreError> {
    if kept.is_empty() {
        return Ok(());
    }
    for event in &kept {
        let portal = event.portal.map_or(0, |portal| portal.0);
        log::warn!(portal_id = portal; "an event cannot be used: {}", event.reason);
        count("any", "kept");
    }
    read(store, move |conn| {
        kept.iter()
            .try_for_each(|event| kept_events::keep(conn, event))
    })
    .await
}

fn commit(received: &mut Received, event: &Event) {
    let kind = event.happened.name();
    count(kind, "committed");
    received.committed.push(Committed {
        portal: event.portal,
        kind,
        occurred_at: event.occurred_at,
    });
}

fn count(kind: &str, outcome: &str) {
    METRICS
        .webhook_events
        .with_label_values(&[kind, outcome])
        .inc();
}
