//! Pause AI and Resume AI as a workflow calls them: every input, every output.

use crate::wire::now_ms;
use crate::world::{Outputs, THREAD, TICKET, World};
use baton::domain::ids::ThreadId;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::Enrolled;

type Inputs<'a> = &'a [(&'a str, &'a str)];

const MINUTE_MS: i64 = 60_000;
/// An end is set by the database's clock between two looks at ours, which is the same machine's.
const SLACK_MS: i64 = 30_000;

/// Minutes from now until a pause ends, rounded.
fn minutes_left(outputs: &Outputs, output: &str) -> Option<i64> {
    let end: i64 = outputs.get(output).parse().ok()?;
    Some((end - now_ms() + SLACK_MS).div_euclid(MINUTE_MS))
}

fn names(outputs: &Outputs) -> Vec<&str> {
    outputs.0.keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_without_inputs_lasts_until_resumed_and_is_answered_in_strings() {
    let world = World::start().await;

    let paused = world.act(PauseAi, &[]).await;

    let expected = [
        ("ai_may_reply", "false"),
        ("ai_state", "ai_paused"),
        ("control_version", "1"),
        ("decision_id", paused.get("decision_id")),
        (
            "explanation",
            "Paused by workflow 1791000001 until resumed. Lift it with Resume AI.",
        ),
        ("hs_execution_state", "SUCCESS"),
        ("outcome", "applied"),
        ("previous_ai_state", "ai_active"),
        ("reason_code", "APPLIED"),
        ("thread_id", "7001"),
        ("threads_affected", "1"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(paused.0.clone().into_iter().collect::<Vec<_>>(), expected);
    assert_eq!(paused.get("decision_id").len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_says_what_it_lifted_and_what_is_left() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;

    let resumed = world.act(ResumeAi, &[]).await;

    assert_eq!(resumed.gist(), ("applied", "APPLIED", "ai_active"));
    let told = [
        "ai_may_reply",
        "previous_ai_state",
        "released_holds",
        "remaining_holds",
    ];
    assert_eq!(
        told.map(|name| resumed.get(name)),
        ["true", "ai_paused", "1", "0"]
    );
    assert_eq!(resumed.get("explanation"), "The AI may answer.");
    assert_eq!(resumed.get("control_version"), "2");
    assert!(!names(&resumed).contains(&"silent_until"), "{resumed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_duration_ends_when_it_says() {
    let world = World::start().await;
    let durations: [(Inputs<'_>, Option<i64>); 10] = [
        (&[("duration", "until_resumed")], None),
        (&[("duration", "15m")], Some(15)),
        (&[("duration", "1h")], Some(60)),
        (&[("duration", "4h")], Some(240)),
        (&[("duration", "1d")], Some(1_440)),
        (&[("duration", "3d")], Some(4_320)),
        (
            &[("duration", "custom"), ("duration_minutes", "1")],
            Some(1),
        ),
        (&[("duration_minutes", "525600")], Some(525_600)),
        (&[("duration", "15m"), ("duration_minutes", "99")], Some(15)),
        (&[("duration", "  1h "), ("duration_minutes", "")], Some(60)),
    ];
    for (place, (inputs, minutes)) in durations.into_iter().enumerate() {
        let ticket = baton::domain::ids::TicketId(TICKET.0 + i64::try_from(place).unwrap());
        let thread = ThreadId(THREAD.0 + i64::try_from(place).unwrap());

        let paused = world
            .act_on(PauseAi, Enrolled::Ticket(ticket, Some(thread)), inputs)
            .await;

        assert_eq!(
            paused.gist(),
            ("applied", "APPLIED", "ai_paused"),
            "{inputs:?}"
        );
        assert_eq!(
            minutes_left(&paused, "pause_expires_at"),
            minutes,
            "{inputs:?}"
        );
        assert_eq!(minutes_left(&paused, "silent_until"), minutes, "{inputs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pause_is_already_there_extends_or_replaces() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;

    let shorter = world.act(PauseAi, &[("duration", "15m")]).await;
    assert_eq!(shorter.gist(), ("already", "ALREADY_IN_STATE", "ai_paused"));
    assert_eq!(minutes_left(&shorter, "pause_expires_at"), Some(60));

    let longer = world.act(PauseAi, &[("duration", "4h")]).await;
    assert_eq!(longer.gist(), ("extended", "PAUSE_EXTENDED", "ai_paused"));
    assert_eq!(minutes_left(&longer, "pause_expires_at"), Some(240));

    let exact = world
        .act(PauseAi, &[("duration", "15m"), ("replace", "true")])
        .await;
    assert_eq!(exact.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(minutes_left(&exact, "pause_expires_at"), Some(15));
    let versions = [&shorter, &longer, &exact].map(|outputs| outputs.get("control_version"));
    assert_eq!(versions, ["1", "2", "3"], "`already` changes no version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_beneath_a_handoff_is_kept_and_says_so() {
    let world = World::start().await;
    world.act(RequestHandoff, &[]).await;

    let paused = world.act(PauseAi, &[("duration", "1h")]).await;
    let resumed = world.act(ResumeAi, &[]).await;

    assert_eq!(
        paused.gist(),
        ("applied_shadowed", "HANDOFF_PENDING", "handoff_requested")
    );
    assert_eq!(
        resumed.gist(),
        ("refused", "HANDOFF_PENDING", "handoff_requested")
    );
    assert_eq!(
        resumed.get("hs_execution_state"),
        "SUCCESS",
        "a refusal is data to branch on"
    );
    assert_eq!(
        resumed.get("released_holds"),
        "1",
        "the pause beneath is lifted"
    );
    let versions = [&paused, &resumed].map(|outputs| outputs.get("control_version"));
    assert_eq!(versions, ["2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_cancels_a_handoff_only_where_asked_to() {
    let world = World::start().await;
    world.act(RequestHandoff, &[]).await;

    let refused = world
        .act(ResumeAi, &[("cancel_pending_handoff", "false")])
        .await;
    let cancelled = world
        .act(ResumeAi, &[("cancel_pending_handoff", "true")])
        .await;

    assert_eq!(
        refused.gist(),
        ("refused", "HANDOFF_PENDING", "handoff_requested")
    );
    assert_eq!(cancelled.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(cancelled.get("released_holds"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_of_what_is_not_paused_changes_nothing() {
    let world = World::start().await;

    let resumed = world.act(ResumeAi, &[]).await;

    assert_eq!(resumed.gist(), ("already", "ALREADY_IN_STATE", "ai_active"));
    assert_eq!(
        resumed.get("explanation"),
        "The AI may answer.",
        "that nothing changed is the outcome's to say, and the workflow's history says it"
    );
    assert_eq!(resumed.get("released_holds"), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_all_open_holds_conversations_that_are_seen_later() {
    let world = World::start().await;
    let paused = world.act(PauseAi, &[("conversations", "all_open")]).await;
    let later = Enrolled::Ticket(TICKET, Some(ThreadId(7_002)));

    let seen = world.act_on(PauseAi, later, &[]).await;

    assert_eq!(paused.get("thread_id"), "7001");
    assert_eq!(seen.gist(), ("already", "ALREADY_IN_STATE", "ai_paused"));
    assert!(
        !names(&seen).contains(&"thread_id"),
        "several are meant: {seen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_the_originating_conversation_leaves_its_siblings_alone() {
    for conversations in ["originating", "latest"] {
        let world = World::start().await;
        let sibling = Enrolled::Ticket(TICKET, Some(ThreadId(7_002)));
        world.act_on(ResumeAi, sibling, &[]).await;

        let paused = world
            .act(PauseAi, &[("conversations", conversations)])
            .await;
        let other = world
            .read("/v1/portals/50001/conversations/7002")
            .await
            .json();

        assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
        assert_eq!(
            (paused.get("thread_id"), paused.get("threads_affected")),
            ("7001", "1")
        );
        assert_eq!(other["state"], "ai_active", "{conversations}: {other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_named_by_its_id_needs_no_ticket() {
    let world = World::start().await;
    let inputs = [
        ("thread_id", "7001"),
        ("note", "a VIP"),
        ("reason_code", "VIP_1"),
    ];

    let paused = world.act_on(PauseAi, Enrolled::Contact(12), &inputs).await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(paused.get("thread_id"), "7001");
    let silence = &world.conversation().await["silent_because"][0];
    assert_eq!(
        (&silence["note"], &silence["reason_code"]),
        (&"a VIP".into(), &"VIP_1".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_ran_out_is_over_without_any_timer() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "15m")]).await;
    world.let_holds_run_out();

    let shown = world.conversation().await;
    let again = world.act(PauseAi, &[("duration", "15m")]).await;

    assert_eq!(
        (&shown["state"], &shown["may_reply"]),
        (&"ai_active".into(), &true.into())
    );
    assert_eq!(again.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(again.get("previous_ai_state"), "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_that_contradict_one_another_are_damped() {
    let world = World::start().await;
    for _ in 0..3 {
        world.act(PauseAi, &[]).await;
        world.act(ResumeAi, &[]).await;
    }
    world.act(PauseAi, &[]).await;

    let resumed = world.act(ResumeAi, &[]).await;
    let paused = world.act(PauseAi, &[]).await;

    assert_eq!(
        resumed.gist(),
        ("refused", "LOOP_DAMPED", "ai_paused"),
        "{resumed:?}"
    );
    assert_eq!(minutes_left(&resumed, "silent_until"), Some(10));
    assert_eq!(
        paused.gist(),
        ("applied_shadowed", "LOOP_DAMPED", "ai_paused")
    );
}
