//! Access tokens expire by the simulation's clock; refresh tokens bring new ones.

use crate::world::{CUSTOMER, EUROPEAN, World, tokens};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::options::Rotation;
use std::time::Duration;

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn an_access_token_expires_after_half_an_hour_of_simulated_time() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    world.hubspot.advance(Duration::from_secs(1_700));
    assert_eq!(world.call("GET", OWNERS, &tokens.access).await.status, 200);
    world.hubspot.advance(Duration::from_secs(200));

    let expired = world.call("GET", OWNERS, &tokens.access).await;

    assert_eq!(
        (expired.status, expired.field("category")),
        (401, "EXPIRED_AUTHENTICATION".into())
    );
    let message = expired.field("message");
    assert!(
        message.starts_with("The OAuth token used to make this call expired "),
        "{message}"
    );
    assert!(message.ends_with(" second(s) ago."), "{message}");
    assert!(expired.json()["context"]["expire time"][0].is_string());
    let info = world
        .token("/introspect", &[("token", &tokens.access)])
        .await;
    assert_eq!(info.json(), serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn a_faster_clock_expires_tokens_sooner() {
    let options = HubSpotOptions {
        clock_speed: 1_000_000.0,
        code_lifetime: Duration::from_secs(1_000_000_000),
        ..HubSpotOptions::demo()
    };
    let world = World::start_with(options).await;
    let tokens = world.install(CUSTOMER).await;
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while world.call("GET", OWNERS, &tokens.access).await.status != 401 {
        assert!(std::time::Instant::now() < deadline, "it never expired");
    }
}

#[tokio::test]
async fn a_refresh_repeats_the_refresh_token_and_leaves_old_access_tokens_alone() {
    let world = World::start().await;
    let first = world.install(CUSTOMER).await;

    let answer = world.refresh(&first.refresh).await;

    let second = tokens(&answer);
    assert_eq!(second.refresh, first.refresh);
    assert_ne!(second.access, first.access);
    assert_eq!(answer.json()["hub_id"], CUSTOMER.0);
    for token in [first.access, second.access] {
        assert_eq!(world.call("GET", OWNERS, &token).await.status, 200);
    }
    let without_redirect = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &first.refresh),
    ];
    assert_eq!(world.token("", &without_redirect).await.status, 200);
}

#[tokio::test]
async fn a_rotated_refresh_token_is_dead() {
    let options = HubSpotOptions {
        rotation: Rotation::Rotates,
        ..HubSpotOptions::demo()
    };
    let world = World::start_with(options).await;
    let first = world.install(CUSTOMER).await;

    let second = tokens(&world.refresh(&first.refresh).await);

    assert_ne!(second.refresh, first.refresh);
    let again = world.refresh(&first.refresh).await;
    assert_eq!(
        (again.status, again.field("status")),
        (400, "BAD_REFRESH_TOKEN".into())
    );
    assert_eq!(again.field("error"), "invalid_grant");
    assert_eq!(world.refresh(&second.refresh).await.status, 200);
}

#[tokio::test]
async fn accounts_expire_apart() {
    let world = World::start().await;
    let (ours, theirs) = (world.install(CUSTOMER).await, world.install(EUROPEAN).await);

    assert_eq!(world.hubspot.expire_access_tokens(CUSTOMER), 1);

    assert_eq!(world.call("GET", OWNERS, &ours.access).await.status, 401);
    assert_eq!(world.call("GET", OWNERS, &theirs.access).await.status, 200);
}
