//! The queue of merges that HubSpot told of, as those who carry them out see it.

use super::error::StoreError;
use super::merged_tickets::Merged;
use crate::domain::ids::{PortalId, TicketId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

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
}

impl From<Row> for Merged {
    fn from(row: Row) -> Self {
        Self {
            portal: PortalId(row.portal_id),
            merged: TicketId(row.merged_ticket_id),
            survivor: TicketId(row.into_ticket_id),
            at: row.merged_at.into(),
        }
    }
}

/// Merges that wait, in the order in which HubSpot made them.
///
/// # Errors
/// Those of the database.
pub fn waiting(conn: &mut PgConnection, most: i64) -> Result<Vec<Merged>, StoreError> {
    let sql = "SELECT portal_id, into_ticket_id, merged_ticket_id, merged_at FROM ticket_merges \
        ORDER BY merged_at, portal_id, merged_ticket_id LIMIT $1";
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<BigInt, _>(most).load(conn)?;
    Ok(rows.into_iter().map(Merged::from).collect())
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
