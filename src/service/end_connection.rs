//! The end of a connection that HubSpot brought about, and its return: noticed by Baton itself, and
//! so in the audit under its own name, with what HubSpot said. Each is one commit under the
//! portal's lock, and counts only for the generation that was asked with.

use super::audit_change::{Change, Changed, audit_change};
use super::install_portal::record::side;
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::claim::{Refreshed, finish_refresh, mark_reconnect_required};
use crate::store::error::StoreError;
use crate::store::portal_record::lock::lock_alone;
use crate::store::portals::UnavailableBecause;
use serde_json::Value;

/// Who changed it, as the audit names them.
const BATON: &str = "Baton";

/// A credential that HubSpot refuses.
pub(super) struct Refused {
    /// Whose.
    pub(super) portal: PortalId,
    /// Which kind.
    pub(super) kind: CredentialKind,
    /// Which one of that kind.
    pub(super) generation: i64,
    /// What the portal's row says of it.
    pub(super) because: UnavailableBecause,
    /// What HubSpot said, without secrets.
    pub(super) why: String,
}

/// Shuts the portal's gate. False: the credential is another one by now, and nothing was changed.
///
/// # Errors
/// Those of the database.
pub(super) fn end(conn: &mut PgConnection, refused: &Refused) -> Result<bool, StoreError> {
    let Refused { portal, .. } = *refused;
    let which = (refused.kind, refused.generation);
    changed_by_baton(conn, portal, &refused.why, |conn| {
        mark_reconnect_required(conn, portal, which, refused.because)
    })
}

/// Stores what a refresh brought, and opens the gate if the grant had been given up meanwhile.
/// False: the row has moved on.
///
/// # Errors
/// Those of the database.
pub(super) fn store_refreshed(
    conn: &mut PgConnection,
    portal: PortalId,
    generation: i64,
    refreshed: &Refreshed,
) -> Result<bool, StoreError> {
    let why = "a refresh that was under way brought a new token";
    changed_by_baton(conn, portal, why, |conn| {
        finish_refresh(conn, portal, generation, refreshed)
    })
}

/// Makes a change, and notes it if the connection is another one then: a new token alone is none.
fn changed_by_baton(
    conn: &mut PgConnection,
    portal: PortalId,
    why: &str,
    change: impl FnOnce(&mut PgConnection) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    transaction(conn, |conn| {
        lock_alone(conn, portal)?;
        let before = side(conn, portal)?;
        if !change(conn)? {
            return Ok(false);
        }
        let mut after = side(conn, portal)?;
        if after.get("connection") == before.get("connection") {
            return Ok(true);
        }
        if let Some(after) = after.as_object_mut() {
            after.insert("why".to_owned(), Value::String(why.to_owned()));
        }
        audit_change(
            conn,
            &Change {
                portal,
                actor: BATON,
                changed: Changed::Connection,
                before,
                after,
            },
        )?;
        Ok(true)
    })
}
