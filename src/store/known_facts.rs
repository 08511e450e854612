//! The facts of many conversations or tickets at once, read without locks: what a reading through
//! HubSpot's API is compared with. A row that cannot be read, as during a roll-out of another version,
//! is left out: what is told of it cannot be decided either, and that is where its failure is seen.

use super::error::StoreError;
use crate::domain::facts::Facts;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use std::collections::HashMap;
use std::hash::Hash;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    facts: String,
}

/// The facts of those of these conversations that are known.
///
/// # Errors
/// Those of the database.
pub fn of_threads(
    conn: &mut PgConnection,
    portal: PortalId,
    threads: &[ThreadId],
) -> Result<HashMap<ThreadId, Facts>, StoreError> {
    let sql = "SELECT thread_id AS id, facts::text AS facts FROM conversations \
        WHERE portal_id = $1 AND thread_id = ANY ($2)";
    let ids = threads.iter().map(|thread| thread.0).collect();
    load(conn, sql, (portal, ids), ThreadId)
}

/// The facts of those of these tickets that are known.
///
/// # Errors
/// Those of the database.
pub fn of_tickets(
    conn: &mut PgConnection,
    portal: PortalId,
    tickets: &[TicketId],
) -> Result<HashMap<TicketId, Facts>, StoreError> {
    let sql = "SELECT ticket_id AS id, facts::text AS facts FROM tickets \
        WHERE portal_id = $1 AND ticket_id = ANY ($2)";
    let ids = tickets.iter().map(|ticket| ticket.0).collect();
    load(conn, sql, (portal, ids), TicketId)
}

fn load<Id: Eq + Hash>(
    conn: &mut PgConnection,
    sql: &str,
    (portal, ids): (PortalId, Vec<i64>),
    id: fn(i64) -> Id,
) -> Result<HashMap<Id, Facts>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        match serde_json::from_str(&row.facts) {
            Ok(facts) => {
                known.insert(id(row.id), facts);
            }
            Err(error) => {
                log::error!(portal_id = portal.0; "facts of {} cannot be read: {error}", row.id);
            }
        }
    }
    Ok(known)
}
