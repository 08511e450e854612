//! What runs in a loop reads what is due, and never all that is kept: the statements themselves,
//! over tables that have grown, by PostgreSQL's own count of the rows that each of them read.

use crate::behind::execute;
use crate::world::{PORTAL, new_database};
use baton::domain::time::Span;
use baton::store::concerned::concerned;
use baton::store::credentials::claim::due_for_refresh;
use baton::store::credentials::wipe::wipe_due;
use baton::store::erase_received::{self, Named};
use baton::store::owner_checks::{self, Most, Why};
use baton::store::unread_messages::Which;
use baton::store::{
    erasures, event_retention, followed_portals, latency, left_tickets, oauth_states,
    one_time_links, prune, sessions, sign_in_failures, sweep_due, ticket_merges, timers,
    unfinished_disconnects, unread_messages,
};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::collections::BTreeMap;

/// Rows of each table that grows.
const KEPT: i64 = 50_000;
/// Rows of each table that are due, where some are.
const DUE: i64 = 40;
/// A portal each.
const PORTALS: i64 = 400;
/// Conversations that are open, which a sweep looks at.
const OPEN: i64 = 500;
/// What a statement may read at most: all portals, or what is open, or what is due with the rows
/// beside it; a fiftieth of what is kept.
const MOST_READ: i64 = 4 * PORTALS;

/// What is claimed of owner checks at once.
const MOST: Most = Most {
    fields: 100,
    calls: 100,
    tickets_of_call: 100,
};

/// A statement of a loop; gives back how many it found.
type Job = fn(&mut PgConnection) -> usize;

const QUEUES: [(&str, Job); 10] = [
    ("timers", |conn| timers::claim_due(conn, 100).unwrap().len()),
    ("announced messages", |conn| {
        let which = Which::Announced;
        unread_messages::claim(conn, which, 32, &[]).unwrap().len()
    }),
    ("untold messages", |conn| {
        let which = Which::Untold;
        unread_messages::claim(conn, which, 32, &[]).unwrap().len()
    }),
    ("owner checks", |conn| {
        owner_checks::claim(conn, Why::Told, MOST, &[])
            .unwrap()
            .len()
    }),
    ("look-ups", |conn| {
        owner_checks::claim(conn, Why::LookUp, MOST, &[])
            .unwrap()
            .len()
    }),
    ("merges", |conn| ticket_merges::due(conn, 10).unwrap().len()),
    ("followed portals", |conn| {
        followed_portals::claim(conn, &[]).unwrap().len()
    }),
    ("erasures", |conn| {
        usize::from(erasures::claim_due(conn).unwrap().is_some())
    }),
    ("grants to be ended", |conn| {
        unfinished_disconnects::claim(conn, 10).unwrap().len()
    }),
    ("tokens to be refreshed", |conn| {
        due_for_refresh(conn, 10).unwrap().now.len()
    }),
];

const SWEEP: [(&str, Job); 3] = [
    ("threads to be swept", |conn| {
        let age = Span::from_minutes(3);
        sweep_due::threads(conn, PORTAL, age, 5_000).unwrap().len()
    }),
    ("tickets to be swept", |conn| {
        let age = Span::from_minutes(3);
        sweep_due::tickets(conn, PORTAL, age, 100).unwrap().len()
    }),
    ("newest tickets", |conn| {
        sweep_due::newest_tickets(conn, PORTAL, 100).unwrap().len()
    }),
];

const OVER: [(&str, Job); 13] = [
    ("receipts", |conn| prune::receipts(conn).map(found).unwrap()),
    ("decisions", |conn| {
        prune::decisions(conn).map(found).unwrap()
    }),
    ("activity", |conn| prune::activity(conn).map(found).unwrap()),
    ("words", |conn| prune::words(conn).map(found).unwrap()),
    ("erasures", |conn| prune::erasures(conn).map(found).unwrap()),
    ("events", |conn| {
        event_retention::delete_old(conn).map(found).unwrap()
    }),
    ("latencies", |conn| {
        latency::delete_old(conn).map(found).unwrap()
    }),
    ("left tickets", |conn| {
        left_tickets::delete_old(conn).map(found).unwrap()
    }),
    ("unread messages", |conn| {
        unread_messages::delete_old(conn).unwrap()
    }),
    ("sessions", |conn| sessions::delete_old(conn).unwrap()),
    ("links", |conn| one_time_links::delete_old(conn).unwrap()),
    ("wrong passwords", |conn| {
        found(oauth_states::delete_old(conn).unwrap()) + sign_in_failures::delete_old(conn).unwrap()
    }),
    ("credentials", |conn| wipe_due(conn).unwrap()),
];

fn found(is_more: bool) -> usize {
    usize::from(is_more)
}

