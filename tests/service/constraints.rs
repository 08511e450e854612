//! The promises the database itself keeps: each constraint bites, and says which it was.

use crate::world::{THREAD, TICKET};
use crate::world::{World, request};
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::Enrolled;
use diesel::connection::SimpleConnection;
use diesel::result::Error;

/// The constraint that refuses a statement.
fn refused_by(world: &World, sql: &str) -> String {
    match world.sql().batch_execute(sql) {
        Err(Error::DatabaseError(_, why)) => why
            .constraint_name()
            .unwrap_or_else(|| why.message())
            .to_owned(),
        other => panic!("{sql}: {other:?}"),
    }
}

/// A copy of every row of a table, with some columns changed.
fn copy(table: &str, columns: &str, changed: &[(&str, &str)]) -> String {
    let values = columns.split(", ").map(|column| {
        let new = changed.iter().find(|(name, _)| *name == column);
        new.map_or(column, |(_, value)| value)
    });
    let values = values.collect::<Vec<_>>().join(", ");
    format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table}")
}

const DECISION: &str = "portal_id, subject, subject_id, position, control_version, changed, \
    decision_id, ticket_id, decided_at, command, outcome, reason_code, state_before, state_after, \
    explanation, facts_after, holds_after, ticket_revision, ticket_after";
const RECEIPT: &str = "portal_id, source, key, request_hash, decision_id, answer";
const EVENT: &str = "portal_id, decision_id, event_type, subject_id, destination, payload";

