//! Pruning histories, each portal's by its own retention, in small steps.

use super::error::StoreError;
use super::words;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

/// Rows of one step: a long one would hold up others.
const MOST_AT_ONCE: i32 = 2_000;
/// Words that were to be sent or followed are dropped this long after their last use: after the
/// decision that brought them, and what was to be sent is by then given up.
const WORDS_FOR: &str = "interval '7 days'";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// From when on a portal's rows of some kind are kept; `field` of its retention, in days.
fn cutoff(field: &str, usual: u16, least: u16) -> String {
    format!(
        "now() - make_interval(days => greatest({least}, \
         coalesce((p.policies #>> '{{retention,{field}}}')::integer, {usual})))"
    )
}

/// Deletes receipts of actions, and what finds them without their line: after 90 days at the
/// earliest. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn receipts(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let cutoff = kept_receipts();
    let is_more = delete(conn, "action_receipts", "answered_at", &cutoff)?;
    Ok(delete(conn, "pruned_quotes", "decided_at", &cutoff)? || is_more)
}

/// From when on a portal's receipts are kept.
fn kept_receipts() -> String {
    cutoff("receipts_days", 90, 90)
}

/// Deletes lines of the activity log. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn activity(conn: &mut PgConnection) -> Result<bool, StoreError> {
    delete(
        conn,
        "activity",
        "happened_at",
        &cutoff("activity_days", 30, 1),
    )
}

fn delete(
    conn: &mut PgConnection,
    table: &str,
    time: &str,
    cutoff: &str,
) -> Result<bool, StoreError> {
    let sql = format!(
        "DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT r.ctid FROM {table} r \
         LEFT JOIN portals p USING (portal_id) WHERE r.{time} < {cutoff} \
            AND r.{time} < now() - interval '1 day' LIMIT $1))"
    );
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}

/// Deletes the oldest lines of timelines, and leaves for each what its last deleted line said, so
/// that the rest can still be checked; and what an erasure finds by a line: the tickets that a
/// conversation was decided over, and answers that quote an input. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn decisions(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let cutoff = cutoff("decisions_days", 400, 30);
    let kept_receipts = kept_receipts();
    // Lines of a subject are in the order of their times, so those that go are its first ones.
    let sql = format!(
        "WITH old AS MATERIALIZED (SELECT DISTINCT portal_id, subject, subject_id, before FROM (\
            SELECT d.portal_id, d.subject, d.subject_id, {cutoff} AS before FROM decisions d \
            LEFT JOIN portals p USING (portal_id) \
            WHERE d.decided_at < now() - interval '30 days' AND d.decided_at < {cutoff} LIMIT $1) o), \
         first AS MATERIALIZED (SELECT old.*, (SELECT min(d.position) FROM decisions d \
            WHERE (d.portal_id, d.subject, d.subject_id) \
                = (old.portal_id, old.subject, old.subject_id)) AS position FROM old), \
         gone AS (DELETE FROM decisions d USING first f \
            WHERE (d.portal_id, d.subject, d.subject_id) = (f.portal_id, f.subject, f.subject_id) \
            AND d.decided_at < f.before AND d.position < f.position + 100 RETURNING d.*), \
         line AS (SELECT DISTINCT ON (portal_id, subject, subject_id) * FROM gone \
            ORDER BY portal_id, subject, subject_id, position DESC), \
         of_ticket AS (SELECT DISTINCT ON (portal_id, ticket_id) portal_id, 'ticket' AS subject, \
                ticket_id AS subject_id, ticket_revision AS revision, ticket_after AS record \
            FROM gone WHERE ticket_revision IS NOT NULL \
            ORDER BY portal_id, ticket_id, ticket_revision DESC), \
         named AS (SELECT portal_id, subject, subject_id, array_agg(DISTINCT ticket_id) AS tickets \
            FROM gone WHERE subject = 'thread' AND ticket_id IS NOT NULL GROUP BY 1, 2, 3), \
         quotes AS (INSERT INTO pruned_quotes (portal_id, subject, subject_id, position, \
                decision_id, decided_at) \
            SELECT portal_id, subject, subject_id, position, decision_id, decided_at \
            FROM gone LEFT JOIN portals p USING (portal_id) \
            WHERE reason_code = 'INPUT_INVALID' AND decided_at >= {kept_receipts} \
            ON CONFLICT DO NOTHING), \
         kept AS (INSERT INTO decision_snapshots AS s (portal_id, subject, subject_id, \
                pruned_through, control_version, state, facts, holds, ticket_revision, \
                ticket_after, tickets) \
            SELECT portal_id, subject, subject_id, coalesce(position, 0), control_version, \
                state_after, facts_after, holds_after, revision, record, coalesce(tickets, '{{}}') \
            FROM line FULL JOIN of_ticket USING (portal_id, subject, subject_id) \
            LEFT JOIN named USING (portal_id, subject, subject_id) \
            ON CONFLICT (portal_id, subject, subject_id) DO UPDATE SET \
                pruned_through = greatest(s.pruned_through, excluded.pruned_through), \
                control_version = coalesce(excluded.control_version, s.control_version), \
                state = coalesce(excluded.state, s.state), \
                facts = coalesce(excluded.facts, s.facts), \
                holds = coalesce(excluded.holds, s.holds), \
                ticket_revision = greatest(s.ticket_revision, excluded.ticket_revision), \
                ticket_after = CASE WHEN s.ticket_revision > excluded.ticket_revision \
                    THEN s.ticket_after \
                    ELSE coalesce(excluded.ticket_after, s.ticket_after) END, \
                tickets = ARRAY(SELECT DISTINCT unnest(s.tickets || excluded.tickets) ORDER BY 1), \
                pruned_at = now()) \
         SELECT count(*) FROM gone"
    );
    let gone: Count = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE / 4)
        .get_result(conn)?;
    Ok(gone.count > 0)
}

/// Drops words after their last use. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn words(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let lines = format!(
        "UPDATE decisions SET command = {}, explanation = {} \
         WHERE ctid = ANY(ARRAY(SELECT ctid FROM decisions \
            WHERE decided_at < now() - {WORDS_FOR} AND {} LIMIT $1))",
        words::COMMAND_WITHOUT_TEXTS,
        words::EXPLANATION,
        words::COMMAND_HAS_TEXTS
    );
    let effects = format!(
        "UPDATE outbox SET payload = payload - '{{text,instruction}}'::text[] \
            || '{{\"erased\": true}}' \
         WHERE ctid = ANY(ARRAY(SELECT ctid FROM outbox WHERE created_at < now() - {WORDS_FOR} \
            AND payload ?| ARRAY['text', 'instruction'] LIMIT $1))"
    );
    let mut is_more = false;
    for sql in [lines, effects] {
        let changed = diesel::sql_query(sql)
            .bind::<Integer, _>(MOST_AT_ONCE)
            .execute(conn)?;
        is_more |= i32::try_from(changed).unwrap_or(i32::MAX) >= MOST_AT_ONCE;
    }
    Ok(is_more)
}

/// Forgets erasures that were done for the last time 90 days ago.
///
/// # Errors
/// Those of the database.
pub fn erasures(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM erasures WHERE next_run_at IS NULL \
        AND erased_at < now() - interval '90 days'";
    diesel::sql_query(sql).execute(conn)?;
    Ok(false)
}
