//! Deletes what is no longer of use: replaced credentials after their time, consents, sessions,
//! links and wrong passwords that are over, and receipts of events nobody repeats any more.

use crate::store::credentials::wipe;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::{event_retention, oauth_states, one_time_links, sessions, sign_in_failures};
use std::sync::Arc;

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
    while read(store, event_retention::delete_old).await? {}
    Ok(())
}
