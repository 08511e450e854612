//! Erasing the words of records: in small steps that can be repeated. Ids, versions and states
//! stay.

use super::batch::transaction::transaction;
use super::concerned::Concerned;
use super::error::StoreError;
use super::words;
use crate::domain::ids::PortalId;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

/// Lines of one step.
const MOST_LINES: usize = 500;
/// What a repeat of an erased receipt explains.
const ERASED: &str = "The words of this answer were erased for the customer's privacy.";

/// A line of a timeline, as a place to go on from.
#[derive(Clone, Debug, QueryableByName)]
pub struct LineKey {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    subject_id: i64,
    #[diesel(sql_type = BigInt)]
    position: i64,
}

impl LineKey {
    /// Before every line.
    pub fn first() -> Self {
        Self {
            subject: String::new(),
            subject_id: 0,
            position: 0,
        }
    }
}

/// The lines of the timelines concerned: `$1` the portal, `$2` threads, `$3` tickets.
const LINES: &str = "portal_id = $1 AND ((subject = 'thread' AND subject_id = ANY($2)) \
    OR (subject = 'ticket' AND subject_id = ANY($3)))";

/// Erases in the records, and with them in the lines that say what they are, under their locks:
/// no decision can carry words on.
///
/// # Errors
/// Those of the database.
pub fn in_records(
    conn: &mut PgConnection,
    portal: PortalId,
    of: &Concerned,
) -> Result<(), StoreError> {
    let holds = words::holds("holds");
    let upkeep = words::upkeep("upkeep");
    // Every statement has the same three parameters, whether it needs them or not.
    let lock = |table: &str, key: &str, ids: &str| {
        format!(
            "SELECT {key} AS id FROM {table} WHERE portal_id = $1 AND {key} = ANY({ids}) \
             ORDER BY {key} FOR UPDATE"
        )
    };
    let set = |table: &str, key: &str, ids: &str| {
        format!(
            "UPDATE {table} SET holds = {holds}, upkeep = {upkeep} \
             WHERE portal_id = $1 AND {key} = ANY({ids}) \
             AND (holds, upkeep) IS DISTINCT FROM ({holds}, {upkeep})"
        )
    };
    let snapshots = format!(
        "UPDATE decision_snapshots SET holds = {holds}, ticket_after = {} WHERE {LINES}",
        words::ticket_after("ticket_after")
    );
    let newest = "(subject, subject_id, position) IN (\
        SELECT 'thread', thread_id, position FROM conversations \
            WHERE portal_id = $1 AND thread_id = ANY($2) \
        UNION ALL SELECT 'ticket', ticket_id, position FROM tickets \
            WHERE portal_id = $1 AND ticket_id = ANY($3))";
    let statements = [
        lock("tickets", "ticket_id", "$3"),
        lock("conversations", "thread_id", "$2"),
        set("tickets", "ticket_id", "$3"),
        set("conversations", "thread_id", "$2"),
        snapshots,
        erase_lines(newest),
    ];
    transaction(conn, |conn| {
        for statement in statements {
            run(conn, &statement, portal, of)?;
        }
        Ok(())
    })
}

/// Erases in older lines, some hundreds at most. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn in_lines(
    conn: &mut PgConnection,
    portal: PortalId,
    of: &Concerned,
) -> Result<bool, StoreError> {
    Ok(run(conn, &erase_lines("true"), portal, of)? >= MOST_LINES)
}

/// Erases in those lines that fulfil a condition and have words.
fn erase_lines(condition: &str) -> String {
    let without = format!(
        "({} - 'note' - 'metadata', {}, {}, {})",
        format_args!("({})", words::COMMAND_WITHOUT_TEXTS),
        words::holds("holds_after"),
        words::ticket_after("ticket_after"),
        words::EXPLANATION
    );
    format!(
        "UPDATE decisions SET (command, holds_after, ticket_after, explanation) = ROW{without} \
         WHERE ctid = ANY(ARRAY(SELECT ctid FROM decisions WHERE {LINES} AND {condition} \
            AND (command, holds_after, ticket_after, explanation) IS DISTINCT FROM {without} \
            LIMIT {MOST_LINES}))"
    )
}

fn run(
    conn: &mut PgConnection,
    sql: &str,
    portal: PortalId,
    of: &Concerned,
) -> Result<usize, StoreError> {
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(of.thread_ids())
        .bind::<Array<BigInt>, _>(of.ticket_ids())
        .execute(conn)?)
}

/// Erases in the receipts, events and effects of the next hundred lines. Receipts are found by the
/// time of their decision, also where the line itself is pruned. None: there are no more lines.
///
/// # Errors
/// Those of the database.
pub fn in_answers(
    conn: &mut PgConnection,
    portal: PortalId,
    of: &Concerned,
    after: &LineKey,
) -> Result<Option<LineKey>, StoreError> {
    let sql = format!(
        "WITH d AS MATERIALIZED (SELECT subject, subject_id, position, decision_id, decided_at FROM ( \
                SELECT portal_id, subject, subject_id, position, decision_id, decided_at \
                FROM decisions UNION ALL \
                SELECT portal_id, subject, subject_id, position, decision_id, decided_at \
                FROM pruned_quotes) AS l \
            WHERE {LINES} AND (subject, subject_id, position) > ($4, $5, $6) \
            ORDER BY subject, subject_id, position LIMIT 100), \
         r AS (UPDATE action_receipts r SET answer = convert_to(jsonb_set( \
                convert_from(r.answer, 'UTF8')::jsonb, CASE r.source WHEN 'hubspot' \
                THEN '{{outputFields,explanation}}'::text[] ELSE '{{explanation}}' END, \
                to_jsonb($7::text), false)::text, 'UTF8') \
            FROM d WHERE r.portal_id = $1 AND r.decision_id = d.decision_id \
            AND r.answered_at BETWEEN d.decided_at - interval '1 minute' \
                AND d.decided_at + interval '1 minute'), \
         o AS (UPDATE outbox o SET payload = o.payload - '{{text,instruction,note,metadata}}'::text[] \
                || '{{\"erased\": true}}' \
            FROM d WHERE (o.portal_id, o.decision_id) = ($1, d.decision_id) \
            AND o.payload ?| ARRAY['text', 'instruction', 'note', 'metadata']) \
         SELECT subject, subject_id, position FROM d \
         ORDER BY subject DESC, subject_id DESC, position DESC LIMIT 1"
    );
    transaction(conn, |conn| {
        // By key and by portal and time, however large the tables are.
        conn.batch_execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
             SET LOCAL enable_mergejoin = off",
        )?;
        let last: Option<LineKey> = diesel::sql_query(sql)
            .bind::<BigInt, _>(portal.0)
            .bind::<Array<BigInt>, _>(of.thread_ids())
            .bind::<Array<BigInt>, _>(of.ticket_ids())
            .bind::<Text, _>(&after.subject)
            .bind::<BigInt, _>(after.subject_id)
            .bind::<BigInt, _>(after.position)
            .bind::<Text, _>(ERASED)
            .get_result(conn)
            .optional()?;
        Ok(last)
    })
}
