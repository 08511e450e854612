//! The audit of a portal: what admins changed, by whom and when. Append-only.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

/// A change to note.
#[derive(Clone, Debug)]
pub struct NewChange<'a> {
    /// Whose.
    pub portal: PortalId,
    /// By whom, as it is shown.
    pub actor: &'a str,
    /// What was changed, in one word: `settings`, `ai_enabled`, `ai_sender`, `connection`.
    pub change: &'a str,
    /// What was there. No secrets.
    pub before: &'a Value,
    /// What is there now. No secrets.
    pub after: &'a Value,
}

/// A change that was noted.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Change {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub change_id: Uuid,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub changed_at: DateTime<Utc>,
    /// By whom.
    #[diesel(sql_type = Text)]
    pub actor: String,
    /// What was changed.
    #[diesel(sql_type = Text)]
    pub change: String,
    /// What was there.
    #[diesel(sql_type = Jsonb)]
    pub before: Value,
    /// What came.
    #[diesel(sql_type = Jsonb)]
    pub after: Value,
}

/// Notes a change, in the transaction that makes it.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut PgConnection, change: &NewChange<'_>) -> Result<Uuid, StoreError> {
    let change_id = Uuid::now_v7();
    let sql = "INSERT INTO portal_changes (portal_id, change_id, actor, change, before, after) \
        VALUES ($1, $2, $3, $4, $5, $6)";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(change.portal.0)
        .bind::<SqlUuid, _>(change_id)
        .bind::<Text, _>(change.actor)
        .bind::<Text, _>(change.change)
        .bind::<Jsonb, _>(change.before)
        .bind::<Jsonb, _>(change.after)
        .execute(conn)?;
    Ok(change_id)
}

/// The newest changes of a portal, the newest first.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut PgConnection,
    portal: PortalId,
    limit: i64,
) -> Result<Vec<Change>, StoreError> {
    let sql = "SELECT change_id, changed_at, actor, change, before, after FROM portal_changes \
        WHERE portal_id = $1 ORDER BY changed_at DESC, change_id DESC LIMIT $2";
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(limit)
        .load(conn)?)
}
