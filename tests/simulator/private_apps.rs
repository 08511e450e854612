//! Private apps: a token pasted by hand, without refresh and without workflows.

use crate::world::{CUSTOMER, EUROPEAN, STARTER, World, answered};
use serde_json::json;

const INFO: &str = "/oauth/v2/private-apps/get/access-token-info";

#[tokio::test]
async fn a_private_apps_token_tells_its_account_and_calls_the_api() {
    let world = World::start().await;
    let token = world.hubspot.private_app_token(CUSTOMER).unwrap();
    assert!(token.starts_with("pat-na1-"));

    let info = world.post(INFO, json!({ "tokenKey": token })).await;

    assert_eq!(info.status, 200);
    assert_eq!(info.json()["hubId"], CUSTOMER.0);
    assert_eq!(info.json()["userId"], 61_000_001);
    assert_eq!(info.json()["appId"], 2_900_001);
    assert!(
        info.json()["scopes"]
            .as_array()
            .unwrap()
            .contains(&json!("tickets"))
    );
    assert_eq!(
        world
            .call("GET", "/crm/owners/2026-03", &token)
            .await
            .status,
        200
    );
    let details = world
        .call("GET", "/account-info/2026-03/details", &token)
        .await;
    assert_eq!(details.json()["portalId"], CUSTOMER.0);
    let uninstall = world.call("DELETE", "/appinstalls/2026-03/external-install", &token);
    assert_eq!(uninstall.await.status, 403);
}

#[tokio::test]
async fn a_token_from_the_eu_has_to_be_its_own_bearer() {
    let world = World::start().await;
    let token = world.hubspot.private_app_token(EUROPEAN).unwrap();
    let body = json!({ "tokenKey": token });
    assert_eq!(world.post(INFO, body.clone()).await.status, 401);
    let shown = world.request("POST", INFO).bearer_auth(&token).json(&body);
    assert_eq!(answered(shown).await.json()["hubId"], EUROPEAN.0);
}

#[tokio::test]
async fn an_admin_copies_the_token_from_a_page_and_deletes_the_app_there() {
    let world = World::start().await;
    let token = world.hubspot.private_app_token(CUSTOMER).unwrap();
    let page = world.get("/private-apps/50001").await;
    assert!(page.text.contains(&token), "{}", page.text);
    assert!(world.get("/").await.text.contains("/private-apps/50001"));

    let pressed = world
        .form("/_simulator/page/delete-private-app/50001", &[])
        .await;

    assert_eq!(pressed.status, 303);
    assert!(!world.get("/private-apps/50001").await.text.contains(&token));
    assert!(world.hubspot.private_app_token(CUSTOMER).is_none());
    for unknown in ["/private-apps/99", "/private-apps/x"] {
        assert_eq!(world.get(unknown).await.status, 404);
    }
}

#[tokio::test]
async fn what_is_no_private_apps_token_is_refused() {
    let world = World::start().await;
    let oauth = world.install(CUSTOMER).await.access;
    for token in [oauth.as_str(), "", "pat-na1-unknown"] {
        let answer = world.post(INFO, json!({ "tokenKey": token })).await;
        assert_eq!(answer.status, 404, "{token}");
    }
    for body in [json!({}), json!([]), json!({ "tokenKey": 1 })] {
        assert_eq!(world.post(INFO, body).await.status, 400);
    }
    assert!(world.hubspot.private_app_token(STARTER).is_none());
}

#[tokio::test]
async fn a_deleted_private_app_is_dead_and_the_oauth_grant_is_not() {
    let world = World::start().await;
    let token = world.hubspot.private_app_token(CUSTOMER).unwrap();
    let oauth = world.install(CUSTOMER).await.access;

    assert!(world.hubspot.delete_private_app(CUSTOMER));

    let owners = "/crm/owners/2026-03";
    assert_eq!(world.call("GET", owners, &token).await.status, 401);
    assert_eq!(
        world.post(INFO, json!({ "tokenKey": token })).await.status,
        404
    );
    assert_eq!(world.call("GET", owners, &oauth).await.status, 200);
}
