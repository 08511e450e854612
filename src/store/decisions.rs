//! Timelines: the lines of a thread, or those of a ticket and all its threads, newest first.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
use std::collections::HashMap;
use uuid::Uuid;

/// One line of a timeline.
#[derive(Clone, Debug, QueryableByName)]
pub struct Line {
    /// `thread` or `ticket`.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// The thread's or the ticket's id.
    #[diesel(sql_type = BigInt)]
    pub subject_id: i64,
    /// Its place in its subject's timeline.
    #[diesel(sql_type = BigInt)]
    pub position: i64,
    /// The version it stands under.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub control_version: Option<i64>,
    /// Something that matters changed.
    #[diesel(sql_type = Bool)]
    pub changed: bool,
    /// The command's one decision.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub decision_id: Uuid,
    /// The ticket it was decided over.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub ticket_id: Option<i64>,
    /// When.
    #[diesel(sql_type = Timestamptz)]
    pub decided_at: DateTime<Utc>,
    /// What was asked and by whom.
    #[diesel(sql_type = Jsonb)]
    pub command: serde_json::Value,
    /// What became of it.
    #[diesel(sql_type = Text)]
    pub outcome: String,
    /// Why.
    #[diesel(sql_type = Text)]
    pub reason_code: String,
    /// The state before.
    #[diesel(sql_type = Text)]
    pub state_before: String,
    /// The state after.
    #[diesel(sql_type = Text)]
    pub state_after: String,
    /// One sentence.
    #[diesel(sql_type = Text)]
    pub explanation: String,
    /// Facts and holds as a fact that may have raised a handoff left them: the thread's, and the
    /// ticket's where this decision changed it.
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub records_after: Option<serde_json::Value>,
}

/// Where the next page of a ticket's timeline begins: after this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketCursor {
    /// The line's time, in microseconds since 1970.
    pub decided_at_micros: i64,
    /// Its subject: 0 for a thread, 1 for the ticket.
    pub subject: i32,
    /// Its subject's id.
    pub subject_id: i64,
    /// Its position.
    pub position: i64,
}

const COLUMNS: &str = "subject, subject_id, position, control_version, changed, decision_id, \
    ticket_id, decided_at, command, outcome, reason_code, state_before, state_after, explanation, \
    CASE WHEN subject = 'thread' \
            AND command->>'fact' IN ('owner_changed', 'opened', 'customer_wrote') \
        THEN jsonb_build_object('thread', \
            jsonb_build_object('facts', facts_after, 'holds', holds_after), \
            'ticket', ticket_after) END AS records_after";

/// A thread's lines, the newest first, from below `before`.
///
/// # Errors
/// Those of the database.
pub fn of_thread(
    conn: &mut PgConnection,
    portal: PortalId,
    thread: ThreadId,
    before: Option<i64>,
    most: i32,
) -> Result<Vec<Line>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM decisions WHERE portal_id = $1 AND subject = 'thread' \
         AND subject_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0)
        .bind::<BigInt, _>(before.unwrap_or(i64::MAX))
        .bind::<Integer, _>(most);
    Ok(query.load(conn)?)
}

/// When the newest line of each of these threads was decided; a thread without one is missing. Not
/// the records' own time, which also moves with readings that leave no line.
///
/// # Errors
/// Those of the database.
pub fn newest_of_threads(
    conn: &mut PgConnection,
    portal: PortalId,
    threads: &[ThreadId],
) -> Result<HashMap<ThreadId, Timestamp>, StoreError> {
    #[derive(QueryableByName)]
    struct Newest {
        #[diesel(sql_type = BigInt)]
        subject_id: i64,
        #[diesel(sql_type = Timestamptz)]
        decided_at: DateTime<Utc>,
    }
    let sql = "SELECT d.subject_id, d.decided_at FROM unnest($2) AS t (thread_id) \
        CROSS JOIN LATERAL (SELECT subject_id, decided_at FROM decisions \
            WHERE portal_id = $1 AND subject = 'thread' AND subject_id = t.thread_id \
            ORDER BY position DESC LIMIT 1) AS d";
    let ids: Vec<i64> = threads.iter().map(|thread| thread.0).collect();
    let rows: Vec<Newest> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let newest = rows.into_iter();
    Ok(newest
        .map(|row| (ThreadId(row.subject_id), row.decided_at.into()))
        .collect())
}

/// The lines of a ticket and of all its threads, the newest first.
///
/// # Errors
/// Those of the database.
pub fn of_ticket(
    conn: &mut PgConnection,
    portal: PortalId,
    ticket: TicketId,
    after: Option<TicketCursor>,
    most: i32,
) -> Result<Vec<Line>, StoreError> {
    let sql = format!(
        "WITH subjects AS (SELECT 'ticket' AS subject, $2::bigint AS subject_id UNION ALL \
            SELECT 'thread', thread_id FROM conversations \
            WHERE portal_id = $1 AND ticket_id = $2) \
         SELECT {COLUMNS} FROM subjects JOIN decisions USING (subject, subject_id) \
         WHERE portal_id = $1 AND ($3::bigint IS NULL OR \
            ((extract(epoch FROM decided_at) * 1000000)::bigint, \
             (subject = 'ticket')::int, subject_id, position) < ($3, $4, $5, $6)) \
         ORDER BY decided_at DESC, subject = 'ticket' DESC, subject_id DESC, position DESC \
         LIMIT $7"
    );
    let cursor = after.unwrap_or(TicketCursor {
        decided_at_micros: 0,
        subject: 0,
        subject_id: 0,
        position: 0,
    });
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ticket.0)
        .bind::<Nullable<BigInt>, _>(after.map(|cursor| cursor.decided_at_micros))
        .bind::<Integer, _>(cursor.subject)
        .bind::<BigInt, _>(cursor.subject_id)
        .bind::<BigInt, _>(cursor.position)
        .bind::<Integer, _>(most);
    Ok(query.load(conn)?)
}
