//! Up and down, proved against each other by the database's own catalogue.

use crate::behind::{execute, texts};
use crate::world::{PORTAL, World, server, url_of};
use baton::store::migrate::{is_up_to_date, migrate, revert_all};
use baton::store::portals;
use diesel::prelude::*;

/// Everything the migrations can make: tables, columns, constraints, indexes, comments, and what
/// else has a name. Diesel's own table is no part of it.
fn catalogue(conn: &mut PgConnection) -> Vec<String> {
    let relations =
        "c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '\\_\\_diesel%'";
    let parts = [
        format!(
            "SELECT concat_ws(' ', 'relation', c.relkind, c.relname, c.reloptions, \
             obj_description(c.oid)) FROM pg_class c WHERE {relations}"
        ),
        format!(
            "SELECT concat_ws(' ', 'column', c.relname, a.attnum, a.attname, \
             format_type(a.atttypid, a.atttypmod), a.attnotnull, \
             pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)) \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
             LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) \
             WHERE {relations}"
        ),
        format!(
            "SELECT concat_ws(' ', 'constraint', c.relname, k.conname, \
             pg_get_constraintdef(k.oid), obj_description(k.oid)) FROM pg_constraint k \
             JOIN pg_class c ON c.oid = k.conrelid WHERE {relations}"
        ),
        format!(
            "SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid)) FROM pg_index i \
             JOIN pg_class c ON c.oid = i.indexrelid WHERE {relations}"
        ),
        "SELECT concat_ws(' ', 'routine', oid::regprocedure) FROM pg_proc \
         WHERE pronamespace = 'public'::regnamespace AND proname NOT LIKE 'diesel%'"
            .to_owned(),
        "SELECT concat_ws(' ', 'type', typname, typtype) FROM pg_type \
         WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%\\_\\_diesel%'"
            .to_owned(),
        "SELECT concat_ws(' ', 'trigger', tgname) FROM pg_trigger WHERE NOT tgisinternal"
            .to_owned(),
        "SELECT concat_ws(' ', 'extension', extname) FROM pg_extension".to_owned(),
        "SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace \
         WHERE nspname NOT LIKE 'pg\\_%'"
            .to_owned(),
    ];
    let mut found: Vec<String> = parts.iter().flat_map(|sql| texts(conn, sql)).collect();
    found.sort();
    found
}

/// An empty database of the test's own.
fn empty_database(name: &str) -> String {
    let mut conn = PgConnection::establish(&url_of(server(), "baton")).unwrap();
    execute(&mut conn, &format!("CREATE DATABASE {name}"));
    url_of(server(), name)
}

#[test]
fn down_takes_back_exactly_what_up_made() {
    let url = empty_database("up_and_down");
    let mut conn = PgConnection::establish(&url).unwrap();
    let before = catalogue(&mut conn);

    let applied = migrate(&url).unwrap();
    let up = catalogue(&mut conn);
    assert!(is_up_to_date(&mut conn).unwrap());
    revert_all(&mut conn).unwrap();
    let down = catalogue(&mut conn);
    assert!(!is_up_to_date(&mut conn).unwrap());
    let again = migrate(&url).unwrap();

    assert_eq!(down, before);
    assert_eq!(catalogue(&mut conn), up);
    assert_eq!(again, applied);
    assert!(
        up.len() > before.len() + 50,
        "{} things are too few",
        up.len()
    );
}

#[test]
fn every_table_is_in_the_list_of_what_is_stored_and_for_how_long() {
    let url = empty_database("what_is_stored");
    migrate(&url).unwrap();
    let mut conn = PgConnection::establish(&url).unwrap();
    let tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') \
                  AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'";
    let readme = include_str!("../../README.md");
    let (_, list) = readme
        .split_once("## What is stored, where, how long")
        .unwrap();
    let list: Vec<&str> = list.lines().filter(|line| line.starts_with('|')).collect();
    for table in texts(&mut conn, tables) {
        let rows = list
            .iter()
            .filter(|row| row.contains(&format!("`{table}`")));
        assert!(
            rows.count() >= 1,
            "README.md does not say how long {table} is kept"
        );
    }
}

