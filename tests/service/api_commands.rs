//! `POST .../conversations/{thread}/{action}`: the same decisions from the AI's side and an
//! admin's, by role; and what is refused at the door.

use crate::wire::Response;
use crate::world::{ADMIN_KEY, AI_KEY, World};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use serde_json::{Value, json};

fn gist(answer: &Value) -> [&str; 3] {
    ["outcome", "reason_code", "ai_state"].map(|name| answer[name].as_str().unwrap_or_default())
}

async fn asked(world: &World, key: &str, action: &str, body: Value) -> Value {
    let (status, answer) = world.post(key, action, body).await;
    assert_eq!(status, 200, "{action}: {answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_typed_and_its_times_are_readable() {
    let world = World::start().await;

    let mut answer = asked(&world, AI_KEY, "pause", json!({"duration_minutes": 30})).await;

    let until = answer["silent_until"].take();
    assert_eq!(answer["pause_expires_at"].take(), until);
    assert!(
        until.as_str().is_some_and(|until| until.ends_with('Z')),
        "{until}"
    );
    let id = answer["decision_id"].take();
    assert_eq!(id.as_str().map(str::len), Some(36));
    let explanation = answer["explanation"].take();
    let sentence = "Paused by the AI platform (bootstrap key) until ";
    assert!(
        explanation.as_str().unwrap().starts_with(sentence),
        "{explanation}"
    );
    let expected = json!({
        "ai_state": "ai_paused", "previous_ai_state": "ai_active", "ai_may_reply": false,
        "outcome": "applied", "reason_code": "APPLIED", "explanation": null, "silent_until": null,
        "thread_id": "7001", "threads_affected": 1, "decision_id": null, "control_version": 1,
        "pause_expires_at": null,
    });
    assert_eq!(answer, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_action_works_without_a_body() {
    let world = World::start().await;
    let expected = [
        ("pause", ["applied", "APPLIED", "ai_paused"]),
        ("resume", ["applied", "APPLIED", "ai_active"]),
        ("handoff", ["applied", "APPLIED", "handoff_requested"]),
        ("send", ["applied", "HANDOFF_WITHDRAWN", "ai_active"]),
        ("lock", ["applied", "APPLIED", "ai_locked"]),
        ("lock", ["already", "ALREADY_IN_STATE", "ai_locked"]),
        ("unlock", ["applied", "APPLIED", "ai_active"]),
        ("unlock", ["already", "ALREADY_IN_STATE", "ai_active"]),
    ];
    for (action, expected) in expected {
        let answer = world.command(ADMIN_KEY, action, "", None).await;
        assert_eq!(gist(&answer.json()), expected, "{action}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ai_key_locks_but_never_unlocks() {
    let world = World::start().await;
    let locked = asked(&world, AI_KEY, "lock", json!({"note": "unsure"})).await;

    let unlocked = asked(&world, AI_KEY, "unlock", json!({})).await;
    let resumed = asked(&world, AI_KEY, "resume", json!({})).await;
    let sent = asked(&world, AI_KEY, "send", json!({})).await;
    let forced = asked(&world, ADMIN_KEY, "send", json!({})).await;
    let by_workflow = world.act(ResumeAi, &[]).await;

    assert_eq!(gist(&locked), ["applied", "APPLIED", "ai_locked"]);
    for refused in [&unlocked, &resumed, &sent, &forced] {
        assert_eq!(gist(refused), ["refused", "ADMIN_LOCK", "ai_locked"]);
    }
    assert_eq!(by_workflow.gist(), ("refused", "ADMIN_LOCK", "ai_locked"));
    let freed = asked(&world, ADMIN_KEY, "unlock", json!({})).await;
    assert_eq!(gist(&freed), ["applied", "APPLIED", "ai_active"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_an_admin_lifts_shortens_or_replaces_what_an_admin_placed() {
    for (action, state) in [("pause", "ai_paused"), ("handoff", "handoff_requested")] {
        let world = World::start().await;
        asked(&world, ADMIN_KEY, action, json!({})).await;
        let cancel = json!({"cancel_pending_handoff": true});

        let resumed = asked(&world, AI_KEY, "resume", cancel.clone()).await;
        let sent = asked(&world, AI_KEY, "send", json!({})).await;
        let replaced = json!({"duration": "15m", "replace": true});
        asked(&world, AI_KEY, "pause", replaced).await;
        let workflow_resumed = world
            .act(ResumeAi, &[("cancel_pending_handoff", "true")])
            .await;
        let workflow_sent = world.act(SendToAi, &[]).await;

        assert_eq!(gist(&resumed), ["refused", "ADMIN_LOCK", state]);
        assert_eq!(gist(&sent), ["refused", "ADMIN_LOCK", state]);
        assert_eq!(workflow_resumed.gist(), ("refused", "ADMIN_LOCK", state));
        assert_eq!(workflow_sent.gist(), ("refused", "ADMIN_LOCK", state));
        let freed = asked(&world, ADMIN_KEY, "resume", cancel).await;
        assert_eq!(
            gist(&freed),
            ["applied", "APPLIED", "ai_active"],
            "{action}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workflow_and_ai_lift_what_the_other_placed() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    let by_ai = asked(&world, AI_KEY, "resume", json!({})).await;
    asked(
        &world,
        AI_KEY,
        "handoff",
        json!({"target": "team:7", "priority": "high"}),
    )
    .await;
    let by_workflow = world.act(SendToAi, &[]).await;
    world.act(RequestHandoff, &[]).await;

    let shown = world.conversation().await;

    assert_eq!(gist(&by_ai), ["applied", "APPLIED", "ai_active"]);
    assert_eq!(
        by_workflow.gist(),
        ("applied", "HANDOFF_WITHDRAWN", "ai_active")
    );
    assert_eq!(shown["state"], "handoff_requested");
    assert_eq!(shown["control_version"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_under_an_idempotency_key_happens_once() {
    let world = World::start().await;
    let body = r#"{"duration": "1h", "note": "a VIP"}"#;
    let first = world.command(AI_KEY, "pause", body, Some("k-1")).await;
    asked(&world, AI_KEY, "resume", json!({})).await;

    let reordered = r#"{"note":"a VIP","duration":"1h"}"#;
    let second = world.command(AI_KEY, "pause", reordered, Some("k-1")).await;

    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(world.conversation().await["state"], "ai_active");
    assert_eq!(world.count("action_receipts WHERE key = '7001:k-1'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_request_is_a_conflict_and_changes_nothing() {
    let world = World::start().await;
    world
        .command(AI_KEY, "pause", r#"{"duration": "1h"}"#, Some("k-1"))
        .await;
    let others = [
        ("pause", r#"{"duration": "4h"}"#),
        ("pause", ""),
        ("resume", ""),
        ("lock", ""),
    ];
    for (action, body) in others {
        let answer = world.command(AI_KEY, action, body, Some("k-1")).await;

        let code = answer.error_code();
        assert_eq!(
            (answer.status, code.as_str()),
            (409, "idempotency_key_reused"),
            "{action}"
        );
    }
    assert_eq!(world.conversation().await["control_version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_each_request_is_one_of_its_own() {
    let world = World::start().await;

    let first = world.command(AI_KEY, "pause", "{}", None).await.json();
    let second = world.command(AI_KEY, "pause", "{}", None).await.json();

    assert_ne!(first["decision_id"], second["decision_id"]);
    assert_eq!(second["outcome"], "already");
    assert_eq!(world.count("action_receipts"), 0);
}

async fn refused(world: &World, action: &str, body: &[u8]) -> Response {
    let answer = world.command(AI_KEY, action, body, None).await;
    assert_eq!(
        answer.status,
        400,
        "{action} {}",
        String::from_utf8_lossy(body)
    );
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_does_not_fit_is_refused_by_name() {
    let world = World::start().await;
    let cases = [
        (
            "pause",
            json!({"duration": "2h"}),
            "duration does not fit: '2h'; \
             expected one of until_resumed, 15m, 1h, 4h, 1d, 3d, custom",
        ),
        (
            "pause",
            json!({"duration": "custom"}),
            "duration_minutes is missing; \
             expected a whole number from 1 to 525600, for duration custom",
        ),
        (
            "resume",
            json!({"cancel_pending_handoff": "perhaps"}),
            "cancel_pending_handoff does not fit: 'perhaps'; expected true or false",
        ),
        (
            "resume",
            json!({"duration": "1h"}),
            "there is no input 'duration' here; expected any of cancel_pending_handoff, note, \
             reason_code, dry_run",
        ),
        (
            "lock",
            json!({"thread_id": "7002"}),
            "there is no input 'thread_id' here; expected any of note, reason_code, dry_run, \
             metadata",
        ),
    ];
    for (action, body, message) in cases {
        let answer = refused(&world, action, body.to_string().as_bytes()).await;
        assert_eq!(answer.error_code(), "input_invalid");
        assert_eq!(answer.error_message(), message);
    }
    let long = json!({"x".repeat(30_000): "y"}).to_string();
    let answer = refused(&world, "pause", long.as_bytes()).await;
    assert!(
        answer.error_message().len() < 250,
        "a caller's own text is echoed shortened"
    );
    assert_eq!(world.count("decisions"), 0, "nothing of it was decided");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_holds_no_inputs_is_refused_with_what_was_expected() {
    let world = World::start().await;
    let deep = format!("{{\"note\": {}{}}}", "[".repeat(40), "]".repeat(40));
    let cases: [(&[u8], &str); 12] = [
        (b"[]", "the body must be a JSON object, or empty"),
        (b"null", "the body must be a JSON object, or empty"),
        (b"\"pause\"", "the body must be a JSON object, or empty"),
        (b"{", "the body must be a JSON object, or empty"),
        (
            b"{\"note\": 1e999}",
            "the body must be a JSON object, or empty",
        ),
        (
            b"{\"note\": \"\xff\"}",
            "the body must be a JSON object, or empty",
        ),
        (
            b"{\"note\": \"\\ud800\"}",
            "the body must be a JSON object, or empty",
        ),
        (deep.as_bytes(), "the body must be a JSON object, or empty"),
        (
            b"{\"note\": [\"a\"]}",
            "note must be a text, a number, true or false",
        ),
        (
            b"{\"note\": {\"a\": 1}}",
            "note must be a text, a number, true or false",
        ),
        (
            b"{\"note\": \"a\\u0000b\"}",
            "note holds U+0000, which cannot be stored",
        ),
        (
            b"{\"no\\u0000te\": \"a\"}",
            "no\u{FFFD}te holds U+0000, which cannot be stored",
        ),
    ];
    for (body, message) in cases {
        let answer = refused(&world, "pause", body).await;
        assert_eq!(answer.error_code(), "invalid_request");
        assert_eq!(answer.error_message(), message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_and_absent_values_are_the_default() {
    let world = World::start().await;
    let body = json!({"duration": "", "duration_minutes": null, "note": "  ", "replace": false});

    let paused = asked(&world, AI_KEY, "pause", body).await;

    assert_eq!(gist(&paused), ["applied", "APPLIED", "ai_paused"]);
    assert_eq!(paused.get("pause_expires_at"), None, "until resumed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_that_is_no_key_is_refused() {
    let world = World::start().await;
    for key in ["", "k".repeat(256).as_str()] {
        let answer = world.command(AI_KEY, "pause", "", Some(key)).await;
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "invalid_request")
        );
    }
    let longest = "k".repeat(255);
    assert_eq!(
        world
            .command(AI_KEY, "pause", "", Some(&longest))
            .await
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_happen() {
    let world = World::start().await;

    let tried = asked(&world, ADMIN_KEY, "lock", json!({"dry_run": true})).await;

    assert_eq!(gist(&tried), ["dry_run", "APPLIED", "ai_active"]);
    assert_eq!(world.conversation().await["control_version"], 0);
}
