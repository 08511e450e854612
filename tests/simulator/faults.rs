//! Faults on demand, over HTTP and from Rust.

use crate::world::{CUSTOMER, EUROPEAN, World, tokens};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::fault::{Effect, Fault};
use baton::simulator::hubspot::options::Rotation;
use serde_json::json;
use std::time::{Duration, Instant};

const OWNERS: &str = "/crm/owners/2026-03";
const TOKEN: &str = "/oauth/2026-03/token";

#[tokio::test]
async fn an_error_status_strikes_its_path_and_account_so_many_times() {
    let world = World::start().await;
    let (ours, theirs) = (world.install(CUSTOMER).await, world.install(EUROPEAN).await);
    for status in [429, 477, 500, 502, 503] {
        let fault = json!({
            "path": "/crm/",
            "portal": 50001,
            "effect": { "kind": "status", "status": status, "retry_after": "7" },
            "times": 2,
        });
        assert_eq!(world.post("/_simulator/faults", fault).await.status, 204);

        let struck = world.call("GET", OWNERS, &ours.access).await;
        assert_eq!((struck.status, struck.header("retry-after")), (status, "7"));
        assert_eq!(world.call("GET", OWNERS, &theirs.access).await.status, 200);
        let other_path = world.call("GET", "/account-info/v3/details", &ours.access);
        assert_eq!(other_path.await.status, 200);
        assert_eq!(world.call("GET", OWNERS, &ours.access).await.status, status);
        assert_eq!(world.call("GET", OWNERS, &ours.access).await.status, 200);
    }
}

#[tokio::test]
async fn the_token_endpoint_is_struck_for_the_account_of_the_token_it_is_sent() {
    let world = World::start().await;
    let (ours, theirs) = (world.install(CUSTOMER).await, world.install(EUROPEAN).await);
    world
        .hubspot
        .add_fault(Fault::status(503).at(TOKEN).of(CUSTOMER));

    let code = world.code(CUSTOMER);
    assert_eq!(world.refresh(&ours.refresh).await.status, 503);
    assert_eq!(world.exchange(&code).await.status, 503);
    assert_eq!(world.refresh(&theirs.refresh).await.status, 200);

    world.hubspot.clear_faults();
    assert_eq!(
        world.exchange(&code).await.status,
        200,
        "the code was not used up"
    );
    assert_eq!(world.hubspot.exchanges(CUSTOMER).refreshes, [0_u64; 0]);
}

#[tokio::test]
async fn an_answer_can_be_lost_after_the_exchange_was_made() {
    let world = World::start_with(HubSpotOptions {
        rotation: Rotation::Rotates,
        ..HubSpotOptions::demo()
    })
    .await;
    let first = world.install(CUSTOMER).await;
    world.hubspot.expire_access_tokens(CUSTOMER);
    let lost = Fault::always(Effect::Reset).at(TOKEN).times(1);
    world.hubspot.add_fault(lost.after_its_effect());

    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &first.refresh),
    ];
    let fields = crate::world::with_client(&fields.map(|(name, value)| (name, value)));
    let answer = world.form_request(TOKEN, &fields).send().await;

    assert!(answer.is_err(), "the connection was closed");
    assert_eq!(world.hubspot.exchanges(CUSTOMER).refreshes, [1]);
    assert_eq!(
        world.refresh(&first.refresh).await.field("status"),
        "BAD_REFRESH_TOKEN"
    );
    let log = world.hubspot.requests();
    let seen = &log[log.len() - 2];
    assert_eq!((seen.path.as_str(), seen.status), (TOKEN, None));
}

#[tokio::test]
async fn a_closed_connection_before_the_effect_leaves_everything_as_it_was() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    world
        .hubspot
        .add_fault(Fault::always(Effect::Reset).times(1));

    let answer = world.request("GET", OWNERS).send().await;

    assert!(answer.is_err(), "the connection was closed");
    assert_eq!(world.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn a_slow_answer_comes_late_and_whole() {
    let world = World::start().await;
    let slow = Fault::always(Effect::Slow { ms: 300 }).at(TOKEN).times(1);
    world.hubspot.add_fault(slow.after_its_effect());
    let code = world.code(CUSTOMER);

    let began = Instant::now();
    let answer = world.exchange(&code).await;

    assert!(began.elapsed() >= Duration::from_millis(300));
    tokens(&answer);
}

#[tokio::test]
async fn garbage_is_no_json_under_a_good_status() {
    let world = World::start().await;
    let code = world.code(CUSTOMER);
    world
        .hubspot
        .add_fault(Fault::always(Effect::Garbage).at(TOKEN).times(1));

    let answer = world.exchange(&code).await;

    assert_eq!(
        (answer.status, answer.json()),
        (200, serde_json::Value::Null)
    );
    assert_eq!(world.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn a_fault_with_an_end_is_over_then() {
    let world = World::start().await;
    let until = world.hubspot.now() + chrono::TimeDelta::seconds(1_000);
    let fault = json!({ "effect": { "kind": "status", "status": 503 }, "until": until });
    assert_eq!(world.post("/_simulator/faults", fault).await.status, 204);
    assert_eq!(world.get(OWNERS).await.status, 503);
    assert_eq!(
        world.get("/").await.status,
        200,
        "its own page always answers"
    );

    world.hubspot.advance(Duration::from_secs(1_001));

    assert_eq!(world.get(OWNERS).await.status, 401);
    assert_eq!(
        world.get("/_simulator/faults").await.json(),
        json!({ "faults": [] })
    );
}

#[tokio::test]
async fn what_is_no_fault_is_refused() {
    let world = World::start().await;
    for fault in [
        json!({}),
        json!({ "effect": { "kind": "explode" } }),
        json!({ "effect": { "kind": "status" } }),
        json!({ "effect": { "kind": "status", "status": 200 } }),
        json!({ "effect": { "kind": "status", "status": 999 } }),
        json!({ "effect": { "kind": "status", "status": 503, "retry_after": "a\nb" } }),
        json!({ "effect": { "kind": "reset" }, "surprise": 1 }),
        json!({ "effect": { "kind": "reset" }, "portal": "all" }),
        json!({ "effect": { "kind": "reset" }, "times": -1 }),
    ] {
        let answer = world.post("/_simulator/faults", fault.clone()).await;
        assert_eq!(answer.status, 400, "{fault}");
    }
    assert_eq!(world.get(OWNERS).await.status, 401);
}
