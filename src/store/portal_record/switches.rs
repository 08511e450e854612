//! What admins set in a portal's row: the kill switch, the AI sender, the policies. A portal that
//! was never connected gets its row with the first of them.

use super::missed::HUBSPOT_NOW;
use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Jsonb, Nullable, Text};
use serde_json::Value;

/// The teammate the AI sends as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// HubSpot's user id.
    pub user_id: i64,
    /// The name.
    pub name: Option<String>,
    /// Whether a person also uses that seat; none: unknown.
    pub is_shared: Option<bool>,
}

/// Throws the kill switch, or throws it back.
///
/// # Errors
/// Those of the database.
pub fn set_ai_enabled(
    conn: &mut PgConnection,
    portal: PortalId,
    is_enabled: bool,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO portals (portal_id, ai_enabled) VALUES ($1, $2) \
        ON CONFLICT (portal_id) DO UPDATE SET ai_enabled = excluded.ai_enabled";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Bool, _>(is_enabled)
        .execute(conn)?;
    Ok(())
}

/// Sets the AI sender, or with none shuts the gate that asks for one. Whatever the former one owns
/// is unknown from then on, until it was read again.
///
/// # Errors
/// Those of the database.
pub fn set_sender(
    conn: &mut PgConnection,
    portal: PortalId,
    sender: Option<&Sender>,
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO portals (portal_id, ai_sender_user_id, ai_sender_name, \
            ai_sender_is_shared) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (portal_id) DO UPDATE SET sender_changed_at = CASE \
                WHEN portals.ai_sender_user_id <> excluded.ai_sender_user_id \
                    OR (portals.ai_sender_user_id IS NOT NULL \
                        AND excluded.ai_sender_user_id IS NULL) \
                THEN {HUBSPOT_NOW} ELSE portals.sender_changed_at END, \
            ai_sender_user_id = excluded.ai_sender_user_id, \
            ai_sender_name = excluded.ai_sender_name, \
            ai_sender_is_shared = excluded.ai_sender_is_shared"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Nullable<BigInt>, _>(sender.map(|sender| sender.user_id))
        .bind::<Nullable<Text>, _>(sender.and_then(|sender| sender.name.as_deref()))
        .bind::<Nullable<Bool>, _>(sender.and_then(|sender| sender.is_shared))
        .execute(conn)?;
    Ok(())
}

/// Replaces the policies that differ from the defaults.
///
/// # Errors
/// Those of the database.
pub fn set_policies(
    conn: &mut PgConnection,
    portal: PortalId,
    policies: &Value,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO portals (portal_id, policies) VALUES ($1, $2) \
        ON CONFLICT (portal_id) DO UPDATE SET policies = excluded.policies";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Jsonb, _>(policies)
        .execute(conn)?;
    Ok(())
}
