//! What every change of a portal leaves behind: a line in the audit, and an event for the AI
//! platform. Called inside the change's transaction, under the portal's lock.

use crate::domain::ids::PortalId;
use crate::store::PgConnection;
use crate::store::error::StoreError;
use crate::store::portal_changes::{self, NewChange};
use crate::store::portal_record::changed_event::tell_of_change;
use serde_json::{Value, json};

/// What an admin, or HubSpot, changed of a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Whether it is connected, and by what.
    Connection,
    /// The kill switch.
    AiEnabled,
    /// The teammate the AI sends as.
    AiSender,
    /// The policies.
    Settings,
}

impl Changed {
    /// The word in the audit and in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::AiEnabled => "ai_enabled",
            Self::AiSender => "ai_sender",
            Self::Settings => "settings",
        }
    }
}

/// A change, with both its sides. Never a secret in either.
pub struct Change<'a> {
    /// The portal.
    pub portal: PortalId,
    /// Who changed it, as the audit names them.
    pub actor: &'a str,
    /// What.
    pub changed: Changed,
    /// As it was.
    pub before: Value,
    /// As it is now.
    pub after: Value,
}

/// Records a change. One that changes nothing leaves nothing.
///
/// # Errors
/// Those of the database.
pub(super) fn audit_change(conn: &mut PgConnection, change: &Change<'_>) -> Result<(), StoreError> {
    if change.before == change.after {
        return Ok(());
    }
    let line = NewChange {
        portal: change.portal,
        actor: change.actor,
        change: change.changed.name(),
        before: &change.before,
        after: &change.after,
    };
    let change_id = portal_changes::insert(conn, &line)?;
    let payload = json!({
        "type": "portal.changed",
        "portal_id": change.portal.to_string(),
        "change_id": change_id,
        "changed": change.changed.name(),
        "by": change.actor,
        "before": change.before,
        "after": change.after,
    });
    tell_of_change(conn, change.portal, change_id, &payload)
}
