//! What readings say of a conversation's status, HubSpot's word that it is gone included. What comes
//! of it is `domain`'s to say.

use super::event_meaning::Meant;
use super::follower::{Follower, NotTold};
use super::take_in::Reading;
use crate::domain::command::Subject;
use crate::domain::decide::Fact;
use crate::domain::facts::Facts;
use crate::domain::ids::ThreadId;
use crate::domain::status::StatusReading;
use crate::hubspot::api::threads::{Thread, ThreadStatus};
use crate::store::error::StoreError;
use crate::store::known_facts;
use crate::store::pool::read;

/// Whether a reading shows it open. None: it has a word that we do not know.
pub(super) fn found(thread: &Thread) -> Option<StatusReading> {
    let at = thread.closed_at;
    match thread.status? {
        ThreadStatus::Closed => Some(StatusReading::Closed { at }),
        ThreadStatus::Open if thread.is_archived => Some(StatusReading::Closed { at: None }),
        ThreadStatus::Open => Some(StatusReading::Open),
    }
}

/// True if no second reading is needed: a closing of which HubSpot says when it was counts by itself.
pub(super) fn is_known(known: &Facts, found: StatusReading) -> bool {
    match found {
        StatusReading::Open => !known.is_closed(),
        StatusReading::Closed { at } => at.is_some() || known.is_closed(),
    }
}

/// Nearly every reading is of an open conversation that is known as one: that is told nobody.
pub(super) fn is_news(known: &Facts, found: StatusReading) -> bool {
    found != StatusReading::Open || known.is_closed() || known.status_doubt.is_some()
}

/// Takes in that HubSpot says it has no such conversation outside its archive. One that it never
/// showed may be yet to come. False: it is not known as closed yet, so it has to be read again.
pub(super) async fn absent_thread(
    follower: &Follower,
    reading: Reading,
    thread: ThreadId,
) -> Result<bool, NotTold> {
    if !was_shown(follower, reading, thread).await? {
        return Ok(true);
    }
    gone_thread(follower, reading, thread).await?;
    let known = known(follower, reading, thread).await?;
    Ok(known.is_none_or(|facts| facts.is_closed()))
}

/// True if any reading has shown it.
pub(super) async fn was_shown(
    follower: &Follower,
    reading: Reading,
    thread: ThreadId,
) -> Result<bool, StoreError> {
    let known = known(follower, reading, thread).await?;
    Ok(known.is_some_and(|facts| facts.owner_checked_at.is_some()))
}

/// Takes in the same of one that the sweep looked for.
pub(super) async fn gone_thread(
    follower: &Follower,
    reading: Reading,
    thread: ThreadId,
) -> Result<(), NotTold> {
    let meant = Meant {
        subject: Subject {
            ticket: None,
            thread: Some(thread),
        },
        linked_ticket: None,
    };
    let fact = Fact::StatusRead {
        thread,
        found: StatusReading::Closed { at: None },
        began_at: reading.began_at,
    };
    follower.tell(reading.portal, vec![(meant, fact)]).await
}

async fn known(
    follower: &Follower,
    reading: Reading,
    thread: ThreadId,
) -> Result<Option<Facts>, StoreError> {
    let portal = reading.portal;
    let known = read(&follower.store, move |conn| {
        known_facts::of_threads(conn, portal, &[thread])
    });
    Ok(known.await?.remove(&thread))
}
