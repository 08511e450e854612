//! Messages of which no webhook told: HubSpot's list shows a conversation with a newer one than was
//! read there. They wait to be read from then on, which shuts the gate `MESSAGE_UNREAD`. A list has
//! neither words nor senders, so what they say is found in the conversation's history alone.

use super::follower::Follower;
use crate::domain::facts::Facts;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use crate::hubspot::api::threads::{Thread, ThreadStatus};
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::unread_messages::{self, Untold};
use std::cmp::Reverse;

/// Where nothing was ever read, so much is: a person's reply silences for less, and one of the day
/// before makes a reopened conversation that person's.
pub(super) const BACK: Span = Span::from_hours(24);
/// A time further ahead is not believed, so reading would never reach it.
const MOST_AHEAD: Span = Span::from_secs(60);

/// What is to be read in a conversation that a reading showed at this time. None: its newest message
/// was read; or it is closed, so nobody speaks, and its messages are read once it opens.
pub(super) fn untold(thread: &Thread, known: &Facts, now: Timestamp) -> Option<Untold> {
    let newest_at = thread.latest_message_at?;
    let since = known.messages_read_at.unwrap_or(now - BACK);
    let is_closed = thread.status == Some(ThreadStatus::Closed) || thread.is_archived;
    if is_closed || newest_at <= since || newest_at - now > MOST_AHEAD {
        return None;
    }
    Some(Untold {
        thread: thread.id,
        since,
        newest_at: Some(newest_at),
    })
}

/// Has them read, one conversation after the other and the most lively first.
pub(super) async fn expect(
    follower: &Follower,
    portal: PortalId,
    mut untold: Vec<Untold>,
) -> Result<(), StoreError> {
    if untold.is_empty() {
        return Ok(());
    }
    untold.sort_by_key(|untold| Reverse(untold.newest_at));
    read(&follower.store, move |conn| {
        unread_messages::expect(conn, portal, &untold)
    })
    .await?;
    follower.bells.untold.notify_one();
    Ok(())
}
