//! Claiming the records at which a timer must look. The claim is the time itself, set ahead: a
//! replica that dies with it leaves the record to the next one, and a decision sets it anew.

use super::error::StoreError;
use crate::domain::command::Subject;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};

/// A record that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueRecord {
    /// Its portal.
    pub portal: PortalId,
    /// The ticket without a known thread, or the thread.
    pub subject: Subject,
    /// The thread's ticket.
    pub linked_ticket: Option<TicketId>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    ticket_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    thread_id: Option<i64>,
}

/// Claims up to `most` records that are due, for ten seconds: longer than a decision may take.
/// What another transaction holds is left for the next time.
///
/// Here and wherever a queue is looked at, what is due is compared with `now()`, which PostgreSQL
/// looks up in an index; `clock_timestamp()`, which may change from row to row, makes it walk all.
///
/// # Errors
/// Those of the database.
pub fn claim_due(conn: &mut PgConnection, most: i32) -> Result<Vec<DueRecord>, StoreError> {
    let sql = "WITH c AS (SELECT portal_id, thread_id FROM conversations \
            WHERE next_check_at <= now() ORDER BY next_check_at LIMIT $1 \
            FOR UPDATE SKIP LOCKED), \
         t AS (SELECT portal_id, ticket_id FROM tickets \
            WHERE next_check_at <= now() ORDER BY next_check_at LIMIT $1 \
            FOR UPDATE SKIP LOCKED), \
         claimed_c AS (UPDATE conversations r \
            SET next_check_at = clock_timestamp() + interval '10 seconds' FROM c \
            WHERE (r.portal_id, r.thread_id) = (c.portal_id, c.thread_id) \
            RETURNING r.portal_id, r.ticket_id, r.thread_id), \
         claimed_t AS (UPDATE tickets r \
            SET next_check_at = clock_timestamp() + interval '10 seconds' FROM t \
            WHERE (r.portal_id, r.ticket_id) = (t.portal_id, t.ticket_id) \
            RETURNING r.portal_id, r.ticket_id) \
         SELECT portal_id, ticket_id, thread_id FROM claimed_c \
         UNION ALL SELECT portal_id, ticket_id, NULL FROM claimed_t";
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<Integer, _>(most).load(conn)?;
    Ok(rows.into_iter().map(due_record).collect())
}

fn due_record(row: Row) -> DueRecord {
    let thread = row.thread_id.map(ThreadId);
    let ticket = row.ticket_id.map(TicketId);
    DueRecord {
        portal: PortalId(row.portal_id),
        subject: Subject {
            ticket: ticket.filter(|_| thread.is_none()),
            thread,
        },
        linked_ticket: ticket.filter(|_| thread.is_some()),
    }
}

/// Has timers look at a portal's records that wait for a time: its policies changed, and what is
/// due may have come nearer. A thousand at most; true if there may be more after this key.
///
/// # Errors
/// Those of the database.
pub fn look_again(
    conn: &mut PgConnection,
    portal: PortalId,
    after: ThreadId,
) -> Result<Option<ThreadId>, StoreError> {
    let sql = "WITH c AS (SELECT portal_id, thread_id FROM conversations \
            WHERE portal_id = $1 AND thread_id > $2 AND next_check_at > now() \
            ORDER BY thread_id LIMIT 1000 FOR UPDATE), \
         moved AS (UPDATE conversations r SET next_check_at = now() FROM c \
            WHERE (r.portal_id, r.thread_id) = (c.portal_id, c.thread_id) RETURNING r.thread_id) \
         SELECT $1 AS portal_id, NULL::bigint AS ticket_id, max(thread_id) AS thread_id FROM moved";
    let row: Row = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(after.0)
        .get_result(conn)?;
    Ok(row.thread_id.map(ThreadId))
}
