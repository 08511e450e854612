//! `/v1/portals` by admin keys: the list, the kill switch, the AI sender.

use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, STARTER, STARTER_KEY, World};
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::hubspot::fault::Fault;
use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::json;

const ENABLED: &str = "/v1/portals/50001/ai-enabled";
const SENDER: &str = "/v1/portals/50001/ai-sender";

#[tokio::test(flavor = "multi_thread")]
async fn the_kill_switch_silences_every_conversation_and_restores_exactly_what_was() {
    let world = World::start().await;
    world.follows_nothing(PORTAL);
    world.connected(PORTAL).await;
    world.live_a_little().await;
    let rows = "SELECT to_jsonb(c) FROM conversations c";
    let (before, decisions) = (world.texts(rows), world.count("decisions"));

    let (status, off) = world
        .api(Method::PUT, ADMIN_KEY, ENABLED, "{\"enabled\":false}")
        .await;
    let (_, silent) = world
        .api(
            Method::GET,
            AI_KEY,
            "/v1/portals/50001/conversations/7002",
            "",
        )
        .await;
    let (_, on) = world
        .api(Method::PUT, ADMIN_KEY, ENABLED, "{\"enabled\":true}")
        .await;
    let (_, free) = world
        .api(
            Method::GET,
            AI_KEY,
            "/v1/portals/50001/conversations/7002",
            "",
        )
        .await;

    assert_eq!(
        (status, &off["ai_enabled"], &on["ai_enabled"]),
        (200, &json!(false), &json!(true))
    );
    assert_eq!(
        silent["silent_because"][0]["code"], "PORTAL_KILL_SWITCH",
        "{silent}"
    );
    assert_eq!(free["may_reply"], true, "{free}");
    assert_eq!(
        (world.texts(rows), world.count("decisions")),
        (before, decisions)
    );
    let audit = "SELECT concat_ws(' ', actor, before, after) FROM portal_changes \
                 WHERE change = 'ai_enabled' ORDER BY changed_at";
    assert_eq!(
        world.texts(audit),
        [
            "bootstrap admin key true false",
            "bootstrap admin key false true"
        ]
    );
    let told = "outbox WHERE event_type = 'portal.changed' AND payload->>'changed' = 'ai_enabled'";
    assert_eq!(world.count(told), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_waits_for_whoever_permits_the_ai_to_speak_right_now() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let mut permits = world.sql();
    permits
        .batch_execute("BEGIN; SELECT pg_advisory_xact_lock_shared(50001)")
        .unwrap();

    let (held, body) = world
        .api(Method::PUT, ADMIN_KEY, ENABLED, "{\"enabled\":false}")
        .await;
    permits.batch_execute("COMMIT").unwrap();
    let (free, _) = world
        .api(Method::PUT, ADMIN_KEY, ENABLED, "{\"enabled\":false}")
        .await;

    assert_eq!((held, &body["error"]["code"]), (503, &json!("unavailable")));
    assert_eq!(free, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn throwing_the_switch_twice_is_one_change() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    for _ in 0..3 {
        let (status, _) = world
            .api(Method::PUT, ADMIN_KEY, ENABLED, "{\"enabled\":false}")
            .await;
        assert_eq!(status, 200);
    }
    assert_eq!(world.count("portal_changes WHERE change = 'ai_enabled'"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ai_sender_is_a_teammate_and_opens_its_gate() {
    let world = World::start().await;
    world.connected(PORTAL).await;

    let (status, view) = world
        .api(Method::PUT, ADMIN_KEY, SENDER, "{\"user_id\":\"61000009\"}")
        .await;

    assert_eq!(status, 200, "{view}");
    assert_eq!(view["ai_sender"]["name"], "Acme Assistant");
    assert!(
        view["ai_sender"]["warning"].is_string(),
        "nobody said that it is its own user"
    );
    assert_eq!(view["gates"], json!([]));
    let own = "{\"user_id\": 61000009, \"is_shared\": false}";
    let (_, view) = world.api(Method::PUT, ADMIN_KEY, SENDER, own).await;
    assert_eq!(view["ai_sender"]["warning"], json!(null));
    let installer = "{\"user_id\": 61000001}";
    let (_, view) = world.api(Method::PUT, ADMIN_KEY, SENDER, installer).await;
    assert_eq!(
        view["ai_sender"]["is_shared"], true,
        "whoever installed it is a person"
    );
    assert_eq!(world.count("portal_changes WHERE change = 'ai_sender'"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_queues_and_the_departed_cannot_be_the_sender() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    for body in ["{\"user_id\": 1}", "{\"user_id\": 3892003}"] {
        let (status, error) = world.api(Method::PUT, ADMIN_KEY, SENDER, body).await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (400, &json!("not_a_teammate")),
            "{body}"
        );
    }
    for body in [
        "",
        "{}",
        "[]",
        "{\"user_id\": null}",
        "{\"user_id\": \"x\"}",
        "{\"user_id\": -1}",
        "{\"user_id\": 61000009, \"is_shared\": \"no\"}",
        "{\"user_id\": 61000009, \"other\": 1}",
    ] {
        let (status, error) = world.api(Method::PUT, ADMIN_KEY, SENDER, body).await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (400, &json!("invalid_request")),
            "{body}"
        );
    }
    assert_eq!(world.view(PORTAL).await["ai_sender"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_hubspot_down_the_teammates_that_were_kept_serve() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world
        .hubspot
        .add_fault(Fault::status(503).at("/crm/owners"));
    let body = "{\"user_id\":\"61000009\"}";

    let (nothing_kept, error) = world.api(Method::PUT, ADMIN_KEY, SENDER, body).await;
    world.hubspot.clear_faults();
    world
        .api(Method::PUT, ADMIN_KEY, SENDER, "{\"user_id\":\"61000001\"}")
        .await;
    world
        .hubspot
        .add_fault(Fault::status(503).at("/crm/owners"));
    let (kept, view) = world.api(Method::PUT, ADMIN_KEY, SENDER, body).await;

    assert_eq!(
        (nothing_kept, &error["error"]["code"]),
        (503, &json!("hubspot_unavailable"))
    );
    assert_eq!(
        (kept, &view["ai_sender"]["user_id"]),
        (200, &json!("61000009"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_what_the_key_may_see_and_the_setting_lets_in() {
    let ids = |body: &serde_json::Value| {
        let portals = body["portals"].as_array().unwrap().clone();
        let ids = portals
            .iter()
            .map(|p| p["portal_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    let world = World::start().await;
    world.connected(PORTAL).await;
    let (_, all) = world.api(Method::GET, ADMIN_KEY, "/v1/portals", "").await;
    let (_, own) = world.api(Method::GET, STARTER_KEY, "/v1/portals", "").await;
    assert_eq!((ids(&all), ids(&own)), (vec!["50001".to_owned()], vec![]));

    let world = World::start_with(AllowedPortals::Listed([PORTAL, STARTER].into())).await;
    world.connected(PORTAL).await;
    let (_, all) = world.api(Method::GET, ADMIN_KEY, "/v1/portals", "").await;
    let (_, rest) = world
        .api(Method::GET, ADMIN_KEY, "/v1/portals?cursor=50001", "")
        .await;
    assert_eq!(ids(&all), ["50001", "50002"]);
    assert_eq!(ids(&rest), ["50002"]);
    assert_eq!(rest["portals"][0]["connection"], "not_connected");
    let (status, _) = world
        .api(Method::GET, ADMIN_KEY, "/v1/portals?cursor=x", "")
        .await;
    assert_eq!(status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ai_key_administers_nothing_and_other_portals_do_not_exist() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let before = world.texts("SELECT to_jsonb(p) FROM portals p");
    for (method, path) in [
        (Method::GET, "/v1/portals/50001"),
        (Method::PUT, ENABLED),
        (Method::PUT, SENDER),
        (Method::GET, "/v1/portals/50001/settings"),
        (Method::PATCH, "/v1/portals/50001/settings"),
        (Method::DELETE, "/v1/portals/50001/connection"),
    ] {
        let (ai, error) = world.api(method.clone(), AI_KEY, path, "{}").await;
        assert_eq!(
            (ai, &error["error"]["code"]),
            (403, &json!("forbidden")),
            "{path}"
        );
        let (other, error) = world.api(method.clone(), STARTER_KEY, path, "{}").await;
        assert_eq!(
            (other, &error["error"]["code"]),
            (404, &json!("not_found")),
            "{path}"
        );
        let (nobody, _) = world.api(method, "nobody's", path, "{}").await;
        assert_eq!(nobody, 401, "{path}");
    }
    let (ai, _) = world.api(Method::GET, AI_KEY, "/v1/portals", "").await;
    assert_eq!(ai, 403);
    assert_eq!(world.texts("SELECT to_jsonb(p) FROM portals p"), before);
}
