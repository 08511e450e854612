//! How a grant ends: revoked, uninstalled from either side, the account deleted.

use crate::world::{CUSTOMER, EUROPEAN, World};
use serde_json::json;

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn a_revoked_refresh_token_is_dead_and_its_access_tokens_live_on() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;

    let answer = world.token("/revoke", &[("token", &tokens.refresh)]).await;

    assert_eq!(answer.status, 200);
    assert_eq!(
        world.refresh(&tokens.refresh).await.field("error"),
        "invalid_grant"
    );
    assert_eq!(world.call("GET", OWNERS, &tokens.access).await.status, 200);
    let info = world
        .token("/introspect", &[("token", &tokens.refresh)])
        .await;
    assert_eq!(info.json(), json!({ "active": false }));
    let again = world.token("/revoke", &[("token", &tokens.refresh)]).await;
    assert_eq!(again.status, 200, "what is gone is gone");
    assert!(world.hubspot.is_installed(CUSTOMER));
}

#[tokio::test]
async fn revoking_and_introspecting_need_the_app_itself() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    for path in ["/oauth/2026-03/token/revoke", "/oauth/v3/token/introspect"] {
        let answer = world.form(path, &[("token", &tokens.refresh)]).await;
        assert_eq!(
            (answer.status, answer.field("status")),
            (400, "BAD_CLIENT_ID".into())
        );
        assert_eq!(world.get(path).await.status, 405);
    }
    assert_eq!(world.refresh(&tokens.refresh).await.status, 200);
}

#[tokio::test]
async fn an_app_that_removes_itself_leaves_no_token_alive_in_that_account() {
    let world = World::start().await;
    let (ours, theirs) = (world.install(CUSTOMER).await, world.install(EUROPEAN).await);
    let path = "/appinstalls/2026-03/external-install";

    let answer = world.call("DELETE", path, &ours.access).await;

    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert!(!world.hubspot.is_installed(CUSTOMER));
    assert_eq!(world.call("GET", OWNERS, &ours.access).await.status, 401);
    assert_eq!(
        world.refresh(&ours.refresh).await.field("status"),
        "BAD_REFRESH_TOKEN"
    );
    assert_eq!(world.call("DELETE", path, &ours.access).await.status, 401);
    assert_eq!(world.call("GET", OWNERS, &theirs.access).await.status, 200);
}

#[tokio::test]
async fn a_customer_can_uninstall_and_install_again() {
    let world = World::start().await;
    let old = world.install(CUSTOMER).await;

    assert!(world.hubspot.uninstall(CUSTOMER));
    assert!(!world.hubspot.uninstall(CUSTOMER), "it was gone");
    assert_eq!(world.refresh(&old.refresh).await.status, 400);
    let new = world.install(CUSTOMER).await;

    assert_eq!(world.call("GET", OWNERS, &new.access).await.status, 200);
    assert_eq!(world.refresh(&old.refresh).await.status, 400);
    assert_eq!(world.call("GET", OWNERS, &old.access).await.status, 401);
}

#[tokio::test]
async fn the_tokens_of_a_deleted_account_are_refused_as_access_denied() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let deleted = world.post("/_simulator/portals/50001/delete-account", json!({}));
    assert_eq!(deleted.await.json(), json!({ "changed": 1 }));

    let answer = world.refresh(&tokens.refresh).await;

    assert_eq!(
        (answer.status, answer.field("status")),
        (400, "BAD_HUB".into())
    );
    assert_eq!(answer.field("error"), "access_denied");
    assert_eq!(world.call("GET", OWNERS, &tokens.access).await.status, 401);
}

#[tokio::test]
async fn version_1_of_the_token_routes_answers_what_old_clients_ask() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let access = format!("/oauth/v1/access-tokens/{}", tokens.access);
    let refresh = format!("/oauth/v1/refresh-tokens/{}", tokens.refresh);
    assert_eq!(world.get(&access).await.json()["hub_id"], CUSTOMER.0);
    assert_eq!(world.get(&refresh).await.json()["token_type"], "refresh");

    let deleted = world.call("DELETE", &refresh, "").await;

    assert_eq!(deleted.status, 204);
    assert_eq!(world.get(&refresh).await.status, 404);
    assert_eq!(world.refresh(&tokens.refresh).await.status, 400);
}
