//! The event that tells the AI platform that a portal's gates changed.

use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

/// Puts the event into the outbox, under the id of the change that caused it.
///
/// # Errors
/// Those of the database.
pub fn tell_of_change(
    conn: &mut PgConnection,
    portal: PortalId,
    change_id: Uuid,
    payload: &Value,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox (portal_id, decision_id, event_type, subject_id, destination, \
            payload) VALUES ($1, $2, 'portal.changed', $1, 'ai', $3)";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<SqlUuid, _>(change_id)
        .bind::<Jsonb, _>(payload)
        .execute(conn)?;
    Ok(())
}