/// A database in which much is kept and nothing is due.
fn grown() -> PgConnection {
    let mut conn = PgConnection::establish(&new_database()).unwrap();
    let ids = format!("FROM generate_series(1, {KEPT}) AS n");
    let of_portals = format!("FROM generate_series(1, {PORTALS}) AS n");
    // The receipts and lines of this portal are older than others may keep theirs.
    let keeps_long =
        "{\"retention\": {\"receipts_days\": 400, \"decisions_days\": 800, \"activity_days\": 90}}";
    let checked = "(extract(epoch FROM now()) * 1000)::bigint";
    execute(
        &mut conn,
        &format!(
            "UPDATE portals SET policies = '{keeps_long}'; \
             INSERT INTO portals (portal_id, connection, connected_at) \
                SELECT n, 'connected', now() {of_portals}; \
             INSERT INTO followed_portals (portal_id, claimed_until) \
                SELECT portal_id, now() + interval '1 hour' FROM portals; \
             INSERT INTO credentials SELECT n, 'oauth', 1, 'active', 'k', '', '', 'https://a/b', \
                '{{}}', NULL, now(), now() + interval '1 hour' {of_portals}; \
             INSERT INTO conversations (portal_id, thread_id, ticket_id, facts, next_check_at) \
                SELECT {PORTAL}, n, n, CASE WHEN n > {OPEN} THEN '{{\"closed_at\": 1}}'::jsonb ELSE \
                    jsonb_build_object('owner_checked_at', {checked}) END, \
                    now() + interval '1 hour' {ids}; \
             INSERT INTO tickets (portal_id, ticket_id, facts, next_check_at) \
                SELECT {PORTAL}, n, jsonb_build_object('owner_checked_at', {checked}), \
                    now() + interval '1 hour' {ids}; \
             INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at, \
                    next_attempt_at) \
                SELECT {PORTAL}, n, m, now(), now() + interval '1 hour' \
                {ids}, unnest(ARRAY['*', 'm']) AS m; \
             INSERT INTO owner_checks (portal_id, subject, subject_id, due_at, is_look_up) \
                SELECT {PORTAL}, 'ticket', n, now() + interval '1 hour', n % 2 = 0 {ids}; \
             INSERT INTO ticket_merges (portal_id, merged_ticket_id, into_ticket_id, merged_at, \
                    next_attempt_at) \
                SELECT {PORTAL}, n, n + 100000, now(), now() + interval '1 hour' {ids}; \
             INSERT INTO skipped_readings SELECT {PORTAL}, 'ticket', n + 100000, now() {ids}; \
             INSERT INTO erasures (portal_id, subject, subject_id, asked_at, next_run_at) \
                SELECT {PORTAL}, 'thread', n, now(), now() + interval '1 hour' {ids}; \
             INSERT INTO action_receipts SELECT CASE WHEN n <= {KEPT} / 2 THEN {PORTAL} ELSE 1 END, \
                'api', n::text, sha256(''), gen_random_uuid(), '', \
                now() - interval '150 days' * ({KEPT} - n) / {KEPT} {ids}; \
             INSERT INTO decisions SELECT {PORTAL}, 'thread', n, 1, 1, true, gen_random_uuid(), n, \
                now() - interval '700 days' * ({KEPT} - n) / {KEPT}, '{{}}', 'applied', 'APPLIED', \
                'ai_active', 'ai_paused', '', '{{}}', '[]' {ids}; \
             INSERT INTO outbox (portal_id, decision_id, event_type, subject_id, destination, \
                    payload) \
                SELECT {PORTAL}, gen_random_uuid(), 'control.changed', n, 'ai', '{{}}' {ids}; \
             INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, \
                    duration_us) \
                SELECT {PORTAL}, gen_random_uuid(), now() - interval '80 days' * ({KEPT} - n) / \
                    {KEPT}, 'api', 'GET', 200, 1 {ids}; \
             INSERT INTO event_receipts SELECT {PORTAL}, sha256(n::text::bytea), now() {ids}; \
             INSERT INTO kept_events SELECT {PORTAL}, sha256(n::text::bytea), '', '' {ids}; \
             INSERT INTO latency_minutes SELECT n, 'x', 'received', now(), 1, 1, 1 {ids}; \
             INSERT INTO left_tickets SELECT {PORTAL}, n, n, now() {ids}; \
             INSERT INTO sessions SELECT sha256(n::text::bytea), 'a', now(), now(), \
                now() + interval '1 hour' {ids}; \
             INSERT INTO oauth_states SELECT sha256(n::text::bytea), sha256(''), '', 'all', \
                'install', NULL, true, 'a', now(), now() {ids}; \
             INSERT INTO one_time_links SELECT sha256(n::text::bytea), now() + interval '1 hour' \
                {ids}; \
             INSERT INTO sign_in_failures SELECT sha256(n::text::bytea), now() {ids}; \
             ANALYZE"
        ),
    );
    conn
}

