//! Keeps how far HubSpot's clock is ahead, as its newest answer showed it. What is placed here is
//! compared with HubSpot's times; of the two bounds the later one is kept, so that an event
//! releases nothing that was placed after it.

use crate::domain::time::Span;
use crate::hubspot::api::client::ApiClient;
use crate::store::error::StoreError;
use crate::store::hubspot_clock;
use crate::store::pool::{Store, read};
use std::sync::Arc;

/// No clock that matters is wrong by more; a `Date` that says so comes from something else.
const MOST_BELIEVED: Span = Span::from_hours(1);

/// An older answer says nothing new, and this machine's clock may have been set since.
const NEWEST: Span = Span::from_minutes(10);

/// Stores it, if an answer has shown it lately.
///
/// # Errors
/// Those of the database.
pub async fn keep_hubspot_clock(store: &Arc<Store>, api: &ApiClient) -> Result<(), StoreError> {
    let Some(offset) = api.clock_offset() else {
        return Ok(());
    };
    let machine_now = api.now();
    if machine_now - offset.read_at > NEWEST {
        return Ok(());
    }
    let ahead = offset.at_most;
    if ahead.as_millis().abs() > MOST_BELIEVED.as_millis() {
        log::warn!(
            "HubSpot's Date is {} ms ahead of this machine's clock, which is not believed",
            ahead.as_millis()
        );
        return Ok(());
    }
    read(store, move |conn| {
        hubspot_clock::save(conn, ahead, machine_now)
    })
    .await
}
