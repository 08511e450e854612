//! The control routes: what a script can do and see.

use crate::world::{CALLBACK, CUSTOMER, World, answered, encoded, with_client};
use serde_json::json;

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn the_log_names_requests_and_keeps_no_secret() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    let tokens = crate::world::tokens(&world.exchange(&code).await);
    let query = encoded(&[("access_token", &tokens.access)]);
    world
        .call("GET", &format!("{OWNERS}?{query}"), &tokens.access)
        .await;
    world.refresh(&tokens.refresh).await;
    world
        .get(&format!("/oauth/v1/access-tokens/{}", tokens.access))
        .await;
    world
        .get(&format!("/oauth/v1/refresh-tokens/{}", tokens.refresh))
        .await;
    world
        .get(&format!("/{}/{}", tokens.refresh, tokens.access))
        .await;
    let pasted = world.hubspot.private_app_token(CUSTOMER).unwrap();
    world.get(&format!("/{pasted}")).await;

    let log = world.get("/_simulator/requests").await;
    let page = world.get("/").await;

    let seen = &log.json()["requests"][1];
    assert_eq!(seen["method"], "GET");
    assert_eq!(seen["path"], OWNERS);
    assert_eq!(seen["portal"], CUSTOMER.0);
    assert_eq!(seen["status"], 200);
    assert_eq!(log.json()["total"], 7);
    let client_secret = baton::simulator::demo_world::CLIENT_SECRET.to_owned();
    for secret in [
        &code,
        &tokens.access,
        &tokens.refresh,
        &pasted,
        &client_secret,
    ] {
        assert!(!log.text.contains(secret.as_str()), "{}", log.text);
        assert!(!page.text.contains(secret.as_str()));
    }
}

#[tokio::test]
async fn an_account_can_be_changed_and_looked_at() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let installation = || async {
        let portals = world.get("/_simulator/portals").await.json();
        portals["portals"][0]["installation"].clone()
    };
    assert_eq!(installation().await["live_access_tokens"], 1);
    for (control, changed, left) in [
        ("expire-access-tokens", 1, json!([0, 1])),
        ("expire-access-tokens", 0, json!([0, 1])),
        ("revoke-refresh-tokens", 1, json!([0, 0])),
        ("uninstall", 1, json!([null, null])),
        ("uninstall", 0, json!([null, null])),
        ("delete-private-app", 1, json!([null, null])),
    ] {
        let path = format!("/_simulator/portals/50001/{control}");
        let answer = world.post(&path, json!({})).await;
        assert_eq!(answer.json(), json!({ "changed": changed }), "{control}");
        let now = installation().await;
        let found = json!([now["live_access_tokens"], now["live_refresh_tokens"]]);
        assert_eq!(found, left, "{control}");
    }
    assert_eq!(world.call("GET", OWNERS, &tokens.access).await.status, 401);
    for path in ["99/uninstall", "50001/explode", "x/uninstall"] {
        let path = format!("/_simulator/portals/{path}");
        assert_eq!(world.post(&path, json!({})).await.status, 404);
    }
}

#[tokio::test]
async fn the_clock_can_be_moved_on_and_the_world_begun_again() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let moved = world.post("/_simulator/clock", json!({ "advance_ms": 1_801_000 }));
    assert_eq!(moved.await.status, 200);
    assert_eq!(world.call("GET", OWNERS, &tokens.access).await.status, 401);
    assert_eq!(
        world
            .post("/_simulator/clock", json!({ "advance_ms": -1 }))
            .await
            .status,
        400
    );

    let url = json!({ "url": "https://baton.example/callback" });
    assert_eq!(
        world.post("/_simulator/redirect-urls", url).await.status,
        204
    );
    assert_eq!(world.post("/_simulator/reset", json!({})).await.status, 204);

    assert!(!world.hubspot.is_installed(CUSTOMER));
    assert_eq!(world.refresh(&tokens.refresh).await.status, 400);
    assert_eq!(world.get("/_simulator/requests").await.json()["total"], 1);
    let code = world.hubspot.marketplace_code(CALLBACK, CUSTOMER).unwrap();
    assert_eq!(world.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn another_sites_page_cannot_press_buttons() {
    let world = World::start().await;
    world.install(CUSTOMER).await;
    for path in [
        "/_simulator/portals/50001/uninstall",
        "/_simulator/page/uninstall/50001",
        "/_simulator/reset",
        "/oauth/2026-03/token",
    ] {
        let request = world.form_request(path, &with_client(&[]));
        let answer = answered(request.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(answer.status, 403, "{path}");
    }
    assert!(world.hubspot.is_installed(CUSTOMER));
}
