//! What has to be known before an event means anything: a portal's AI sender, its owners, and the
//! tickets of its conversations. Read without locks, for all events of a delivery at once.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};

/// An owner in the cache of owners.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct CachedOwner {
    /// The portal.
    #[diesel(sql_type = BigInt)]
    pub portal_id: i64,
    /// The owner's id.
    #[diesel(sql_type = BigInt)]
    pub owner_id: i64,
    /// The user behind it, where HubSpot tells one.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub user_id: Option<i64>,
    /// `PERSON` or `QUEUE`.
    #[diesel(sql_type = Text)]
    pub kind: String,
}

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    second: i64,
}

/// The AI senders of these portals, by user id.
///
/// # Errors
/// Those of the database.
pub fn ai_senders(
    conn: &mut PgConnection,
    portals: &[PortalId],
) -> Result<Vec<(PortalId, i64)>, StoreError> {
    let sql = "SELECT portal_id, ai_sender_user_id AS first, 0::bigint AS second FROM portals \
        WHERE portal_id = ANY($1) AND ai_sender_user_id IS NOT NULL";
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<Pair> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let sender = |row: Pair| (PortalId(row.portal_id), row.first);
    Ok(rows.into_iter().map(sender).collect())
}

/// Those of these owners that are in the cache.
///
/// # Errors
/// Those of the database.
pub fn owners(
    conn: &mut PgConnection,
    keys: &[(PortalId, i64)],
) -> Result<Vec<CachedOwner>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, ids): (Vec<i64>, Vec<i64>) =
        keys.iter().map(|(portal, id)| (portal.0, *id)).unzip();
    let sql = "SELECT portal_id, owner_id, user_id, kind FROM unnest($1, $2) \
        AS w (portal_id, owner_id) JOIN owners USING (portal_id, owner_id)";
    let query = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids);
    Ok(query.load(conn)?)
}

/// The tickets that those of these threads are linked to that are linked.
///
/// # Errors
/// Those of the database.
pub fn tickets_of(
    conn: &mut PgConnection,
    keys: &[(PortalId, ThreadId)],
) -> Result<Vec<(PortalId, ThreadId, TicketId)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, ids): (Vec<i64>, Vec<i64>) =
        keys.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
    let sql = "SELECT portal_id, thread_id AS first, ticket_id AS second FROM unnest($1, $2) \
        AS w (portal_id, thread_id) JOIN conversations USING (portal_id, thread_id) \
        WHERE ticket_id IS NOT NULL";
    let rows: Vec<Pair> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let linked = |row: Pair| {
        (
            PortalId(row.portal_id),
            ThreadId(row.first),
            TicketId(row.second),
        )
    };
    Ok(rows.into_iter().map(linked).collect())
}
