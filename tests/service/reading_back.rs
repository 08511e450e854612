//! `GET /v1/portals/{portal}/conversations/{thread}` and `/tickets/{ticket}`: what is shown, as of
//! the moment of asking.

use crate::world::{ADMIN_KEY, THREAD, TICKET, World};
use baton::domain::ids::ThreadId;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::Enrolled;
use serde_json::{Value, json};

const TICKET_PATH: &str = "/v1/portals/50001/tickets/15384000001";

fn without(mut shown: Value, fields: &[&str]) -> Value {
    let object = shown.as_object_mut().unwrap();
    for field in fields {
        let value = object
            .remove(*field)
            .unwrap_or_else(|| panic!("{field} is not shown"));
        assert!(
            value.as_str().is_some_and(|time| time.ends_with('Z')),
            "{field}: {value}"
        );
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_nobody_spoke_about_is_active_in_version_0() {
    let world = World::start().await;

    let shown = world.conversation().await;

    let expected = json!({
        "portal_id": "50001", "thread_id": "7001", "ticket_id": null, "state": "ai_active",
        "may_reply": true, "silent_because": [], "control_version": 0, "silenced_at_version": 0,
        "owner_checked_at": null, "waiting": null, "external_ref": null,
    });
    assert_eq!(without(shown, &["checked_at"]), expected);
    assert_eq!(
        world.count("conversations"),
        0,
        "looking leaves nothing behind"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_nobody_spoke_about_is_active_and_has_no_conversations() {
    let world = World::start().await;

    let shown = world.read(TICKET_PATH).await;

    let expected = json!({
        "portal_id": "50001", "ticket_id": "15384000001", "state": "ai_active", "may_reply": true,
        "silent_because": [], "revision": 0, "conversations": [],
    });
    assert_eq!(shown.status, 200);
    assert_eq!(without(shown.json(), &["checked_at"]), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_says_who_when_why_until_and_how_to_lift_it() {
    let world = World::start().await;
    world
        .act(
            PauseAi,
            &[
                ("duration", "1h"),
                ("note", "a VIP"),
                ("reason_code", "VIP"),
            ],
        )
        .await;

    let shown = world.conversation().await;

    assert_eq!(shown["ticket_id"], "15384000001");
    assert_eq!(shown["silenced_at_version"], 1);
    let silences = shown["silent_because"].as_array().unwrap();
    assert_eq!(silences.len(), 1, "{shown}");
    let silence = without(silences[0].clone(), &["since", "until"]);
    let sentence = silence["explanation"].as_str().unwrap();
    assert!(
        sentence.starts_with("Paused by workflow 1791000001 until "),
        "{sentence}"
    );
    let expected = json!({
        "code": "PAUSE", "by": "workflow 1791000001", "note": "a VIP", "reason_code": "VIP",
        "explanation": sentence, "lifted_by": "Resume AI or Send to AI",
    });
    assert_eq!(silence, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_silence_is_listed_the_strongest_first() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    world.act(RequestHandoff, &[]).await;
    world.post(ADMIN_KEY, "lock", json!({})).await;
    world.execute("UPDATE portals SET ai_enabled = false, ai_sender_user_id = NULL");

    let shown = world.conversation().await;

    let codes: Vec<&str> = shown["silent_because"]
        .as_array()
        .unwrap()
        .iter()
        .map(|silence| silence["code"].as_str().unwrap())
        .collect();
    let expected = [
        "PORTAL_KILL_SWITCH",
        "AI_SENDER_NOT_SET",
        "ADMIN_LOCK",
        "HANDOFF",
        "PAUSE",
    ];
    assert_eq!(codes, expected);
    assert_eq!(shown["state"], "ai_locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_ran_out_is_not_shown_though_nothing_was_decided() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "15m")]).await;
    world.let_holds_run_out();

    let conversation = world.conversation().await;
    let ticket = world.read(TICKET_PATH).await.json();

    for shown in [&conversation, &ticket, &ticket["conversations"][0]] {
        assert_eq!(shown["state"], "ai_active", "{shown}");
        assert_eq!(shown["may_reply"], true, "{shown}");
        assert_eq!(shown["silent_because"], json!([]), "{shown}");
    }
    assert_eq!(
        conversation["control_version"], 1,
        "the next decision records the lapse"
    );
    world.act(ResumeAi, &[]).await;
    assert_eq!(world.conversation().await["control_version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_shows_the_most_silent_of_its_conversations_and_each_of_them() {
    let world = World::start().await;
    world.act(ResumeAi, &[]).await;
    let sibling = Enrolled::Ticket(TICKET, Some(ThreadId(7_002)));
    world
        .act_on(PauseAi, sibling, &[("conversations", "originating")])
        .await;

    let shown = world.read(TICKET_PATH).await.json();

    assert_eq!(
        (&shown["state"], &shown["may_reply"]),
        (&"ai_paused".into(), &false.into())
    );
    let each = shown["conversations"].as_array().unwrap().iter();
    let each: Vec<_> = each.map(|one| (&one["thread_id"], &one["state"])).collect();
    let (first, second) = (json!("7001"), json!("7002"));
    let (active, paused) = (json!("ai_active"), json!("ai_paused"));
    assert_eq!(each, [(&first, &active), (&second, &paused)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_waits_is_shown() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    world.let_a_customer_wait();

    let shown = world.conversation().await;

    let expected = json!({"message_id": "m-1", "since": "2026-09-21T14:13:20.000Z"});
    assert_eq!(shown["waiting"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_are_none_lead_nowhere() {
    let world = World::start().await;
    let beyond = "9223372036854775808";
    for id in [
        "0", "-1", "+1", "07x", "seven", "1.0", "%00", "%20", "7%2F1", "%ff", beyond,
    ] {
        for path in [
            format!("/v1/portals/50001/conversations/{id}"),
            format!("/v1/portals/50001/conversations/{id}/decisions"),
            format!("/v1/portals/50001/tickets/{id}"),
            format!("/v1/portals/50001/tickets/{id}/decisions"),
            format!("/v1/portals/{id}/conversations/{THREAD}"),
        ] {
            let answer = world.read(&path).await;

            assert_eq!(
                (answer.status, answer.error_code().as_str()),
                (404, "not_found"),
                "{path}"
            );
        }
    }
}
