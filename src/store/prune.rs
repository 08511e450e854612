//! Pruning histories, each portal's by its own retention, in small steps. What is over is looked for
//! portal by portal, so that the index by portal and time leads to it and to nothing else: where
//! nothing is over, nothing is read, however much is kept.

use super::error::StoreError;
use super::words;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

/// Rows of one step: a long one would hold up others.
const MOST_AT_ONCE: i32 = 2_000;
/// Timelines of one step, of which each loses up to a hundred lines.
const MOST_TIMELINES: i32 = 100;
/// Words that were to be sent or followed are dropped this long after their last use: after the
/// decision that brought them, and what was to be sent is by then given up.
const WORDS_FOR: &str = "interval '7 days'";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How long rows of some kind are kept, in days.
struct Retention {
    /// Its name among a portal's settings.
    field: &'static str,
    /// Where a portal says nothing.
    usual: u16,
    /// Whatever a portal says.
    least: u16,
}

const RECEIPTS: Retention = Retention {
    field: "receipts_days",
    usual: 90,
    least: 90,
};
const DECISIONS: Retention = Retention {
    field: "decisions_days",
    usual: 400,
    least: 30,
};
const ACTIVITY: Retention = Retention {
    field: "activity_days",
    usual: 30,
    least: 1,
};

impl Retention {
    /// From when on rows of a portal are kept, as `p` says.
    fn cutoff(&self) -> String {
        let Self {
            field,
            usual,
            least,
        } = self;
        format!(
            "now() - make_interval(days => greatest({least}, \
             coalesce((p.policies #>> '{{retention,{field}}}')::integer, {usual})))"
        )
    }

    /// Subqueries: `kept` has the portals that have rows in a table, known or not, each with the
    /// time from which on they are kept. One look into an index for each portal.
    fn kept(&self, table: &str) -> String {
        let cutoff = self.cutoff();
        format!(
            "RECURSIVE found AS (\
                (SELECT portal_id FROM {table} ORDER BY portal_id LIMIT 1) \
                UNION ALL SELECT (SELECT t.portal_id FROM {table} t \
                    WHERE t.portal_id > found.portal_id ORDER BY t.portal_id LIMIT 1) \
                FROM found WHERE found.portal_id IS NOT NULL), \
             kept AS (SELECT found.portal_id, {cutoff} AS since \
                FROM found LEFT JOIN portals p ON p.portal_id = found.portal_id \
                WHERE found.portal_id IS NOT NULL)"
        )
    }
}

/// Deletes receipts of actions, and what finds them without their line: after 90 days at the
/// earliest. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn receipts(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let is_more = delete(conn, "action_receipts", "answered_at", &RECEIPTS)?;
    Ok(delete(conn, "pruned_quotes", "decided_at", &RECEIPTS)? || is_more)
}

/// Deletes lines of the activity log. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn activity(conn: &mut PgConnection) -> Result<bool, StoreError> {
    delete(conn, "activity", "happened_at", &ACTIVITY)
}

fn delete(
    conn: &mut PgConnection,
    table: &str,
    time: &str,
    retention: &Retention,
) -> Result<bool, StoreError> {
    let kept = retention.kept(table);
    let sql = format!(
        "WITH {kept} DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT o.ctid FROM kept \
            CROSS JOIN LATERAL (SELECT r.ctid FROM {table} r \
                WHERE r.portal_id = kept.portal_id AND r.{time} < kept.since \
                ORDER BY r.{time} LIMIT $1) AS o LIMIT $1))"
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
    let kept = DECISIONS.kept("decisions");
    let kept_receipts = RECEIPTS.cutoff();
    // Lines of a subject are in the order of their times, so those that go are its first ones.
    let sql = format!(
        "WITH {kept}, old AS MATERIALIZED (SELECT DISTINCT portal_id, subject, subject_id, before \
            FROM (SELECT o.*, kept.since AS before FROM kept CROSS JOIN LATERAL (\
                SELECT d.portal_id, d.subject, d.subject_id FROM decisions d \
                WHERE d.portal_id = kept.portal_id AND d.decided_at < kept.since \
                ORDER BY d.decided_at LIMIT $1) AS o LIMIT $1) AS l), \
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
         snapshots AS (INSERT INTO decision_snapshots AS s (portal_id, subject, subject_id, \
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
        .bind::<Integer, _>(MOST_TIMELINES)
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

/// Forgets erasures that were done for the last time 90 days ago. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn erasures(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM erasures WHERE ctid = ANY(ARRAY(SELECT ctid FROM erasures \
        WHERE next_run_at IS NULL AND erased_at < now() - interval '90 days' LIMIT $1))";
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
