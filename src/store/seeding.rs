//! Many linked conversations at once, and how many rows there are: for benchmarks.

use super::error::StoreError;
use super::schema::conversations;
use crate::domain::facts::{Facts, Link};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Inserts `count` tickets, counted upwards, each with one known thread that nobody has said
/// anything about.
///
/// # Errors
/// Those of the database.
pub fn linked_conversations(
    conn: &mut PgConnection,
    portal: PortalId,
    first: (TicketId, ThreadId),
    count: i64,
) -> Result<(), StoreError> {
    let (ticket, thread) = first;
    let link = Link::told(TicketId(0), Timestamp::from_millis(0));
    let facts = Facts {
        link: Some(link),
        ..Facts::default()
    };
    let facts =
        serde_json::to_string(&facts).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    conn.batch_execute("SET statement_timeout = 0")?;
    let tickets = "INSERT INTO tickets (portal_id, ticket_id) \
        SELECT $1, $2 + n FROM generate_series(0, $3 - 1) AS n";
    diesel::sql_query(tickets)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ticket.0)
        .bind::<BigInt, _>(count)
        .execute(conn)?;
    let threads = "INSERT INTO conversations (portal_id, thread_id, ticket_id, facts) \
        SELECT $1, $4 + n, $2 + n, jsonb_set($5::jsonb, '{link,ticket}', to_jsonb($2 + n)) \
        FROM generate_series(0, $3 - 1) AS n";
    diesel::sql_query(threads)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ticket.0)
        .bind::<BigInt, _>(count)
        .bind::<BigInt, _>(thread.0)
        .bind::<Text, _>(facts)
        .execute(conn)?;
    Ok(conn.batch_execute("VACUUM ANALYZE tickets, conversations")?)
}

/// How many conversations are known to belong to this ticket or a later one.
///
/// # Errors
/// Those of the database.
pub fn linked_from(
    conn: &mut PgConnection,
    portal: PortalId,
    first: TicketId,
) -> Result<i64, StoreError> {
    let conversations = conversations::table
        .filter(conversations::portal_id.eq(portal.0))
        .filter(conversations::ticket_id.ge(first.0));
    Ok(conversations.count().get_result(conn)?)
}

/// Rows of the tables that actions write.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Census {
    /// Lines of timelines.
    #[diesel(sql_type = BigInt)]
    pub decisions: i64,
    /// Receipts.
    #[diesel(sql_type = BigInt)]
    pub receipts: i64,
    /// Events and effects.
    #[diesel(sql_type = BigInt)]
    pub outbox: i64,
    /// Updates of ticket records, as the server counts them.
    #[diesel(sql_type = BigInt)]
    pub ticket_updates: i64,
    /// Updates of thread records.
    #[diesel(sql_type = BigInt)]
    pub thread_updates: i64,
    /// Bytes of the whole database.
    #[diesel(sql_type = BigInt)]
    pub bytes: i64,
}

/// Counts.
///
/// # Errors
/// Those of the database.
pub fn census(conn: &mut PgConnection) -> Result<Census, StoreError> {
    conn.batch_execute("SET statement_timeout = 0")?;
    let sql = "SELECT (SELECT count(*) FROM decisions) AS decisions, \
        (SELECT count(*) FROM action_receipts) AS receipts, \
        (SELECT count(*) FROM outbox) AS outbox, \
        (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'tickets') AS ticket_updates, \
        (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'conversations') \
            AS thread_updates, \
        pg_database_size(current_database()) AS bytes";
    Ok(diesel::sql_query(sql).get_result(conn)?)
}
