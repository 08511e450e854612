//! Noting which tickets threads left. A statement of its own, which only batches with links of
//! threads that ever moved run.

use super::lock::{ThreadKey, TicketKey};
use super::statement::statement;
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Timestamptz};
use std::collections::BTreeMap;

/// Threads, the tickets that each left, and when it did for the last time.
pub type LeftTickets = BTreeMap<(TicketKey, ThreadKey), Timestamp>;

statement! {
    NoteLeft -> BigInt {
        portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
        threads: Array<BigInt> => Vec<i64>,
        times: Array<Timestamptz> => Vec<DateTime<Utc>>,
    }
    "INSERT INTO left_tickets AS l (portal_id, ticket_id, thread_id, left_at) \
     SELECT * FROM unnest(?, ?, ?, ?) AS n (portal_id, ticket_id, thread_id, left_at) \
     ORDER BY 1, 2, 3 ON CONFLICT (portal_id, ticket_id, thread_id) DO UPDATE \
     SET left_at = greatest(l.left_at, excluded.left_at), noted_at = now() RETURNING portal_id"
}

/// Notes them. Whoever holds the locks of these threads notes what they left alone.
///
/// # Errors
/// Those of the database.
pub fn note(conn: &mut PgConnection, left: &LeftTickets) -> Result<(), StoreError> {
    if left.is_empty() {
        return Ok(());
    }
    let keys = || left.keys();
    let statement = NoteLeft {
        portals: keys().map(|((portal, _), _)| portal.0).collect(),
        tickets: keys().map(|((_, ticket), _)| ticket.0).collect(),
        threads: keys().map(|(_, (_, thread))| thread.0).collect(),
        times: left.values().map(|at| at.to_utc()).collect(),
    };
    let _: Vec<i64> = statement.load(conn)?;
    Ok(())
}
