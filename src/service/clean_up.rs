//! Deletes what is no longer of use: replaced credentials after their time, consents, sessions,
//! links and wrong passwords that are over, receipts of events nobody repeats any more, and what a
//! portal's retention says.

use crate::store::credentials::wipe;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::{PgConnection, latency, left_tickets, merged_tickets, prune};
use crate::store::{
    event_retention, oauth_states, one_time_links, sessions, sign_in_failures, unread_messages,
};
use std::sync::Arc;

/// One small step of deleting. True if there may be more.
type Step = fn(&mut PgConnection) -> Result<bool, StoreError>;

/// What is deleted in steps, until nothing is left to delete.
const PRUNED: [Step; 9] = [
    event_retention::delete_old,
    prune::words,
    prune::receipts,
    prune::decisions,
    prune::activity,
    prune::erasures,
    latency::delete_old,
    left_tickets::delete_old,
    merged_tickets::delete_old,
];

/// Deletes. Each kind is independent of the others.
///
/// # Errors
/// Those of the database; what came before is deleted.
pub async fn clean_up(store: &Arc<Store>) -> Result<(), StoreError> {
    let wiped = read(store, wipe::wipe_due).await?;
    if wiped > 0 {
        log::info!("wiped {wiped} replaced credentials whose time was over");
    }
    read(store, oauth_states::delete_old).await?;
    read(store, sessions::delete_old).await?;
    read(store, one_time_links::delete_old).await?;
    read(store, sign_in_failures::delete_old).await?;
    for step in PRUNED {
        while read(store, step).await? {}
    }
    let forgotten = read(store, unread_messages::delete_old).await?;
    if forgotten > 0 {
        log::warn!("gave up {forgotten} messages that could not be read for a month");
    }
    Ok(())
}
