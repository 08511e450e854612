//! The queue of merges that HubSpot told of, as those who carry them out see it.

use super::error::StoreError;
use super::merged_tickets::Merged;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::Span;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Timestamptz};

/// A merge that is to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueMerge {
    /// Which.
    pub merge: Merged,
    /// How often it failed.
    pub attempts: u32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    into_ticket_id: i64,
    #[diesel(sql_type = BigInt)]
    merged_ticket_id: i64,
    #[diesel(sql_type = Timestamptz)]
    merged_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl From<Row> for DueMerge {
    fn from(row: Row) -> Self {
        let merge = Merged {
            portal: PortalId(row.portal_id),
            merged: TicketId(row.merged_ticket_id),
            survivor: TicketId(row.into_ticket_id),
            at: row.merged_at.into(),
        };
        let attempts = u32::try_from(row.attempts).unwrap_or_default();
        Self { merge, attempts }
    }
}

/// Merges that are due, in the order in which HubSpot made them.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &mut PgConnection, most: i64) -> Result<Vec<DueMerge>, StoreError> {
    let sql = "SELECT portal_id, into_ticket_id, merged_ticket_id, merged_at, attempts \
        FROM ticket_merges WHERE next_attempt_at <= now() \
        ORDER BY merged_at, portal_id, merged_ticket_id LIMIT $1";
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<BigInt, _>(most).load(conn)?;
    Ok(rows.into_iter().map(DueMerge::from).collect())
}

/// A merge was carried out.
///
/// # Errors
/// Those of the database.
pub fn is_done(conn: &mut PgConnection, merge: Merged) -> Result<(), StoreError> {
    let sql = "DELETE FROM ticket_merges \
        WHERE portal_id = $1 AND merged_ticket_id = $2 AND into_ticket_id = $3";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(merge.portal.0)
        .bind::<BigInt, _>(merge.merged.0)
        .bind::<BigInt, _>(merge.survivor.0)
        .execute(conn)?;
    Ok(())
}

/// A merge failed: it is due again after this long.
///
/// # Errors
/// Those of the database.
pub fn try_again(conn: &mut PgConnection, merge: Merged, after: Span) -> Result<(), StoreError> {
    let sql = "UPDATE ticket_merges SET attempts = attempts + 1, \
            next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond' \
        WHERE portal_id = $1 AND merged_ticket_id = $2 AND into_ticket_id = $3";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(merge.portal.0)
        .bind::<BigInt, _>(merge.merged.0)
        .bind::<BigInt, _>(merge.survivor.0)
        .bind::<BigInt, _>(after.as_millis())
        .execute(conn)?;
    Ok(())
}
