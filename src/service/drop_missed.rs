//! What HubSpot tells of a portal whose connection is dead is acknowledged and dropped: nobody may
//! act on it, and what was missed is read again once the portal is connected anew. Only erasures
//! are kept: a right to be forgotten does not wait for a connection.

use crate::domain::ids::PortalId;
use crate::hubspot::webhooks::event::Event;
use crate::metrics::METRICS;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_record::dead::dead;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was dropped of a portal in one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// How many events.
    pub events: usize,
    /// Why the connection is dead: `disconnected`, `revoked` or `uninstalled`.
    pub because: String,
}

impl Dropped {
    /// In words, for the activity log.
    pub fn described(&self) -> String {
        let Self { events, because } = self;
        let noun = if *events == 1 { "event" } else { "events" };
        format!("dropped {events} {noun}: the portal's connection is dead ({because})")
    }
}

/// Takes out of a delivery what is dropped, and counts it by portal.
///
/// # Errors
/// Those of the database; then nothing was dropped.
pub(super) async fn drop_missed(
    store: &Arc<Store>,
    events: &mut Vec<(Event, String)>,
    dropped: &mut BTreeMap<PortalId, Dropped>,
) -> Result<(), StoreError> {
    let portals: BTreeSet<PortalId> = events.iter().map(|(event, _)| event.portal).collect();
    let portals: Vec<PortalId> = portals.into_iter().collect();
    if portals.is_empty() {
        return Ok(());
    }
    let dead = read(store, move |conn| dead(conn, &portals)).await?;
    events.retain(|(event, _)| {
        let Some(because) = dead.get(&event.portal) else {
            return true;
        };
        if event.happened.is_erasure() {
            return true;
        }
        let outcome = [event.happened.name(), "portal_unavailable"];
        METRICS.webhook_events.with_label_values(&outcome).inc();
        let of_portal = dropped.entry(event.portal).or_insert_with(|| Dropped {
            events: 0,
            because: because.clone(),
        });
        of_portal.events += 1;
        false
    });
    Ok(())
}
