//! Disconnects, uninstalls, and what comes back with a reconnect.

use crate::browsing::Browser;
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, World};
use reqwest::Method;
use serde_json::Value;
use std::time::{Duration, Instant};

const CONNECTION: &str = "/v1/portals/50001/connection";
const PATIENCE: Duration = Duration::from_secs(120);
const CONVERSATION: &str = "/v1/portals/50001/conversations/7001";

async fn conversation(world: &World) -> Value {
    let (status, mut body) = world.api(Method::GET, AI_KEY, CONVERSATION, "").await;
    assert_eq!(status, 200, "{body}");
    for when_read in ["checked_at", "owner_checked_at"] {
        body.as_object_mut().unwrap().remove(when_read);
    }
    body
}

/// Waits until the first import is over, and what it found is read: both change versions.
async fn imported(world: &World) {
    let began = Instant::now();
    while world.count("followed_portals WHERE import_ended_at IS NOT NULL") == 0
        || world.count("unread_messages") > 0
    {
        assert!(began.elapsed() < PATIENCE, "never imported");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What is shown once its owner was read again.
async fn conversation_read_again(world: &World) -> Value {
    let began = Instant::now();
    loop {
        let seen = conversation(world).await;
        if !silences(&seen).contains(&"OWNER_UNKNOWN") {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{seen}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn silences(conversation: &Value) -> Vec<&str> {
    let silences = conversation["silent_because"].as_array().unwrap();
    silences
        .iter()
        .map(|silence| silence["code"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_uninstalls_revokes_and_silences_and_reconnecting_restores_what_was() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    world.live_a_little().await;
    imported(&world).await;
    let before = conversation(&world).await;
    let settings = world.view(PORTAL).await["settings"].clone();

    let (status, body) = world.api(Method::DELETE, ADMIN_KEY, CONNECTION, "").await;

    assert_eq!(
        (status, body["result"].as_str()),
        (200, Some("disconnected")),
        "{body}"
    );
    assert!(!world.hubspot.is_installed(PORTAL));
    assert_eq!(world.count("credentials"), 0);
    let dead = world.view(PORTAL).await;
    assert_eq!(dead["connection"], "reconnect_required");
    assert_eq!(dead["unavailable"]["because"], "disconnected");
    let silent = conversation(&world).await;
    assert_eq!(silences(&silent)[0], "CONNECTION_UNAVAILABLE");
    let acted = world.pause(&[("dry_run", "true")]).await;
    assert_eq!(
        acted.0, 200,
        "a dead portal's actions are accepted and recorded"
    );
    assert_eq!(acted.1["outputFields"]["ai_may_reply"], "false");
    assert_eq!(acted.1["outputFields"]["outcome"], "dry_run");

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    assert_eq!(
        conversation_read_again(&world).await,
        before,
        "exactly what was"
    );
    let back = world.view(PORTAL).await;
    assert_eq!(
        (&back["settings"], &back["unavailable"]),
        (&settings, &Value::Null)
    );
    assert_eq!(back["ai_sender"]["user_id"], "61000009");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_in_hubspot_is_noticed_at_the_next_refresh() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    world.live_a_little().await;
    imported(&world).await;
    let before = conversation(&world).await;
    world.hubspot.uninstall(PORTAL);

    let refused = world.service.tokens.refresh_ahead(PORTAL).await;

    assert!(refused.is_err());
    let dead = world.view(PORTAL).await;
    assert_eq!(dead["connection"], "reconnect_required");
    assert_eq!(dead["unavailable"]["because"], "revoked", "{dead}");
    assert_eq!(world.count("credentials"), 1, "nothing is deleted");
    let silent = conversation(&world).await;
    assert_eq!(silences(&silent)[0], "CONNECTION_UNAVAILABLE");
    assert_eq!(silent["control_version"], before["control_version"]);
    let audit = "SELECT concat_ws(' | ', actor, change, before ->> 'connection', \
                 after ->> 'connection', after ->> 'because', after ->> 'why') \
                 FROM portal_changes WHERE actor = 'Baton'";
    let audit = world.texts(audit);
    let ended =
        "Baton | connection | connected | unavailable | revoked | HubSpot refused to refresh";
    assert!(audit.len() == 1 && audit[0].starts_with(ended), "{audit:?}");
    let told = "outbox WHERE event_type = 'portal.changed' AND payload ->> 'by' = 'Baton' \
                AND payload -> 'after' ->> 'because' = 'revoked'";
    assert_eq!(world.count(told), 1);
    let page = browser.get("/console/portals/50001").await;
    assert!(
        page.says("Connection ended: HubSpot refused"),
        "{}",
        page.body
    );

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    assert_eq!(conversation_read_again(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_what_is_not_connected_changes_nothing() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.api(Method::DELETE, ADMIN_KEY, CONNECTION, "").await;
    let changes = world.count("portal_changes");

    let (status, body) = world.api(Method::DELETE, ADMIN_KEY, CONNECTION, "").await;

    assert_eq!(
        (status, body["result"].as_str()),
        (200, Some("was_not_connected"))
    );
    assert_eq!(world.count("portal_changes"), changes);
}

#[tokio::test(flavor = "multi_thread")]
async fn reconnecting_by_another_admin_keeps_the_kill_switch_thrown() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let off = "{\"enabled\": false}";
    world
        .api(Method::PUT, ADMIN_KEY, "/v1/portals/50001/ai-enabled", off)
        .await;
    world.api(Method::DELETE, ADMIN_KEY, CONNECTION, "").await;

    world
        .connect(&mut Browser::signed_in(&world).await, PORTAL)
        .await;

    let view = world.view(PORTAL).await;
    assert_eq!(
        (&view["connection"], &view["ai_enabled"]),
        (&"connected".into(), &false.into())
    );
}