async fn with_one_decision() -> World {
    let world = World::start().await;
    let enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
    world.insist(&request(PauseAi, enrolled, &[])).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_places_in_a_timeline_are_given_once() {
    let world = with_one_decision().await;
    let copied = |changed: &[(&str, &str)]| copy("decisions", DECISION, changed);

    assert_eq!(
        refused_by(&world, &copied(&[("position", "9")])),
        "decisions_versions"
    );
    assert_eq!(
        refused_by(&world, &copied(&[("control_version", "9")])),
        "decisions_pkey"
    );
    let unchanged = copied(&[("position", "9"), ("changed", "false")]);
    world.execute(&unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_a_timeline_is_well_formed() {
    let world = with_one_decision().await;
    let refused =
        |changed: &[(&str, &str)]| refused_by(&world, &copy("decisions", DECISION, changed));

    let zero = refused(&[("position", "0"), ("changed", "false")]);
    assert_eq!(zero, "decisions_position_check");
    let versions = "decisions_of_threads_have_versions";
    assert_eq!(
        refused(&[("position", "9"), ("control_version", "NULL")]),
        versions
    );
    assert_eq!(refused(&[("subject", "'ticket'")]), versions);
    assert_eq!(
        refused(&[("position", "9"), ("ticket_after", "NULL")]),
        "decisions_ticket_after"
    );
    assert_eq!(
        refused(&[("subject", "'person'"), ("control_version", "NULL")]),
        "decisions_subject_check"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_one_receipt() {
    let world = with_one_decision().await;
    let refused =
        |changed: &[(&str, &str)]| refused_by(&world, &copy("action_receipts", RECEIPT, changed));

    assert_eq!(
        refused(&[("decision_id", "gen_random_uuid()")]),
        "action_receipts_pkey"
    );
    let key = "action_receipts_key_check";
    assert_eq!(refused(&[("key", "''")]), key);
    assert_eq!(refused(&[("key", "repeat('x', 513)")]), key);
    assert_eq!(
        refused(&[("source", "'other'")]),
        "action_receipts_source_check"
    );
    let hash = refused(&[("key", "'new'"), ("request_hash", "'\\x00'")]);
    assert_eq!(hash, "action_receipts_request_hash_check");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_tells_each_conversation_once() {
    let world = with_one_decision().await;

    assert_eq!(
        refused_by(&world, &copy("outbox", EVENT, &[])),
        "outbox_pkey"
    );
    let elsewhere = [("subject_id", "1"), ("destination", "'nowhere'")];
    let refused = refused_by(&world, &copy("outbox", EVENT, &elsewhere));
    assert_eq!(refused, "outbox_destination_check");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_hold_only_states_and_versions_that_exist() {
    let world = with_one_decision().await;
    let cases = [
        (
            "conversations SET state = 'ai_asleep'",
            "conversations_state_check",
        ),
        (
            "conversations SET control_version = -1",
            "conversations_check",
        ),
        (
            "conversations SET silenced_at_version = control_version + 1",
            "conversations_check",
        ),
        (
            "conversations SET silenced_at_version = -1",
            "conversations_check",
        ),
        (
            "conversations SET position = control_version - 1",
            "conversations_check1",
        ),
        ("tickets SET revision = -1", "tickets_revision_check"),
        ("tickets SET position = -1", "tickets_position_check"),
        (
            "portals SET connection = 'maybe'",
            "portals_connection_check",
        ),
        ("portals SET connected_at = NULL", "portals_connected_since"),
        (
            "portals SET ai_sender_user_id = 0",
            "portals_ai_sender_user_id_check",
        ),
        ("portals SET portal_id = 0", "portals_portal_id_check"),
    ];
    for (update, constraint) in cases {
        assert_eq!(
            refused_by(&world, &format!("UPDATE {update}")),
            constraint,
            "{update}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_the_clock_are_well_formed() {
    let world = World::start().await;
    let key = |role: &str, name: &str, bytes: usize| {
        format!(
            "INSERT INTO api_keys (key_id, role, name, secret_sha256) VALUES \
             (gen_random_uuid(), '{role}', '{name}', decode(repeat('ab', {bytes}), 'hex'))"
        )
    };
    world.execute(&key("ai", "first", 32));

    assert_eq!(
        refused_by(&world, &key("ai", "again", 32)),
        "api_keys_secret_sha256_key"
    );
    assert_eq!(
        refused_by(&world, &key("owner", "x", 32)),
        "api_keys_role_check"
    );
    assert_eq!(
        refused_by(&world, &key("ai", "", 32)),
        "api_keys_name_check"
    );
    assert_eq!(
        refused_by(&world, &key("ai", "short", 31)),
        "api_keys_secret_sha256_check"
    );
    let clock = "INSERT INTO hubspot_clock (offset_ms, seen_at) VALUES (1, now())";
    world.execute(clock);
    assert_eq!(refused_by(&world, clock), "hubspot_clock_pkey");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_webhooks_leave_is_well_formed_and_there_once() {
    let world = World::start().await;
    let cases = [
        (
            "event_receipts VALUES (1, sha256('')), (1, sha256(''))",
            "event_receipts_pkey",
        ),
        (
            "event_receipts VALUES (1, '')",
            "event_receipts_event_sha256_check",
        ),
        (
            "unread_messages VALUES (1, 1, 'm', now()), (1, 1, 'm', now())",
            "unread_messages_pkey",
        ),
        (
            "unread_messages VALUES (1, 1, '', now())",
            "unread_messages_message_id_check",
        ),
        (
            "unread_messages VALUES (1, 1, repeat('x', 256), now())",
            "unread_messages_message_id_check",
        ),
        (
            "erasures VALUES (1, 'thread', 1, now()), (1, 'thread', 1, now())",
            "erasures_pkey",
        ),
        (
            "erasures VALUES (1, 'ticket', 1, now())",
            "erasures_subject_check",
        ),
        (
            "erasures VALUES (1, 'thread', 0, now())",
            "erasures_subject_id_check",
        ),
        (
            "ticket_merges VALUES (1, 2, 1, now()), (1, 2, 1, now())",
            "ticket_merges_pkey",
        ),
        (
            "ticket_merges VALUES (1, 2, 2, now())",
            "ticket_merges_of_two",
        ),
        (
            "kept_events VALUES (0, sha256(''), 'r', 'c'), (0, sha256(''), 'r', 'c')",
            "kept_events_pkey",
        ),
        (
            "kept_events VALUES (-1, sha256(''), 'r', 'c')",
            "kept_events_portal_id_check",
        ),
        (
            "webhook_refusals VALUES ('mismatch', false, 'd'), ('mismatch', false, 'd')",
            "webhook_refusals_pkey",
        ),
    ];
    for (insert, constraint) in cases {
        assert_eq!(
            refused_by(&world, &format!("INSERT INTO {insert}")),
            constraint,
            "{insert}"
        );
    }
}
