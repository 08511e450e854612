//! Conversations that HubSpot showed with another ticket than the one they are known with. What one
//! reading showed is kept here until a second one agrees or takes it back.

use super::error::StoreError;
use crate::domain::facts::Link;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Timestamptz};
use std::collections::HashMap;

/// Rows deleted in one short transaction.
const MOST_AT_ONCE: i32 = 5_000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    thread_id: i64,
    #[diesel(sql_type = BigInt)]
    ticket_id: i64,
    #[diesel(sql_type = Timestamptz)]
    read_at: DateTime<Utc>,
}

/// What earlier readings showed of these conversations, each as of the first that did.
///
/// # Errors
/// Those of the database.
pub fn of(
    conn: &mut PgConnection,
    portal: PortalId,
    threads: &[ThreadId],
) -> Result<HashMap<ThreadId, Link>, StoreError> {
    let sql = "SELECT thread_id, ticket_id, read_at FROM link_doubts \
        WHERE portal_id = $1 AND thread_id = ANY ($2)";
    let ids: Vec<i64> = threads.iter().map(|thread| thread.0).collect();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let doubt = |row: Row| {
        let link = Link::told(TicketId(row.ticket_id), row.read_at.into());
        (ThreadId(row.thread_id), link)
    };
    Ok(rows.into_iter().map(doubt).collect())
}

/// A reading showed these conversations with these tickets. What others showed is forgotten after
/// a day.
///
/// # Errors
/// Those of the database.
pub fn note(
    conn: &mut PgConnection,
    portal: PortalId,
    shown: &[(ThreadId, Link)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO link_doubts (portal_id, thread_id, ticket_id, read_at) \
        SELECT $1, thread_id, ticket_id, read_at \
        FROM unnest($2, $3, $4) AS n (thread_id, ticket_id, read_at) ORDER BY 2 \
        ON CONFLICT (portal_id, thread_id) DO UPDATE SET ticket_id = excluded.ticket_id, \
            read_at = excluded.read_at, noted_at = excluded.noted_at";
    let (threads, links): (Vec<i64>, Vec<Link>) =
        shown.iter().map(|(thread, link)| (thread.0, *link)).unzip();
    let tickets: Vec<i64> = links.iter().map(|link| link.ticket.0).collect();
    let times: Vec<DateTime<Utc>> = links.iter().map(|link| link.at.to_utc()).collect();
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(threads)
        .bind::<Array<BigInt>, _>(tickets)
        .bind::<Array<Timestamptz>, _>(times)
        .execute(conn)?;
    Ok(())
}

/// These conversations are with the ticket that they are known with.
///
/// # Errors
/// Those of the database.
pub fn forget(
    conn: &mut PgConnection,
    portal: PortalId,
    threads: &[ThreadId],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM link_doubts WHERE portal_id = $1 AND thread_id = ANY ($2)";
    let ids: Vec<i64> = threads.iter().map(|thread| thread.0).collect();
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(ids)
        .execute(conn)?;
    Ok(())
}

/// Forgets those of more than a day ago, some thousands at a time. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM link_doubts WHERE ctid = ANY(ARRAY(SELECT ctid FROM link_doubts \
        WHERE noted_at < now() - interval '1 day' LIMIT $1))";
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
