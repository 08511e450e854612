//! What runs in a loop reads what is due, and never all that is kept: the statements themselves,
//! over tables that have grown, by PostgreSQL's own count of the rows that each of them read.

use crate::behind::execute;
use crate::world::{PORTAL, new_database};
use baton::domain::time::Span;
use baton::service::clean_up::STEPS;
use baton::store::concerned::concerned;
use baton::store::credentials::claim::due_for_refresh;
use baton::store::erase_received::{self, Named};
use baton::store::owner_checks::{self, Most, Why};
use baton::store::unread_messages::Which;
use baton::store::{
    erasures, followed_portals, reopened_walks, sweep_due, ticket_merges, timers,
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

const SWEEP: [(&str, Job); 5] = [
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
    ("the list of conversations", |conn| {
        let (age, back) = (Span::from_minutes(3), Span::from_hours(24));
        let from = followed_portals::list_from(conn, PORTAL, (age, back));
        usize::from(from.unwrap().is_some())
    }),
    (OPENED_AGAIN, opened_again),
];

const OPENED_AGAIN: &str = "conversations opened again";

fn opened_again(conn: &mut PgConnection) -> usize {
    let (age, back) = (Span::from_minutes(3), Span::from_days(30));
    let from = reopened_walks::go_on_from(conn, PORTAL, age, back);
    usize::from(from.unwrap().is_some())
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
             INSERT INTO followed_portals (portal_id, claimed_until, listed_until, \
                    reopened_began_at) \
                SELECT portal_id, now() + interval '1 hour', now() + interval '1 hour', now() \
                FROM portals; \
             INSERT INTO credentials SELECT n, 'oauth', 1, 'active', 'k', '', '', 'https://a/b', \
                '{{}}', NULL, now(), now() + interval '1 hour' {of_portals}; \
             INSERT INTO unfinished_disconnects (portal_id, attempts, next_attempt_at) \
                SELECT n, 1, now() + interval '1 hour' {of_portals}; \
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
             INSERT INTO unknown_owners SELECT {PORTAL}, n, now() {ids}; \
             INSERT INTO link_doubts SELECT {PORTAL}, n, n, now(), now() {ids}; \
             INSERT INTO merged_tickets SELECT {PORTAL}, n, n + 100000, now(), now() {ids}; \
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
struct Touched {
    #[diesel(sql_type = Text)]
    relname: String,
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    changed: i64,
}

/// Rows of each table that this connection has read, and changed or deleted, in its transaction.
fn rows_touched(conn: &mut PgConnection) -> BTreeMap<String, (i64, i64)> {
    let sql = "SELECT relname::text, seq_tup_read + coalesce(idx_tup_fetch, 0) AS read, \
               n_tup_upd + n_tup_del AS changed FROM pg_stat_xact_user_tables";
    let rows: Vec<Touched> = diesel::sql_query(sql).load(conn).unwrap();
    rows.into_iter()
        .map(|row| (row.relname, (row.read, row.changed)))
        .collect()
}

/// What a job did.
#[derive(Debug, Default, PartialEq, Eq)]
struct Did {
    /// It found something, or changed it.
    anything: bool,
    /// The tables of which it read too much.
    too_much: Vec<String>,
}

/// Does a job; nothing of it is kept.
fn run(conn: &mut PgConnection, job: impl Fn(&mut PgConnection) -> usize) -> Did {
    let mut did = Did::default();
    let undone = conn.transaction::<(), diesel::result::Error, _>(|conn| {
        let before = rows_touched(conn);
        did.anything = job(conn) > 0;
        for (table, (read, changed)) in rows_touched(conn) {
            let (read_before, changed_before) = before.get(&table).copied().unwrap_or_default();
            did.anything |= changed > changed_before;
            if read - read_before > MOST_READ {
                did.too_much
                    .push(format!("{} rows of {table}", read - read_before));
            }
        }
        Err(diesel::result::Error::RollbackTransaction)
    });
    assert_eq!(undone, Err(diesel::result::Error::RollbackTransaction));
    did
}

/// What each job did, by its name.
fn run_all(conn: &mut PgConnection) -> Vec<(&'static str, Did)> {
    let jobs = [&QUEUES[..], &SWEEP[..]].concat().into_iter();
    let mut all: Vec<_> = jobs.map(|(name, job)| (name, run(conn, job))).collect();
    // Whatever is deleted when it is over is in that list, or is not deleted.
    for (name, step) in STEPS {
        let did = run(conn, |conn| usize::from(step(conn).unwrap()));
        all.push((name, did));
    }
    all
}

#[test]
fn where_nothing_is_due_next_to_nothing_is_read() {
    let mut conn = grown();

    let mut not_so = run_all(&mut conn);
    not_so.retain(|(name, did)| {
        let is_as_expected = did.anything == (*name == "newest tickets");
        !is_as_expected || !did.too_much.is_empty()
    });

    assert_eq!(not_so, []);
}

#[test]
fn where_nothing_is_closed_nobody_reads_all_that_is_open() {
    let mut conn = grown();
    execute(
        &mut conn,
        "UPDATE conversations SET facts = '{}'; \
         UPDATE followed_portals SET reopened_began_at = now() - interval '1 day'",
    );
    execute(&mut conn, "VACUUM ANALYZE conversations");

    assert_eq!(run(&mut conn, opened_again), Did::default());
}

#[test]
fn a_step_of_an_erasure_reads_little_however_much_was_received() {
    let mut conn = grown();
    execute(
        &mut conn,
        "UPDATE activity SET failure = 'thread 7'; \
         UPDATE kept_events SET content = 'thread 7'; \
         UPDATE erasures SET next_run_at = now() WHERE subject_id = 7",
    );
    execute(&mut conn, "VACUUM ANALYZE activity, kept_events");
    let erasure = erasures::claim_due(&mut conn).unwrap().unwrap();
    let of = concerned(&mut conn, &erasure).unwrap();
    let named = Named::of(&erasure, &of).unwrap();

    let in_activity = run(&mut conn, |conn| {
        let last = erase_received::in_activity(conn, PORTAL, &named, uuid::Uuid::nil());
        usize::from(last.unwrap().is_some())
    });
    let in_events = run(&mut conn, |conn| {
        let last = erase_received::in_kept_events(conn, PORTAL, &named, &[]);
        usize::from(last.unwrap().is_some())
    });

    let little = Did {
        anything: true,
        too_much: Vec::new(),
    };
    assert_eq!([&in_activity, &in_events], [&little, &little]);
}

/// Some rows of tables whose times say alone that they are over.
const OVER: [(&str, &str); 13] = [
    ("event_receipts", "received_at"),
    ("latency_minutes", "minute"),
    ("left_tickets", "noted_at"),
    ("merged_tickets", "noted_at"),
    ("sessions", "expires_at"),
    ("one_time_links", "expires_at"),
    ("sign_in_failures", "failed_at"),
    ("oauth_states", "expires_at"),
    ("unknown_owners", "asked_at"),
    ("skipped_readings", "until"),
    ("link_doubts", "noted_at"),
    ("decisions", "decided_at"),
    ("action_receipts", "answered_at"),
];

#[test]
fn where_a_little_is_due_little_more_is_read() {
    let mut conn = grown();
    let first = format!("BETWEEN 1 AND {DUE}");
    let others = format!("BETWEEN {DUE} + 1 AND 2 * {DUE}");
    for (table, time) in OVER {
        execute(
            &mut conn,
            &format!(
                "UPDATE {table} SET {time} = now() - interval '900 days' - row * interval '1 minute' \
                 FROM (SELECT ctid AS old, row_number() OVER () AS row FROM {table} LIMIT {DUE}) AS o \
                 WHERE ctid = old"
            ),
        );
    }
    execute(
        &mut conn,
        &format!(
            "UPDATE followed_portals SET claimed_until = '-infinity' WHERE portal_id {first}; \
             UPDATE followed_portals SET listed_until = now() - interval '1 day', \
                reopened_began_at = now() - interval '1 day' WHERE portal_id = {PORTAL}; \
             UPDATE credentials SET obtained_at = now() - interval '2 hours' \
                WHERE portal_id {first}; \
             UPDATE credentials SET status = 'retired', retired_at = now(), \
                wipe_at = now() - interval '1 hour' WHERE portal_id {others}; \
             UPDATE unfinished_disconnects SET next_attempt_at = now() WHERE portal_id {first}; \
             UPDATE conversations SET next_check_at = now(), facts = '{{}}' WHERE thread_id {first}; \
             UPDATE tickets SET next_check_at = now(), facts = '{{}}' WHERE ticket_id {first}; \
             UPDATE unread_messages SET next_attempt_at = now(), \
                received_at = now() - interval '40 days' WHERE thread_id {first}; \
             DELETE FROM unread_messages WHERE thread_id {others} AND message_id <> '*'; \
             UPDATE unread_messages SET next_attempt_at = now() WHERE thread_id {others}; \
             UPDATE owner_checks SET due_at = now() WHERE subject_id {first}; \
             UPDATE ticket_merges SET next_attempt_at = now() WHERE merged_ticket_id {first}; \
             UPDATE erasures SET next_run_at = now() WHERE subject_id {first}; \
             UPDATE erasures SET next_run_at = NULL, erased_at = now() - interval '100 days' \
                WHERE subject_id {others}; \
             UPDATE outbox SET payload = '{{\"text\": \"x\"}}', \
                created_at = now() - interval '8 days' WHERE subject_id {first}; \
             UPDATE activity SET happened_at = now() - interval '100 days' \
                WHERE happened_at < now() - interval '79 days 22 hours'; \
             ANALYZE"
        ),
    );

    let mut not_so = run_all(&mut conn);
    not_so.retain(|(_, did)| !did.anything || !did.too_much.is_empty());

    assert_eq!(not_so, []);
}
