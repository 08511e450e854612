//! The page with the workflows, and the control routes.

use crate::receiver::Receiver;
use crate::world::World;
use serde_json::json;
use std::time::{Duration, Instant};

async fn ended(world: &World) {
    let began = Instant::now();
    while world.hubspot.running_enrollments() > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "never ended");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn stage_of_the_only_one(world: &World) -> String {
    let all = world.get("/_simulator/workflows").await.json();
    let stage = all["enrollments"][0]["enrollment"]["stage"].as_str();
    stage.unwrap_or_default().to_owned()
}

async fn until_delayed(world: &World) {
    let began = Instant::now();
    while stage_of_the_only_one(world).await != "delayed" {
        assert!(began.elapsed() < Duration::from_secs(20), "never delayed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn tickets_are_enrolled_and_their_history_read_in_the_chosen_language() {
    let world = World::start().await;
    let service = Receiver::start().await;
    world.hubspot.serve_at(&service.url);
    service.usually_put_out(
        json!({ "reason_code": "APPLIED", "ai_state": "human_active",
        "explanation": "<b>so it is</b>" }),
    );
    let page = world.get("/workflows?lang=de").await;
    for needed in [
        "VIP",
        "Enrol",
        "Deutsch",
        "name=\"workflow\" value=\"1791000003\"",
    ] {
        assert!(page.text.contains(needed), "{needed}");
    }
    let form = [
        ("workflow", "1791000003"),
        ("id", "15384000007"),
        ("count", "3"),
        ("lang", "de"),
    ];
    let answer = world.form("/workflows/enroll", &form).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/workflows?lang=de")
    );
    ended(&world).await;

    let german = world.get("/workflows/live?lang=de").await.text;
    let english = world.get("/workflows/live").await.text;

    assert!(english.contains("3 enrolled, 3 ended"), "{english}");
    assert!(english.contains("Ticket 15384000009"));
    assert!(english.contains("Done: &lt;b&gt;so it is"), "{english}");
    assert!(german.contains("Erledigt: &lt;b&gt;so it is"), "{german}");
    assert_eq!(service.received().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_enrolled_is_said() {
    let world = World::start().await;
    for (workflow, ticket, count) in [
        ("5", "15384000001", "1"),
        ("1791000001", "5", "1"),
        ("1791000001", "15384000001", "0"),
        ("1791000001", "15384000001", "10001"),
        ("1791000001", "one", "1"),
        ("", "", ""),
    ] {
        let form = [("workflow", workflow), ("id", ticket), ("count", count)];
        let answer = world.form("/workflows/enroll", &form).await;
        assert_eq!(answer.status, 303);
        let page = answer.header("location");
        assert!(page.contains("&refused="), "{workflow} {ticket} {count}");
        assert!(world.get(page).await.text.contains("role=\"alert\""));
    }
    let page = world
        .get("/workflows?lang=%22%3E&refused=%3Cscript%3E")
        .await;
    assert!(!page.text.contains("<script"));
    assert_eq!(world.hubspot.running_enrollments(), 0);
}

#[tokio::test]
async fn scripts_publish_enrol_and_read() {
    let world = World::start().await;
    let service = Receiver::start().await;
    world.hubspot.serve_at(&service.url);
    service.usually_put_out(json!({ "reason_code": "APPLIED", "explanation": "so" }));
    let workflow = json!({ "id": 5, "name": "Five", "steps": [
        { "action": { "uid": "pause_ai", "called": "p", "inputs": {
            "duration": { "value": "1h" }, "note": { "property": "subject" } } } },
        { "branch": { "on": { "output": { "of": "p", "name": "reason_code" } },
            "ways": [{ "values": ["APPLIED"], "steps": [{ "action": { "uid": "resume_ai" } }] }] } },
    ] });
    assert_eq!(
        world.post("/_simulator/workflows", workflow).await.status,
        204
    );
    let enrol = json!({ "portal": 50001, "workflow": 5, "tickets": [15_384_000_001_i64] });
    let enrolled = world.post("/_simulator/enrollments", enrol).await;
    assert_eq!(enrolled.status, 200, "{}", enrolled.text);
    ended(&world).await;

    let all = world.get("/_simulator/workflows?lang=en").await.json();

    assert_eq!(all["enrollments"][0]["enrollment"]["stage"], "ended");
    assert_eq!(
        all["enrollments"][0]["history"],
        json!(["Done: so", "Done: so"])
    );
    assert_eq!(all["workflows"].as_array().unwrap().len(), 4);
    for (path, body) in [
        (
            "/_simulator/workflows",
            json!({ "id": 6, "name": "", "steps": [{ "action": { "uid": "x" } }] }),
        ),
        ("/_simulator/workflows", json!({ "id": 6 })),
        (
            "/_simulator/enrollments",
            json!({ "portal": 1, "workflow": 5, "tickets": [1] }),
        ),
        (
            "/_simulator/enrollments",
            json!({ "portal": 50001, "workflow": 9, "tickets": [] }),
        ),
    ] {
        assert_eq!(world.post(path, body.clone()).await.status, 400, "{body}");
    }
}

#[tokio::test]
async fn a_passage_of_an_earlier_world_says_nothing_about_a_later_one() {
    let world = World::start().await;
    let service = Receiver::start().await;
    world.hubspot.serve_at(&service.url);
    let vip = baton::simulator::demo_world::WORKFLOW;
    let ticket = baton::simulator::demo_world::TICKET;
    let portal = crate::world::CUSTOMER;
    let before = world.hubspot.enroll(portal, vip, ticket).unwrap();
    world.post("/_simulator/reset", json!(null)).await;
    let after = world.hubspot.enroll(portal, vip, ticket).unwrap();
    assert!(after > before);
    assert!(world.hubspot.enrollment(before).is_none());
}

#[tokio::test]
async fn the_page_shows_cards_as_filled_in_and_lets_time_pass() {
    let world = World::start().await;
    let service = Receiver::start().await;
    world.hubspot.serve_at(&service.url);
    let page = world.get("/workflows?lang=de").await.text;
    for needed in ["AI pausieren für: 15 Minuten", "A VIP wrote", "16 minutes"] {
        assert!(page.contains(needed), "{needed}");
    }
    let unhappy = [
        ("workflow", "1791000002"),
        ("id", "15384000001"),
        ("count", "1"),
    ];
    world.form("/workflows/enroll", &unhappy).await;
    until_delayed(&world).await;
    for stage in ["delayed", "ended"] {
        let passed = [("minutes", "16"), ("lang", "de")];
        let answer = world.form("/workflows/pass", &passed).await;
        assert_eq!(answer.header("location"), "/workflows?lang=de");
        if stage == "ended" {
            ended(&world).await;
        }
        assert_eq!(stage_of_the_only_one(&world).await, stage);
    }
    for minutes in ["0", "-1", "x", "10081"] {
        let answer = world.form("/workflows/pass", &[("minutes", minutes)]).await;
        assert!(answer.header("location").contains("&refused="), "{minutes}");
    }
}
