//! `PATCH /v1/portals/{portal}/settings`: checked, stored where it differs, audited.

use crate::world::{ADMIN_KEY, PORTAL, World};
use reqwest::Method;
use serde_json::json;

const SETTINGS: &str = "/v1/portals/50001/settings";

async fn patch(world: &World, body: &str) -> (u16, serde_json::Value) {
    world.api(Method::PATCH, ADMIN_KEY, SETTINGS, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_differs_from_the_defaults_is_stored_and_the_change_is_audited() {
    let world = World::start().await;
    world.connected(PORTAL).await;

    let body = "{\"human_grace\": \"2m\", \"loop_guard\": true, \"ignore_other_ai\": true}";
    let (status, settings) = patch(&world, body).await;

    assert_eq!(status, 200, "{settings}");
    assert_eq!(
        (&settings["human_grace"], &settings["reply_window"]),
        (&json!("2m"), &json!("30m"))
    );
    let stored = world.texts("SELECT policies FROM portals");
    let stored: serde_json::Value = serde_json::from_str(&stored[0]).unwrap();
    assert_eq!(
        stored,
        json!({"human_grace": 120_000, "ignore_other_ai": true})
    );
    let audit = world.texts("SELECT before || after FROM portal_changes WHERE change = 'settings'");
    assert_eq!(audit.len(), 1);
    let (_, settings) = patch(&world, "{\"human_grace\": null, \"ignore_other_ai\": null}").await;
    assert_eq!(settings["human_grace"], "10m");
    assert_eq!(world.texts("SELECT policies FROM portals"), ["{}"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_nothing_leaves_no_line() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    for body in ["{}", "{\"loop_guard\": true}", "{\"human_grace\": null}"] {
        let (status, _) = patch(&world, body).await;
        assert_eq!(status, 200, "{body}");
    }
    assert_eq!(world.count("portal_changes WHERE change = 'settings'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misfit_is_named_and_nothing_is_changed_by_the_rest_of_its_body() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    for (body, code, named) in [
        (
            "{\"loop_guard\": false, \"human_grace\": \"soon\"}",
            "setting_invalid",
            "human_grace",
        ),
        (
            "{\"loop_guard\": false, \"human_grace\": -1}",
            "setting_invalid",
            "human_grace",
        ),
        ("{\"human_grace\": 1e99}", "setting_invalid", "human_grace"),
        ("{\"sweep_period\": 0}", "setting_invalid", "sweep_period"),
        ("{\"unknown\": 1}", "setting_invalid", "unknown"),
        ("{\"channels\": \"some\"}", "setting_invalid", "channels"),
        ("{\"ai_app_ids\": [0]}", "setting_invalid", "ai_app_ids"),
        ("{\"language\": \"\\u0000\"}", "setting_invalid", "language"),
        ("{\"language\": \"\"}", "setting_invalid", "language"),
        ("[]", "invalid_request", "object"),
        ("", "invalid_request", "object"),
        ("{\"loop_guard\": false", "invalid_request", "object"),
    ] {
        let (status, error) = patch(&world, body).await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (400, &json!(code)),
            "{body}: {error}"
        );
        let message = error["error"]["message"].as_str().unwrap();
        assert!(message.contains(named), "{body}: {message}");
    }
    assert_eq!(world.texts("SELECT policies FROM portals"), ["{}"]);
}
