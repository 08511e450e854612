//! A portal that is not live yet, through the front door: everything is recorded, nothing binds.

use crate::world::{ADMIN_KEY, PORTAL, THREAD, TICKET, World};
use baton::domain::gate::Mode;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, SendToAi};
use baton::store::portals;
use serde_json::{Value, json};

async fn observed() -> World {
    let world = World::start().await;
    portals::set_mode(&mut world.sql(), PORTAL, Mode::Observe).unwrap();
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_answered_with_what_it_would_have_been() {
    let world = observed().await;

    let paused = world.act(PauseAi, &[]).await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(paused.get("observed"), "true");
    assert_eq!(paused.get("would_have_been"), "ai_paused");
    assert_eq!(paused.get("ai_may_reply"), "true");
    assert_eq!(paused.get("control_version"), "1");
    assert_eq!(
        world.texts("SELECT state FROM conversations"),
        ["ai_paused"],
        "the record is that of a live portal"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_back_shows_what_binds_and_what_would() {
    let world = observed().await;
    world.act(PauseAi, &[("note", "on holiday")]).await;
    world.execute("UPDATE portals SET ai_enabled = false");

    let shown = world.conversation().await;
    let path = format!("/v1/portals/{PORTAL}/tickets/{TICKET}");
    let (_, ticket) = world.get(ADMIN_KEY, &path).await;

    let codes = |silences: &Value| -> Vec<Value> {
        let silences = silences.as_array().unwrap().iter();
        silences.map(|it| it["code"].clone()).collect()
    };
    for shown in [&shown, &ticket, &ticket["conversations"][0]] {
        assert_eq!(shown["observed"], true);
        assert_eq!(shown["state"], "ai_active");
        assert_eq!(shown["may_reply"], false, "the kill switch still binds");
        assert_eq!(codes(&shown["silent_because"]), ["PORTAL_KILL_SWITCH"]);
        let would = &shown["would_have_been"];
        assert_eq!(would["state"], "ai_paused");
        assert_eq!(would["may_reply"], false);
        let all = ["PORTAL_KILL_SWITCH", "PAUSE"];
        assert_eq!(codes(&would["silent_because"]), all);
        assert_eq!(would["silent_because"][1]["note"], "on holiday");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_portal_shows_neither_field() {
    let world = observed().await;
    portals::set_mode(&mut world.sql(), PORTAL, Mode::Live).unwrap();

    let paused = world.act(PauseAi, &[]).await;
    let shown = world.conversation().await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(
        (paused.get("observed"), paused.get("would_have_been")),
        ("", "")
    );
    assert_eq!(shown.get("observed"), None);
    assert_eq!(shown.get("would_have_been"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_but_events_that_say_so() {
    let world = observed().await;
    world.act(PauseAi, &[]).await;
    world.let_a_customer_wait();
    let wanted = [
        ("target", "user:5"),
        ("customer_message", "One moment, please."),
        ("note", "VIP"),
    ];
    world.act(RequestHandoff, &wanted).await;
    let sent = world.act(SendToAi, &[]).await;

    assert_eq!(sent.get("reply_requested"), "false");
    let types = world.texts(
        "SELECT DISTINCT destination || ' ' || event_type FROM outbox \
         WHERE event_type <> 'conversation.unattended'",
    );
    assert_eq!(types, ["ai control.changed"]);
    let told = world.texts(
        "SELECT payload->>'ai_state' || ' ' || (payload->>'would_have_been') || ' ' || \
         (payload->>'observed') FROM outbox WHERE event_type = 'control.changed' \
         ORDER BY control_version",
    );
    let last: Vec<&str> = told.iter().map(String::as_str).collect();
    assert_eq!(
        last[last.len() - 3..],
        [
            "ai_active ai_paused true",
            "ai_active handoff_requested true",
            "ai_active ai_active true"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_with_both_fields_too() {
    let world = observed().await;
    world.act(PauseAi, &[]).await;

    let (status, locked) = world.post(ADMIN_KEY, "lock", json!({})).await;

    assert_eq!(status, 200, "{THREAD}: {locked}");
    assert_eq!(locked["observed"], true);
    assert_eq!(locked["ai_state"], "ai_active");
    let would = json!({"ai_state": "ai_locked", "ai_may_reply": false});
    assert_eq!(locked["would_have_been"], would);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_column_knows_two_modes_and_begins_live() {
    let world = World::start().await;
    assert_eq!(world.texts("SELECT mode FROM portals"), ["live"]);
    let wrong = diesel::connection::SimpleConnection::batch_execute(
        &mut world.sql(),
        "UPDATE portals SET mode = 'off'",
    );
    let error = wrong.unwrap_err().to_string();
    assert!(error.contains("portals_mode_known"), "{error}");
}
