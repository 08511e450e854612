//! Records nobody has touched yet. They are inserted in a short transaction of their own: the
//! insert waits for another replica's insert of the same key, and an empty record promises nothing.

use super::statement::statement;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::store::error::StoreError;
use diesel::RunQueryDsl;
use diesel::pg::PgConnection;
use diesel::sql_types::{Array, BigInt};

statement! {
    InsertTickets -> () {
        portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "INSERT INTO tickets (portal_id, ticket_id) SELECT * FROM unnest(?, ?) ORDER BY 1, 2 \
     ON CONFLICT DO NOTHING"
}

statement! {
    InsertThreads -> () {
        portals: Array<BigInt> => Vec<i64>,
        threads: Array<BigInt> => Vec<i64>,
    }
    "INSERT INTO conversations (portal_id, thread_id) SELECT * FROM unnest(?, ?) ORDER BY 1, 2 \
     ON CONFLICT DO NOTHING"
}

/// Inserts empty records where there are none.
///
/// # Errors
/// Those of the database.
pub fn insert(
    conn: &mut PgConnection,
    tickets: &[(PortalId, TicketId)],
    threads: &[(PortalId, ThreadId)],
) -> Result<(), StoreError> {
    if !tickets.is_empty() {
        let (portals, tickets) = tickets.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
        InsertTickets { portals, tickets }.execute(conn)?;
    }
    if !threads.is_empty() {
        let (portals, threads) = threads.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
        InsertThreads { portals, threads }.execute(conn)?;
    }
    Ok(())
}
