//! Which tickets were merged into which, and when: what is told late of one of them concerns the one
//! it was merged into. Written by the merge, and read without locks after what was told is
//! committed: one of the two sees the other.

use super::error::StoreError;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Timestamptz};

/// As long as conversations that left a ticket are found.
const KEPT_FOR: &str = "interval '3 days'";
/// Rows deleted in one short transaction: a long one would hold up others.
const MOST_AT_ONCE: i32 = 2_000;

/// A merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The portal.
    pub portal: PortalId,
    /// The ticket that is gone.
    pub merged: TicketId,
    /// The ticket that stayed.
    pub survivor: TicketId,
    /// HubSpot's time of it.
    pub at: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    ticket_id: i64,
    #[diesel(sql_type = BigInt)]
    into_ticket_id: i64,
    #[diesel(sql_type = Timestamptz)]
    merged_at: DateTime<Utc>,
}

impl From<Row> for Merged {
    fn from(row: Row) -> Self {
        Self {
            portal: PortalId(row.portal_id),
            merged: TicketId(row.ticket_id),
            survivor: TicketId(row.into_ticket_id),
            at: row.merged_at.into(),
        }
    }
}

/// Notes a merge.
///
/// # Errors
/// Those of the database.
pub fn note(conn: &mut PgConnection, merge: Merged) -> Result<(), StoreError> {
    let sql = "INSERT INTO merged_tickets (portal_id, ticket_id, into_ticket_id, merged_at) \
        VALUES ($1, $2, $3, $4) \
        ON CONFLICT (portal_id, ticket_id, into_ticket_id) DO UPDATE SET noted_at = now()";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(merge.portal.0)
        .bind::<BigInt, _>(merge.merged.0)
        .bind::<BigInt, _>(merge.survivor.0)
        .bind::<Timestamptz, _>(merge.at.to_utc())
        .execute(conn)?;
    Ok(())
}

/// What became of those of these tickets that were merged, the earliest merge first.
///
/// # Errors
/// Those of the database.
pub fn of(
    conn: &mut PgConnection,
    tickets: &[(PortalId, TicketId)],
) -> Result<Vec<Merged>, StoreError> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, ids): (Vec<i64>, Vec<i64>) =
        tickets.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
    let sql = "SELECT DISTINCT m.portal_id, m.ticket_id, m.into_ticket_id, m.merged_at \
        FROM unnest($1, $2) AS w (portal_id, ticket_id) \
        JOIN merged_tickets m USING (portal_id, ticket_id) ORDER BY m.merged_at, 1, 2, 3";
    let query = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids);
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(Merged::from).collect())
}

/// Forgets what was merged long ago. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = format!(
        "DELETE FROM merged_tickets WHERE ctid = ANY(ARRAY(SELECT ctid FROM merged_tickets \
         WHERE noted_at < now() - {KEPT_FOR} LIMIT $1))"
    );
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
