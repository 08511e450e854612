//! What a caller of the API attaches to the holds it places: kept, shown, bounded.

use crate::world::{ADMIN_KEY, AI_KEY, World};
use baton::simulator::action_kind::ActionKind::PauseAi;
use serde_json::{Value, json};

fn attached(shown: &Value) -> Vec<&Value> {
    let silences = shown["silent_because"].as_array().unwrap().iter();
    silences.filter_map(|it| it.get("metadata")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_hold_of_the_api_carries_its_own() {
    let world = World::start().await;
    for (action, ticket) in [("pause", 1), ("handoff", 2), ("lock", 3)] {
        let body = json!({"metadata": {"ticket": ticket, "tags": ["ü", null]}});
        let (status, answer) = world.post(AI_KEY, action, body).await;
        assert_eq!(status, 200, "{action}: {answer}");
    }

    let shown = world.conversation().await;

    let of = |ticket: i64| json!({"ticket": ticket, "tags": ["ü", null]});
    let by_rank = [&of(3), &of(2), &of(1)];
    assert_eq!(attached(&shown), by_rank);
    let timeline = world
        .texts("SELECT command->'metadata'->>'ticket' FROM decisions ORDER BY control_version");
    assert_eq!(timeline, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_4_kib_is_refused_and_leaves_nothing() {
    let world = World::start().await;
    let of = |bytes: usize| json!({"metadata": {"a": "x".repeat(bytes - 8)}});

    let (most, _) = world.post(AI_KEY, "pause", of(4_096)).await;
    let (status, answer) = world.post(AI_KEY, "lock", of(4_097)).await;

    assert_eq!((most, status), (200, 400));
    assert_eq!(answer["error"]["code"], "input_invalid");
    let message = answer["error"]["message"].as_str().unwrap();
    let expected = "expected a JSON object of at most 4096 bytes, and this one has 4097";
    assert!(message.starts_with("metadata does not fit"), "{message}");
    assert!(message.ends_with(expected), "{message}");
    assert_eq!(world.conversation().await["state"], "ai_paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_object_or_cannot_be_stored_is_refused() {
    let world = World::start().await;
    let wrong = [
        json!("{}"),
        json!([1]),
        json!(7),
        json!(true),
        json!({"a": "\0"}),
        json!({"a": [{"\0": 1}]}),
    ];
    for metadata in wrong {
        let body = json!({"metadata": metadata});
        let (status, answer) = world.post(AI_KEY, "pause", body).await;
        assert_eq!(status, 400, "{metadata}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("metadata"), "{message}");
        assert!(message.contains("a JSON object"), "{message}");
    }
    assert_eq!(world.row_counts().decisions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_places_no_hold_takes_no_metadata() {
    let world = World::start().await;
    for action in ["resume", "send", "unlock"] {
        let body = json!({"metadata": {"a": 1}});
        let (status, answer) = world.post(ADMIN_KEY, action, body).await;
        assert_eq!(status, 400, "{action}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("no input 'metadata'"), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_has_no_such_input() {
    let world = World::start().await;
    let paused = world.act(PauseAi, &[("metadata", "{\"a\":1}")]).await;
    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(attached(&world.conversation().await), Vec::<&Value>::new());
}
