//! Asks HubSpot for the owners that a reading names and the cache of owners does not hold, with few
//! calls: those it does not tell of are not asked for again at once, and count as people.

use super::call_hubspot::CallError;
use super::paced_reading::Caller;
use super::read_owners::{kept, list_owners};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::owners::{self as asked, Archived};
use crate::hubspot::api::tickets::{Ticket, TicketOwner};
use crate::store::error::StoreError;
use crate::store::owners::{self, Owner};
use crate::store::pool::{Store, read};
use crate::store::unknown_owners;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Up to so many are asked for one by one; a list of all takes a call for 500 of them.
const FEW: usize = 2;
/// Neither an owner that HubSpot does not tell of nor the list of those who left is asked for more
/// often than this.
const NOT_AGAIN_WITHIN: Span = Span::from_hours(1);

/// The owners that these tickets name.
pub(super) fn named(tickets: &[Ticket]) -> BTreeSet<i64> {
    let owner = |ticket: &Ticket| match ticket.owner {
        TicketOwner::Owner(id) => Some(id),
        TicketOwner::Nobody | TicketOwner::NotSaid => None,
    };
    tickets.iter().filter_map(owner).collect()
}

/// Sees to it that the cache holds what HubSpot tells of these owners. That it does not tell of
/// some is no error: they stay unknown.
///
/// # Errors
/// Those of the database.
pub(super) async fn know_owners(
    store: &Arc<Store>,
    mut caller: Caller<'_, '_>,
    named: BTreeSet<i64>,
) -> Result<(), StoreError> {
    let portal = caller.portal();
    let wanted = unknown(store, portal, named).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    match ask(store, &mut caller, &wanted).await {
        Ok(()) => {}
        Err(NotAsked::HubSpot(error)) => {
            log::warn!(portal_id = portal.0; "{} owners could not be read: {error}", wanted.len());
            if error.retry_after().is_some() {
                return Ok(());
            }
        }
        Err(NotAsked::Store(error)) => return Err(error),
    }
    read(store, move |conn| {
        unknown_owners::note(conn, portal, &wanted)
    })
    .await
}

/// Why not all of them were asked for.
#[derive(Debug, thiserror::Error)]
enum NotAsked {
    #[error(transparent)]
    HubSpot(#[from] CallError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks for them: among those in use, then among those who left.
async fn ask(
    store: &Arc<Store>,
    caller: &mut Caller<'_, '_>,
    wanted: &BTreeSet<i64>,
) -> Result<(), NotAsked> {
    let portal = caller.portal();
    let in_use = match wanted.len() <= FEW {
        true => one_by_one(caller, wanted).await?,
        false => list_owners(caller, Archived::No).await?,
    };
    keep(store, portal, in_use).await?;
    if unknown(store, portal, wanted.clone()).await?.is_empty() {
        return Ok(());
    }
    let is_ours = read(store, move |conn| {
        unknown_owners::begin_archived(conn, portal, NOT_AGAIN_WITHIN)
    });
    if !is_ours.await? {
        return Ok(());
    }
    match list_owners(caller, Archived::Yes).await {
        Ok(archived) => Ok(keep(store, portal, archived).await?),
        Err(error) => {
            read(store, move |conn| {
                unknown_owners::give_archived_back(conn, portal)
            })
            .await?;
            Err(error.into())
        }
    }
}

async fn one_by_one(
    caller: &mut Caller<'_, '_>,
    wanted: &BTreeSet<i64>,
) -> Result<Vec<Owner>, CallError> {
    let mut found = Vec::new();
    for id in wanted {
        match caller.ask(&asked::get(*id)).await {
            Ok(owner) => found.extend(kept(owner)),
            Err(CallError::HubSpot(HubSpotError::NotFound(_))) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn keep(store: &Arc<Store>, portal: PortalId, found: Vec<Owner>) -> Result<(), StoreError> {
    read(store, move |conn| owners::keep_all(conn, portal, &found)).await
}

async fn unknown(
    store: &Arc<Store>,
    portal: PortalId,
    owners: BTreeSet<i64>,
) -> Result<BTreeSet<i64>, StoreError> {
    if owners.is_empty() {
        return Ok(owners);
    }
    read(store, move |conn| {
        unknown_owners::to_be_asked(conn, portal, &owners, NOT_AGAIN_WITHIN)
    })
    .await
}
