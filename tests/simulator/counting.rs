//! The counts by which a test proves that each generation of tokens was refreshed once.

use crate::world::{CUSTOMER, EUROPEAN, World};
use std::time::Duration;

#[tokio::test]
async fn a_refresh_that_somebody_needed_begins_a_generation_and_any_other_does_not() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    let refreshes = || world.hubspot.exchanges(CUSTOMER).refreshes;
    assert_eq!(refreshes(), [0_u64; 0]);

    world.hubspot.expire_access_tokens(CUSTOMER);
    world.refresh(&tokens.refresh).await;
    assert_eq!(refreshes(), [1]);

    world.refresh(&tokens.refresh).await;
    assert_eq!(refreshes(), [2], "nobody needed the second");

    world.hubspot.advance(Duration::from_secs(1_000));
    world.refresh(&tokens.refresh).await;
    assert_eq!(refreshes(), [2, 1], "half of the token's life was over");
}

#[tokio::test]
async fn refusals_are_counted_for_the_account_they_concern() {
    let world = World::start().await;
    let tokens = world.install(CUSTOMER).await;
    world.install(EUROPEAN).await;
    world.hubspot.revoke_refresh_tokens(CUSTOMER);

    world.refresh(&tokens.refresh).await;

    assert_eq!(world.hubspot.exchanges(CUSTOMER).refused, 1);
    assert_eq!(world.hubspot.exchanges(EUROPEAN).refused, 0);
    let shown = world.get("/_simulator/counters").await.json();
    assert_eq!(shown["portals"]["50001"]["refused"], 1);
    assert_eq!(shown["portals"]["50003"]["codes"], 1);
}
