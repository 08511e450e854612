//! Lanes under a full budget, over HTTP: none starves, none overtakes the limit.

use crate::scripted::{Scripted, json};
use crate::world::{PORTAL, allowance, api_with, secret};
use baton::domain::ids::PortalId;
use baton::hubspot::api::account_info;
use baton::hubspot::api::client::{ApiClient, Call};
use baton::hubspot::api::lane::Lane;
use baton::simulator::hubspot::{HubSpotOptions, SimulatedHubSpot};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const TOKEN: &str = "token-1";
/// Well before a window of a minute ends, however busy the machine is.
const SOON: Duration = Duration::from_secs(20);

/// Starts this many calls at once; each answers with its lane and when it was done.
fn flood(
    calls: &mut JoinSet<(Lane, Instant, bool)>,
    client: &Arc<ApiClient>,
    token: &str,
    lane: Lane,
    count: usize,
) {
    for _ in 0..count {
        let (client, token) = (Arc::clone(client), secret(token));
        calls.spawn(async move {
            let call = Call {
                portal: Some(PORTAL),
                token: &token,
                lane,
            };
            let answer = client.send(call, &account_info::details()).await;
            (lane, Instant::now(), answer.is_ok())
        });
    }
}

#[tokio::test]
async fn a_flood_in_one_lane_delays_no_other_lanes_first_calls() {
    let replies = (0..400)
        .map(|_| json(200, r#"{"portalId":50001}"#))
        .collect();
    let hubspot = Scripted::start(replies).await;
    let client = Arc::new(api_with(&hubspot.url, allowance(40, 60_000)));
    let mut sweep = JoinSet::new();
    flood(&mut sweep, &client, TOKEN, Lane::PropertiesAndSweep, 150);
    // The sweep has taken all that it may.
    while hubspot.seen().len() < 16 {
        tokio::task::yield_now().await;
    }

    let mut urgent = JoinSet::new();
    let started = Instant::now();
    for lane in [
        Lane::VerifySilence,
        Lane::Replies,
        Lane::HandoffEffects,
        Lane::LookUps,
    ] {
        let kept = 40 * lane.kept_percent() / 100;
        flood(
            &mut urgent,
            &client,
            TOKEN,
            lane,
            usize::try_from(kept).unwrap(),
        );
    }
    while let Some(done) = urgent.join_next().await {
        let (lane, at, is_ok) = done.unwrap();
        assert!(is_ok, "{lane:?}");
        let waited = at - started;
        assert!(waited < SOON, "{lane:?} waited {waited:?} for the sweep");
    }
}

#[tokio::test]
async fn hubspots_own_limit_is_never_reached() {
    let mut options = HubSpotOptions::demo();
    options.rate_limit.calls = 30;
    options.rate_limit.within = Duration::from_millis(500);
    let hubspot = SimulatedHubSpot::start(options).await.unwrap();
    let token = hubspot.private_app_token(PORTAL).unwrap();
    let client = Arc::new(api_with(&format!("{}/", hubspot.url()), allowance(30, 500)));
    let mut calls = JoinSet::new();
    for lane in Lane::ALL {
        flood(&mut calls, &client, &token, lane, 8);
    }
    let mut done = 0;
    while let Some(call) = calls.join_next().await {
        let (lane, _, is_ok) = call.unwrap();
        assert!(is_ok, "{lane:?}");
        done += 1;
    }
    assert_eq!(done, 40);
    let refused: Vec<_> = hubspot
        .requests()
        .into_iter()
        .filter(|seen| seen.status == Some(429))
        .collect();
    assert!(refused.is_empty(), "{} calls too many", refused.len());
    hubspot.stop().await;
}

#[tokio::test]
async fn calls_that_nobody_waits_for_any_more_give_their_turn_away() {
    let replies = (0..40)
        .map(|_| json(200, r#"{"portalId":50001}"#))
        .collect();
    let hubspot = Scripted::start(replies).await;
    let client = Arc::new(api_with(&hubspot.url, allowance(5, 300)));
    let mut calls = JoinSet::new();
    flood(&mut calls, &client, TOKEN, Lane::LookUps, 300);
    while hubspot.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    calls.shutdown().await;

    let started = Instant::now();
    let mut last = JoinSet::new();
    flood(&mut last, &client, TOKEN, Lane::LookUps, 1);
    assert!(last.join_next().await.unwrap().unwrap().2);
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    assert!(hubspot.seen().len() < 40, "{}", hubspot.seen().len());
}

#[tokio::test]
async fn one_portals_flood_is_no_other_portals_concern() {
    let replies = (0..40)
        .map(|_| json(200, r#"{"portalId":50001}"#))
        .collect();
    let hubspot = Scripted::start(replies).await;
    let client = Arc::new(api_with(&hubspot.url, allowance(5, 60_000)));
    let mut calls = JoinSet::new();
    flood(&mut calls, &client, TOKEN, Lane::VerifySilence, 50);
    while hubspot.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    let token = secret(TOKEN);
    let portal = Some(PortalId(50_002));
    let call = Call {
        portal,
        token: &token,
        lane: Lane::PropertiesAndSweep,
    };
    let started = Instant::now();
    client.send(call, &account_info::details()).await.unwrap();
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_turn_that_does_not_come_is_an_error_and_hubspot_is_not_asked() {
    let replies = (0..40)
        .map(|_| json(200, r#"{"portalId":50001}"#))
        .collect();
    let hubspot = Scripted::start(replies).await;
    let client = Arc::new(api_with(&hubspot.url, allowance(5, 60_000)));
    let mut calls = JoinSet::new();
    flood(&mut calls, &client, TOKEN, Lane::VerifySilence, 6);
    let mut held_back = 0;
    while let Some(call) = calls.join_next().await {
        held_back += usize::from(!call.unwrap().2);
    }
    assert_eq!(held_back + hubspot.seen().len(), 6);
    assert!(
        held_back >= 4,
        "{held_back}: one place of five is kept for each lane"
    );
    let counted = r#"baton_hubspot_calls_total{endpoint="account_info",outcome="held_back"}"#;
    assert!(baton::metrics::render().contains(counted));
}
