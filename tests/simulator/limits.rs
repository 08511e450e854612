//! 110 calls in 10 seconds for each account and app.

use crate::world::{CUSTOMER, EUROPEAN, World};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::options::RateLimit;
use std::time::Duration;

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test]
async fn the_call_beyond_the_limit_is_refused_until_the_window_has_moved_on() {
    let world = World::start_with(HubSpotOptions {
        rate_limit: RateLimit {
            calls: 3,
            // Long enough for the slowest machine; the clock is moved by hand.
            within: Duration::from_secs(1_000),
        },
        ..HubSpotOptions::demo()
    })
    .await;
    let (ours, theirs) = (world.install(CUSTOMER).await, world.install(EUROPEAN).await);
    for remaining in ["2", "1", "0"] {
        let answer = world.call("GET", OWNERS, &ours.access).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("x-hubspot-ratelimit-remaining"), remaining);
    }

    let refused = world.call("GET", OWNERS, &ours.access).await;

    assert_eq!(
        (refused.status, refused.field("errorType")),
        (429, "RATE_LIMIT".into())
    );
    assert_eq!(refused.field("policyName"), "TEN_SECONDLY_ROLLING");
    assert_ne!(refused.field("correlationId"), "");
    assert_eq!(refused.header("retry-after"), "", "HubSpot documents none");
    assert_eq!(world.call("GET", OWNERS, &theirs.access).await.status, 200);
    let private = world.hubspot.private_app_token(CUSTOMER).unwrap();
    assert_eq!(
        world.call("GET", OWNERS, &private).await.status,
        200,
        "an app of its own"
    );
    world.hubspot.advance(Duration::from_secs(1_001));
    assert_eq!(world.call("GET", OWNERS, &ours.access).await.status, 200);
}

#[tokio::test]
async fn the_usual_limit_is_110() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let calls = (0..110).map(|_| world.call("GET", OWNERS, &tokens.access));
    let all = futures_util::future::join_all(calls).await;
    let served = all.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(served, 110);
    // A slow machine may have let the first calls leave the window.
    let next = world.call("GET", OWNERS, &tokens.access).await;
    assert!(matches!(next.status, 429 | 200));
}
