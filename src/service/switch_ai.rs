//! The kill switch of a portal: silences every conversation at once and changes no record, so that
//! throwing it back restores exactly what was.

use super::audit_change::{Change, Changed, audit_change};
use crate::domain::gate::Portal;
use crate::domain::ids::PortalId;
use crate::store::batch::transaction::transaction;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portal_record::lock::lock_alone;
use crate::store::portal_record::switches::set_ai_enabled;
use crate::store::portals;
use serde_json::json;
use std::sync::Arc;

/// Where the switch is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AiSwitch {
    /// The AI may speak where nothing else silences it.
    On,
    /// The AI is silent everywhere.
    Off,
}

/// Sets the switch. False: it stood there already.
///
/// # Errors
/// Those of the database.
pub async fn switch_ai(
    store: &Arc<Store>,
    portal: PortalId,
    switch: AiSwitch,
    actor: &str,
) -> Result<bool, StoreError> {
    let actor = actor.to_owned();
    let is_enabled = switch == AiSwitch::On;
    read(store, move |conn| {
        transaction(conn, |conn| {
            lock_alone(conn, portal)?;
            let found = portals::find(conn, portal)?.unwrap_or_else(Portal::unknown);
            let was_enabled = found.ai_enabled;
            if was_enabled == is_enabled {
                return Ok(false);
            }
            set_ai_enabled(conn, portal, is_enabled)?;
            audit_change(
                conn,
                &Change {
                    portal,
                    actor: &actor,
                    changed: Changed::AiEnabled,
                    before: json!(was_enabled),
                    after: json!(is_enabled),
                },
            )?;
            Ok(true)
        })
    })
    .await
}
