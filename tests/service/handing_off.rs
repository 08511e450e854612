//! Request handoff as a workflow calls it: targets, clocks, effects, and what a second one does.

use crate::wire::now_ms;
use crate::world::{TICKET, World};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff};
use baton::simulator::action_request::Enrolled;
use serde_json::Value;

/// The effects a world's decisions asked for, as `event payload`.
fn effects(world: &World) -> Vec<String> {
    world.texts(
        "SELECT event_type || ' ' || payload FROM outbox \
         WHERE event_type NOT IN ('control.changed', 'conversation.unattended') ORDER BY event_type",
    )
}

/// The one handoff in the ticket's or the thread's record.
fn stored(world: &World) -> Value {
    let holds = world.texts(
        "SELECT hold FROM (SELECT holds FROM tickets UNION ALL SELECT holds FROM conversations) \
         AS records, jsonb_array_elements(holds) AS hold WHERE hold->>'kind' = 'handoff'",
    );
    assert_eq!(holds.len(), 1, "{holds:?}");
    serde_json::from_str(&holds[0]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_without_inputs_waits_a_quarter_of_an_hour_for_anybody() {
    let world = World::start().await;

    let asked = world.act(RequestHandoff, &[]).await;

    assert_eq!(asked.gist(), ("applied", "APPLIED", "handoff_requested"));
    assert_eq!(asked.get("handoff_id"), asked.get("decision_id"));
    let deadline: i64 = asked.get("claim_deadline").parse().unwrap();
    assert!(
        (deadline - now_ms() - 15 * 60_000).abs() < 30_000,
        "{deadline}"
    );
    assert_eq!(asked.get("silent_until"), "", "it is open-ended");
    let hold = stored(&world);
    assert_eq!(hold["target"], "unassigned");
    assert_eq!(
        (&hold["priority"], &hold["on_timeout"]),
        (&"normal".into(), &"notify".into())
    );
    assert_eq!(
        effects(&world),
        Vec::<String>::new(),
        "nobody is assigned or told"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_to_somebody_assigns_and_leaves_a_note() {
    // A thread is assigned to a person alone.
    let targets = [
        (
            "user:123",
            r#"{"id": 7001, "of": "thread"}"#,
            r#"{"user": 123}"#,
        ),
        (
            "team:45",
            r#"{"id": 15384000001, "of": "ticket"}"#,
            r#"{"team": 45}"#,
        ),
    ];
    for (target, field, written) in targets {
        let world = World::start().await;
        let inputs = [("target", target), ("note", "call him back")];

        let asked = world.act(RequestHandoff, &inputs).await;

        assert_eq!(
            asked.gist(),
            ("applied", "APPLIED", "handoff_requested"),
            "{target}"
        );
        let note = r#"note.add {"do": "add_note", "text": "call him back", "subject": "thread"}"#;
        let id = asked.get("handoff_id");
        let assignment = format!(
            r#"owner.assign {{"do": "assign", "hold": "{id}", "field": {field}, "target": {written}, "subject": "thread"}}"#
        );
        assert_eq!(effects(&world), [note, &assignment]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_input_of_a_handoff_is_kept_with_it() {
    let world = World::start().await;
    let inputs = [
        ("target", "unassigned"),
        ("priority", "urgent"),
        ("claim_timeout_minutes", "90"),
        ("on_timeout", "escalate"),
        ("reason_code", "ANGRY"),
        ("conversations", "originating"),
    ];

    let asked = world.act(RequestHandoff, &inputs).await;

    let deadline: i64 = asked.get("claim_deadline").parse().unwrap();
    assert!(
        (deadline - now_ms() - 90 * 60_000).abs() < 30_000,
        "{deadline}"
    );
    let hold = stored(&world);
    assert_eq!(
        (&hold["priority"], &hold["on_timeout"]),
        (&"urgent".into(), &"escalate".into())
    );
    assert_eq!(
        (&hold["reason_code"], &hold["claim_deadline"]),
        (&"ANGRY".into(), &deadline.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_the_customer_go_out_only_while_one_waits() {
    for (waits, expected) in [(false, 0), (true, 1)] {
        let world = World::start().await;
        world.act(PauseAi, &[]).await;
        if waits {
            world.let_a_customer_wait();
        }

        let asked = world
            .act(RequestHandoff, &[("customer_message", "One moment")])
            .await;

        assert_eq!(asked.gist(), ("applied", "APPLIED", "handoff_requested"));
        assert_eq!(effects(&world).len(), expected, "{:?}", effects(&world));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_handoff_joins_the_first_and_tells_no_customer_again() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    world.let_a_customer_wait();
    let words = ("customer_message", "One moment");
    let first = world
        .act(
            RequestHandoff,
            &[("target", "team:45"), ("priority", "low"), words],
        )
        .await;

    let again = [
        ("target", "user:123"),
        ("priority", "high"),
        ("note", "hurry"),
        words,
    ];
    let second = world.act(RequestHandoff, &again).await;

    assert_eq!(
        second.gist(),
        ("merged", "HANDOFF_MERGED", "handoff_requested")
    );
    assert_eq!(second.get("handoff_id"), first.get("handoff_id"));
    let asked = effects(&world);
    let kinds = asked.iter().filter_map(|it| it.split(' ').next());
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["message.send", "note.add", "owner.assign", "owner.assign"],
        "{asked:?}"
    );
    assert!(
        second.get("explanation").contains("to owner 123"),
        "{second:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_that_should_wait_answers_at_once_and_says_so() {
    let world = World::start().await;
    let waits = [("wait_for_claim", "true"), ("max_wait_minutes", "60")];

    let asked = world.act(RequestHandoff, &waits).await;

    assert_eq!(asked.get("hs_execution_state"), "SUCCESS");
    let sentence = "It did not wait: nothing can complete a wait here.";
    assert!(asked.get("explanation").ends_with(sentence), "{asked:?}");
    assert_eq!(asked.get("claim_result"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_without_a_conversation_keeps_what_is_asked_until_one_is_seen() {
    let world = World::start().await;

    let asked = world
        .act_on(RequestHandoff, Enrolled::Ticket(TICKET, None), &[])
        .await;
    let seen = world.act(PauseAi, &[]).await;

    assert_eq!(asked.gist(), ("queued", "APPLIED", "handoff_requested"));
    assert_eq!(asked.get("threads_affected"), "0");
    let left_out = ["thread_id", "control_version"].map(|name| asked.get(name));
    assert_eq!(left_out, ["", ""]);
    assert_eq!(
        seen.gist(),
        ("applied_shadowed", "HANDOFF_PENDING", "handoff_requested")
    );
}
