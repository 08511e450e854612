//! Privacy deletions: HubSpot said that a conversation's or a contact's words have to go. They go
//! everywhere, in small steps; ids, versions and states stay. Doing it twice changes nothing more.

use crate::domain::ids::PortalId;
use crate::store::concerned::concerned;
use crate::store::erase_received::{self, Named};
use crate::store::erase_words::{self, LineKey};
use crate::store::erasures::{self, Erasure};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use std::sync::Arc;
use uuid::Uuid;

/// Under which is kept what was received and says not whose it is.
const OF_NO_PORTAL: PortalId = PortalId(0);

/// Does the one that has been due for longest. False: none is due.
///
/// # Errors
/// Those of the database; then it is due again in five minutes.
pub async fn erase_next(store: &Arc<Store>) -> Result<bool, StoreError> {
    let Some(erasure) = read(store, erasures::claim_due).await? else {
        return Ok(false);
    };
    erase(store, erasure).await?;
    read(store, move |conn| erasures::done(conn, &erasure)).await?;
    Ok(true)
}

async fn erase(store: &Arc<Store>, erasure: Erasure) -> Result<(), StoreError> {
    let portal = erasure.portal;
    let of = read(store, move |conn| concerned(conn, &erasure)).await?;
    let of = Arc::new(of);
    let records = Arc::clone(&of);
    read(store, move |conn| {
        erase_words::in_records(conn, portal, &records)
    })
    .await?;
    // Receipts and effects are found by the lines, whose decisions stay.
    let mut after = Some(LineKey::first());
    while let Some(last) = after {
        let of = Arc::clone(&of);
        let next = move |conn: &mut _| erase_words::in_answers(conn, portal, &of, &last);
        after = read(store, next).await?;
    }
    loop {
        let of = Arc::clone(&of);
        if !read(store, move |conn| erase_words::in_lines(conn, portal, &of)).await? {
            break;
        }
    }
    let own = Arc::clone(&of);
    read(store, move |conn| {
        erase_received::in_announced(conn, portal, &own)
    })
    .await?;
    let Some(named) = Named::of(&erasure, &of) else {
        return Ok(());
    };
    let named = Arc::new(named);
    for portal in [OF_NO_PORTAL, portal] {
        erase_received_of(store, portal, &named).await?;
    }
    Ok(())
}

/// What was received for one portal: what could not be used, and failures.
async fn erase_received_of(
    store: &Arc<Store>,
    portal: PortalId,
    named: &Arc<Named>,
) -> Result<(), StoreError> {
    let mut after = Some(Vec::new());
    while let Some(last) = after {
        let named = Arc::clone(named);
        let next = move |conn: &mut _| erase_received::in_kept_events(conn, portal, &named, &last);
        after = read(store, next).await?;
    }
    let mut after = Some(Uuid::nil());
    while let Some(last) = after {
        let named = Arc::clone(named);
        let next = move |conn: &mut _| erase_received::in_activity(conn, portal, &named, last);
        after = read(store, next).await?;
    }
    Ok(())
}
