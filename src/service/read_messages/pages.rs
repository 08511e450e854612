//! The pages that a history is read by: how large they are, and that nobody else reads them too
//! while one after the other comes.

use super::NotRead;
use crate::hubspot::api::error::{HubSpotError, UnavailableCause};
use crate::hubspot::api::messages;
use crate::hubspot::outgoing::NoAnswer;
use crate::service::call_hubspot::CallError;
use crate::service::follower::Follower;
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::unread_messages::{self, UnreadThread};

/// A hundred items each: what was announced lately is on the first.
const MOST_PAGES: usize = 5;
/// A page of long e-mails may be larger, or come later, than is waited for. So it is asked for in
/// parts after as many readings that [ended so](may_be_too_large).
const IN_PARTS_AFTER: u32 = 3;
/// As many items as [`MOST_PAGES`] hold.
const MOST_PARTS: usize = 50;

/// The size and number of pages that are read.
pub(super) fn of(unread: &UnreadThread) -> (u16, usize) {
    let failures = unread.messages.iter().map(|message| message.failures);
    match failures.max() >= Some(IN_PARTS_AFTER) {
        true => (messages::SMALL_PAGE, MOST_PARTS),
        false => (messages::MAX_PAGE, MOST_PAGES),
    }
}

/// Whether a reading may have failed for the size of its pages: HubSpot was reached and gave no
/// usable answer.
pub(super) const fn may_be_too_large(error: &NotRead) -> bool {
    let NotRead::HubSpot(CallError::HubSpot(error)) = error else {
        return false;
    };
    match error {
        HubSpotError::Unavailable { cause, .. } => match cause {
            UnavailableCause::NoAnswer(NoAnswer::NotConnected(_)) => false,
            UnavailableCause::NoAnswer(
                NoAnswer::TimedOut | NoAnswer::Broken(_) | NoAnswer::TooLarge { .. },
            )
            | UnavailableCause::Status(_) => true,
        },
        HubSpotError::Unreadable { .. } => true,
        HubSpotError::Unauthorized { .. }
        | HubSpotError::MissingScopes { .. }
        | HubSpotError::NotFound(_)
        | HubSpotError::RateLimited { .. }
        | HubSpotError::Migrating { .. }
        | HubSpotError::Refused(_) => false,
    }
}

/// Before each further call: in a crowded lane a few pages take longer than a claim lasts, and what
/// was claimed by another meanwhile is not struck off by whoever read it first.
pub(super) async fn keep_claimed(
    follower: &Follower,
    unread: &UnreadThread,
) -> Result<(), StoreError> {
    let (key, claimed) = ((unread.portal, unread.thread), unread.messages.clone());
    read(&follower.store, move |conn| {
        unread_messages::keep_claimed(conn, key, &claimed)
    })
    .await
}