#[test]
fn down_and_up_work_with_data_present() {
    let url = empty_database("up_and_down_with_data");
    migrate(&url).unwrap();
    let mut conn = PgConnection::establish(&url).unwrap();
    let up = catalogue(&mut conn);
    portals::connect(&mut conn, PORTAL, Some(61_000_009)).unwrap();
    let rows = "INSERT INTO tickets (portal_id, ticket_id) VALUES (1, 1); \
        INSERT INTO conversations (portal_id, thread_id, ticket_id) VALUES (1, 1, 1); \
        INSERT INTO decisions VALUES (1, 'thread', 1, 1, 1, true, gen_random_uuid(), 1, now(), \
            '{}', 'applied', 'APPLIED', 'ai_active', 'ai_paused', '', '{}', '[]', 1, '{}'); \
        INSERT INTO action_receipts VALUES (1, 'api', 'k', decode(repeat('ab', 32), 'hex'), \
            gen_random_uuid(), ''); \
        INSERT INTO outbox VALUES (1, gen_random_uuid(), 'control.changed', 1, 'ai', 1, '{}'); \
        INSERT INTO api_keys VALUES (gen_random_uuid(), 1, 'ai', 'a key', \
            decode(repeat('ab', 32), 'hex')); \
        INSERT INTO hubspot_clock VALUES (true, 5, now()); \
        INSERT INTO credentials VALUES (1, 'oauth', 1, 'active', 'k', '', '', 'https://a/b', '{}', \
            NULL, now(), now()); \
        INSERT INTO unfinished_disconnects VALUES (1); \
        INSERT INTO oauth_states VALUES (sha256(''), sha256(''), 'https://a/b', 'all', 'install', \
            NULL, true, 'admin', now(), now()); \
        INSERT INTO sessions VALUES (sha256(''), 'admin', now(), now(), now()); \
        INSERT INTO sign_in_failures VALUES (sha256(''), now()); \
        INSERT INTO one_time_links VALUES (sha256(''), now()); \
        INSERT INTO portal_changes VALUES (1, gen_random_uuid(), now(), 'admin', 'settings', '{}', \
            '{}'); \
        INSERT INTO owners VALUES (1, 1, 1, NULL, NULL, NULL, 'PERSON', false, '[]', now()); \
        INSERT INTO team_lists VALUES (1, '[]', true, now()); \
        INSERT INTO event_receipts VALUES (1, sha256('')); \
        INSERT INTO unread_messages VALUES (1, 1, 'm', now()); \
        INSERT INTO erasures VALUES (1, 'contact', 1, now()); \
        INSERT INTO ticket_merges VALUES (1, 2, 1, now()); \
        INSERT INTO left_tickets VALUES (1, 2, 1, now()); \
        INSERT INTO merged_tickets VALUES (1, 2, 1, now()); \
        INSERT INTO kept_events VALUES (0, sha256(''), 'a reason', '{'); \
        INSERT INTO webhook_refusals VALUES ('mismatch_v1_fits', true, 'a detail'); \
        INSERT INTO decision_snapshots VALUES (1, 'thread', 1, 1, 1, 'ai_paused', '{}', '[]'); \
        INSERT INTO pruned_quotes VALUES (1, 'thread', 1, 1, gen_random_uuid(), now()); \
        INSERT INTO latency_minutes VALUES (1, 'status', 'received', now(), 1, 1, 1); \
        INSERT INTO activity VALUES (1, gen_random_uuid(), now(), 'action', 'pause-ai', 200, 1); \
        INSERT INTO owner_checks VALUES (1, 'thread', 1); \
        INSERT INTO unknown_owners VALUES (1, 1); \
        INSERT INTO link_doubts VALUES (1, 1, 2, now()); \
        INSERT INTO skipped_readings VALUES (1, 'thread', 1, now()); \
        INSERT INTO followed_portals VALUES (1);";
    execute(&mut conn, rows);
    let tables = "SELECT relname FROM pg_class WHERE relkind = 'r' \
                  AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'";
    for table in texts(&mut conn, tables) {
        let rows = texts(&mut conn, &format!("SELECT count(*) FROM {table}"));
        assert_eq!(rows, ["1"], "{table} has sample data");
    }

    assert_eq!(
        migrate(&url).unwrap(),
        Vec::<String>::new(),
        "nothing is left to do"
    );
    revert_all(&mut conn).unwrap();
    migrate(&url).unwrap();

    assert_eq!(catalogue(&mut conn), up);
}

#[test]
fn replicas_that_start_at_once_both_find_the_database_up_to_date() {
    let url = empty_database("migrated_at_once");
    let replicas: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            std::thread::spawn(move || migrate(&url))
        })
        .collect();

    let outcomes: Vec<_> = replicas
        .into_iter()
        .map(|replica| replica.join().unwrap())
        .collect();

    let applied: usize = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap().len())
        .sum();
    let mut conn = PgConnection::establish(&url).unwrap();
    assert!(is_up_to_date(&mut conn).unwrap());
    let recorded = texts(&mut conn, "SELECT version FROM __diesel_schema_migrations");
    assert_eq!(recorded.len(), applied, "each ran once");
}

#[test]
fn a_server_that_does_not_speak_english_is_refused_before_anything_is_changed() {
    let url = empty_database("in_german");
    let mut conn = PgConnection::establish(&url).unwrap();
    // As its error messages would be, where the role may not choose their language.
    let german = "CREATE FUNCTION by(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
            RAISE EXCEPTION 'Division durch Null' USING ERRCODE = 'division_by_zero'; END $$; \
        CREATE OPERATOR public./ (LEFTARG = int, RIGHTARG = int, FUNCTION = by); \
        ALTER DATABASE in_german SET search_path = public, pg_catalog";
    execute(&mut conn, german);
    let before = catalogue(&mut conn);

    let error = migrate(&url).unwrap_err().to_string();

    let words = "the server says 'Division durch Null'";
    assert!(error.contains(words), "{error}");
    assert!(error.contains("SET lc_messages = 'C'"), "{error}");
    assert_eq!(catalogue(&mut conn), before);
}

#[test]
fn a_database_that_cannot_be_reached_is_said_to_be_so() {
    let nowhere = "postgres:///baton?host=/nowhere";

    let error = migrate(nowhere).unwrap_err();

    assert!(error.is_transient(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_again_under_a_running_service_changes_nothing() {
    let world = World::start().await;
    let before = catalogue(&mut world.sql());

    let applied = migrate(&world.database_url).unwrap();

    assert_eq!(applied, Vec::<String>::new());
    assert_eq!(catalogue(&mut world.sql()), before);
    assert_eq!(world.conversation().await["control_version"], 0);
}
