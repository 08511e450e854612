//! What HubSpot tells of portals that may not use this Baton is acknowledged and dropped. Only
//! erasures are kept, where there is anything to erase: a portal may have been allowed once.

use super::allow_portal::PortalGuard;
use crate::domain::ids::PortalId;
use crate::hubspot::webhooks::delivery::Delivered;
use crate::metrics::METRICS;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_data::with_data;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Takes out of a delivery what is dropped. An event whose portal cannot be read stays.
///
/// # Errors
/// Those of the database; then nothing was dropped.
pub(super) async fn drop_foreign(
    store: &Arc<Store>,
    guard: &PortalGuard,
    events: &mut Vec<Delivered>,
) -> Result<(), StoreError> {
    let named: BTreeSet<PortalId> = events.iter().filter_map(portal_of).collect();
    let mut foreign = BTreeSet::new();
    for portal in named {
        if !guard.allows(portal).await? {
            foreign.insert(portal);
        }
    }
    let is_foreign = |one: &Delivered| portal_of(one).is_some_and(|it| foreign.contains(&it));
    let erasures = events.iter().filter(|one| is_foreign(one) && erases(one));
    let to_erase: BTreeSet<PortalId> = erasures.filter_map(portal_of).collect();
    let reached = if to_erase.is_empty() {
        BTreeSet::new()
    } else {
        let to_erase: Vec<PortalId> = to_erase.into_iter().collect();
        read(store, move |conn| with_data(conn, &to_erase)).await?
    };
    events.retain(|one| {
        let is_reached = portal_of(one).is_some_and(|portal| reached.contains(&portal));
        let stays = !is_foreign(one) || (is_reached && erases(one));
        if !stays {
            let outcome = ["any", "portal_not_allowed"];
            METRICS.webhook_events.with_label_values(&outcome).inc();
        }
        stays
    });
    Ok(())
}

fn portal_of(one: &Delivered) -> Option<PortalId> {
    match &one.read {
        Ok(event) => Some(event.portal),
        Err(bad) => bad.portal,
    }
}

fn erases(one: &Delivered) -> bool {
    one.read
        .as_ref()
        .is_ok_and(|event| event.happened.is_erasure())
}
