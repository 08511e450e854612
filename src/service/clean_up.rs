//! Deletes what is no longer of use: replaced credentials after their time, consents, sessions,
//! links and wrong passwords that are over, receipts of events nobody repeats any more, and what a
//! portal's retention says.

use crate::store::credentials::wipe;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::{
    PgConnection, event_retention, latency, left_tickets, link_doubts, merged_tickets,
    oauth_states, one_time_links, prune, sessions, sign_in_failures, skipped_readings,
    unknown_owners, unread_messages,
};
use std::sync::Arc;

/// One small step of deleting. True if there may be more.
pub type Step = fn(&mut PgConnection) -> Result<bool, StoreError>;

/// What is deleted in steps, each until nothing is left to delete.
pub const STEPS: [(&str, Step); 18] = [
    ("replaced credentials", wipe_credentials),
    ("consents", oauth_states::delete_old),
    ("sessions", |conn| all_at_once(sessions::delete_old(conn))),
    ("links", |conn| {
        all_at_once(one_time_links::delete_old(conn))
    }),
    ("wrong passwords", |conn| {
        all_at_once(sign_in_failures::delete_old(conn))
    }),
    ("events", event_retention::delete_old),
    ("words", prune::words),
    ("receipts", prune::receipts),
    ("timelines", prune::decisions),
    ("the activity log", prune::activity),
    ("erasures", prune::erasures),
    ("latencies", latency::delete_old),
    ("left tickets", left_tickets::delete_old),
    ("merged tickets", merged_tickets::delete_old),
    ("unread messages", give_up_unread),
    ("unknown owners", unknown_owners::delete_old),
    ("skipped readings", skipped_readings::delete_old),
    ("doubts of links", link_doubts::delete_old),
];

/// What could not be deleted, each kind with the reason.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.in_words())]
pub struct NotDeleted(Vec<(&'static str, StoreError)>);

impl NotDeleted {
    fn in_words(&self) -> String {
        let kinds = self.0.iter();
        let kinds: Vec<String> = kinds.map(|(kind, why)| format!("{kind}: {why}")).collect();
        kinds.join("; ")
    }
}

/// Deletes. A kind that cannot be deleted keeps no other from it.
///
/// # Errors
/// See [`NotDeleted`]; all else is deleted.
pub async fn clean_up(store: &Arc<Store>) -> Result<(), NotDeleted> {
    let mut failed = Vec::new();
    for (kind, step) in STEPS {
        if let Err(error) = to_its_end(store, step).await {
            failed.push((kind, error));
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(NotDeleted(failed)),
    }
}

async fn to_its_end(store: &Arc<Store>, step: Step) -> Result<(), StoreError> {
    while read(store, step).await? {}
    Ok(())
}

fn wipe_credentials(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let wiped = wipe::wipe_due(conn)?;
    if wiped > 0 {
        log::info!("wiped {wiped} replaced credentials whose time was over");
    }
    Ok(false)
}

fn give_up_unread(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let forgotten = unread_messages::delete_old(conn)?;
    if forgotten > 0 {
        log::warn!("gave up {forgotten} messages that could not be read for a month");
    }
    Ok(forgotten > 0)
}

/// A kind of which there is little.
fn all_at_once(deleted: Result<usize, StoreError>) -> Result<bool, StoreError> {
    deleted.map(|_| false)
}