#[derive(QueryableByName)]
struct Read {
    #[diesel(sql_type = Text)]
    relname: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// Rows of each table that this connection has read in its transaction.
fn rows_read(conn: &mut PgConnection) -> BTreeMap<String, i64> {
    let sql = "SELECT relname::text, seq_tup_read + coalesce(idx_tup_fetch, 0) AS rows \
               FROM pg_stat_xact_user_tables";
    let rows: Vec<Read> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter()
        .map(|row| (row.relname, row.rows))
        .collect()
}

/// What a job found, and the tables of which it read too much; nothing it does is kept.
fn run(conn: &mut PgConnection, job: Job) -> (usize, Vec<String>) {
    let mut outcome = (0, Vec::new());
    let undone = conn.transaction::<(), diesel::result::Error, _>(|conn| {
        let before = rows_read(conn);
        outcome.0 = job(conn);
        for (table, rows) in rows_read(conn) {
            let rows = rows - before.get(&table).copied().unwrap_or_default();
            if rows > MOST_READ {
                outcome.1.push(format!("{rows} rows of {table}"));
            }
        }
        Err(diesel::result::Error::RollbackTransaction)
    });
    assert_eq!(undone, Err(diesel::result::Error::RollbackTransaction));
    outcome
}

fn all_jobs() -> Vec<(&'static str, Job)> {
    [&QUEUES[..], &SWEEP[..], &OVER[..]].concat()
}

#[test]
fn where_nothing_is_due_next_to_nothing_is_read() {
    let mut conn = grown();

    let jobs = all_jobs().into_iter();
    let too_much: Vec<_> = jobs
        .filter_map(|(name, job)| {
            let (count, read) = run(&mut conn, job);
            let is_as_expected = count == 0 || name == "newest tickets";
            (!read.is_empty() || !is_as_expected).then_some((name, count, read))
        })
        .collect();

    assert_eq!(too_much, []);
}

/// The first failures that the activity log keeps, as an erasure goes through them.
fn first_failures(conn: &mut PgConnection) -> usize {
    let erasure = erasures::claim_due(conn).unwrap().unwrap();
    let named = Named::of(&erasure, &concerned(conn, &erasure).unwrap()).unwrap();
    let last = erase_received::in_activity(conn, PORTAL, &named, uuid::Uuid::nil()).unwrap();
    let events = erase_received::in_kept_events(conn, PORTAL, &named, &[]).unwrap();
    usize::from(last.is_some()) + usize::from(events.is_some())
}

#[test]
fn a_step_of_an_erasure_reads_little_however_many_failures_are_kept() {
    let mut conn = grown();
    execute(
        &mut conn,
        "UPDATE activity SET failure = 'thread 7'; \
         UPDATE erasures SET next_run_at = now() WHERE subject_id = 7",
    );
    execute(&mut conn, "VACUUM ANALYZE activity");

    let (found, too_much) = run(&mut conn, first_failures);

    assert_eq!((found, too_much), (2, Vec::new()));
}

#[test]
fn where_a_little_is_due_little_more_is_read() {
    let mut conn = grown();
    let first = format!("BETWEEN 1 AND {DUE}");
    execute(
        &mut conn,
        &format!(
            "UPDATE followed_portals SET claimed_until = '-infinity' WHERE portal_id {first}; \
             UPDATE credentials SET obtained_at = now() - interval '2 hours' \
                WHERE portal_id {first}; \
             UPDATE conversations SET next_check_at = now(), facts = '{{}}' WHERE thread_id {first}; \
             UPDATE tickets SET next_check_at = now(), facts = '{{}}' WHERE ticket_id {first}; \
             UPDATE unread_messages SET next_attempt_at = now(), \
                received_at = now() - interval '40 days' WHERE thread_id {first}; \
             UPDATE owner_checks SET due_at = now() WHERE subject_id {first}; \
             UPDATE erasures SET next_run_at = now() WHERE subject_id {first}; \
             UPDATE action_receipts SET answered_at = now() - interval '500 days' \
                WHERE key::bigint {first}; \
             UPDATE decisions SET decided_at = now() - interval '900 days' \
                WHERE subject_id {first}; \
             UPDATE activity SET happened_at = now() - interval '100 days' \
                WHERE happened_at < now() - interval '79 days 22 hours'; \
             UPDATE sessions SET expires_at = now() - interval '1 hour' \
                WHERE session_sha256 < '\\x01'; \
             ANALYZE"
        ),
    );

    let some = |name: &str| {
        [
            "followed portals",
            "tokens to be refreshed",
            "threads to be swept",
            "decisions",
        ]
        .contains(&name)
    };
    let jobs = all_jobs().into_iter();
    let too_much: Vec<_> = jobs
        .filter_map(|(name, job)| {
            let (count, read) = run(&mut conn, job);
            (!read.is_empty() || some(name) && count == 0).then_some((name, count, read))
        })
        .collect();

    assert_eq!(too_much, []);
}
