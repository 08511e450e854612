//! Disconnecting while HubSpot is away: the AI is silent at once, and HubSpot is told once it
//! answers; the tokens are kept for that alone.

use crate::browsing::Browser;
use crate::world::{ADMIN_KEY, PORTAL, World};
use baton::simulator::hubspot::fault::{Effect, Fault};
use reqwest::Method;
use std::time::{Duration, Instant};

const CONNECTION: &str = "/v1/portals/50001/connection";

async fn disconnect(world: &World) -> String {
    let (status, body) = world.api(Method::DELETE, ADMIN_KEY, CONNECTION, "").await;
    assert_eq!(status, 200, "{body}");
    body["result"].as_str().unwrap().to_owned()
}

/// How long an attempt is given before the next one is made due.
const ATTEMPT: Duration = Duration::from_secs(5);

/// Whoever waits for the next attempt does so no longer.
fn hurry(world: &World) {
    let due = "UPDATE unfinished_disconnects SET next_attempt_at = now()";
    diesel::connection::SimpleConnection::batch_execute(&mut world.sql(), due).unwrap();
}

async fn until_told(world: &World) {
    let began = Instant::now();
    let mut hurried: Option<Instant> = None;
    while world.count("credentials") > 0 {
        if hurried.is_none_or(|at| at.elapsed() > ATTEMPT) {
            hurry(world);
            hurried = Some(Instant::now());
        }
        let left = "SELECT last_failure FROM unfinished_disconnects";
        let is_late = began.elapsed() > Duration::from_secs(90);
        assert!(!is_late, "{:?}", world.texts(left));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.count("unfinished_disconnects"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_hubspot_down_a_disconnect_silences_at_once_and_is_told_once_hubspot_answers() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    world.hubspot.add_fault(Fault::status(503));

    assert_eq!(
        disconnect(&world).await,
        "disconnected_hubspot_not_told_yet"
    );

    let view = world.view(PORTAL).await;
    assert_eq!(view["connection"], "reconnect_required");
    assert_eq!(view["unavailable"]["because"], "disconnected");
    assert!(view["unfinished_disconnect"]["since"].is_string(), "{view}");
    assert!(world.service.tokens.token_for(PORTAL).await.is_err());
    let kept = "SELECT concat_ws(' ', kind, status, \
                round(extract(epoch FROM wipe_at - retired_at) / 86400)) FROM credentials";
    assert_eq!(world.texts(kept), ["oauth retired 30"]);
    let page = browser.get("/console/portals/50001").await;
    assert!(page.says("HubSpot has not been told yet"), "{}", page.body);
    assert!(page.says("Not connected"), "{}", page.body);
    assert!(world.hubspot.is_installed(PORTAL));

    world.hubspot.clear_faults();
    until_told(&world).await;

    assert!(!world.hubspot.is_installed(PORTAL));
    assert_eq!(
        world.view(PORTAL).await["unfinished_disconnect"],
        serde_json::Value::Null
    );
    let page = browser.get("/console/portals/50001").await;
    assert!(!page.says("HubSpot has not been told yet"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ran_out_meanwhile_is_refreshed_to_uninstall() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.hubspot.add_fault(Fault::status(503));
    disconnect(&world).await;
    world.hubspot.expire_access_tokens(PORTAL);

    world.hubspot.clear_faults();
    until_told(&world).await;

    assert!(!world.hubspot.is_installed(PORTAL));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_died_meanwhile_is_left_alone_and_its_tokens_wiped() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.hubspot.add_fault(Fault::status(503));
    disconnect(&world).await;
    world.hubspot.uninstall(PORTAL);

    world.hubspot.clear_faults();
    until_told(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_the_silence_and_the_telling_another_replica_tells() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    // What the commit of a disconnect leaves, its process dead before it asked HubSpot.
    let mut conn = world.sql();
    baton::store::unfinished_disconnects::begin(&mut conn, PORTAL)
        .unwrap()
        .expect("a grant to end");
    let because = baton::store::portals::UnavailableBecause::Disconnected;
    baton::store::portals::mark_unavailable(&mut conn, PORTAL, because).unwrap();

    let (other, _) = world.another_replica().await;
    until_told(&world).await;

    assert!(!world.hubspot.is_installed(PORTAL));
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_before_hubspot_was_told_keeps_the_new_connection() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    world
        .hubspot
        .add_fault(Fault::status(503).at("/appinstalls"));
    disconnect(&world).await;
    assert_eq!(world.count("unfinished_disconnects"), 1);

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    world.hubspot.clear_faults();
    assert_eq!(world.count("unfinished_disconnects"), 0);
    assert!(world.hubspot.is_installed(PORTAL));
    let token = world.service.tokens.token_for(PORTAL).await;
    assert!(token.is_ok(), "{token:?}");
    assert_eq!(world.view(PORTAL).await["connection"], "connected");
}

const UNINSTALL: &str = "/appinstalls/2026-03/external-install";
/// Long enough to connect again, and below what a call of HubSpot may take.
const HELD_BACK: Effect = Effect::Slow { ms: 5_000 };

/// Whether the one call that is held back is on its way.
async fn has_struck(world: &World) -> bool {
    let url = format!("{}/_simulator/faults", world.hubspot.url());
    let left = crate::base::client().get(url).send().await.unwrap();
    let left: serde_json::Value = left.json().await.unwrap();
    left["faults"] == serde_json::json!([])
}

/// Disconnects, and connects again while HubSpot holds the uninstall, or its answer, back.
async fn reconnect_meanwhile(world: &World, browser: &mut Browser) {
    let told = async {
        let answer = disconnect(world).await;
        (answer, Instant::now())
    };
    let connected = async {
        let began = Instant::now();
        while !has_struck(world).await {
            assert!(began.elapsed() < Duration::from_secs(20), "never asked");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let end = world.connect(browser, PORTAL).await;
        assert_eq!(end.status, 303, "{}", end.body);
        Instant::now()
    };
    let ((_, told_at), connected_at) = tokio::join!(told, connected);
    assert!(connected_at < told_at, "the answer was not held back");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_answered_after_the_portal_was_connected_again_ends_nothing_of_it() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    let held_back = Fault::always(HELD_BACK).at(UNINSTALL).times(1);
    world.hubspot.add_fault(held_back.after_its_effect());

    reconnect_meanwhile(&world, &mut browser).await;

    assert!(world.hubspot.is_installed(PORTAL));
    assert_eq!(world.count("credentials WHERE status = 'active'"), 1);
    assert_eq!(world.count("unfinished_disconnects"), 0);
    assert_eq!(world.view(PORTAL).await["connection"], "connected");
    let refreshed = world.service.tokens.refresh_ahead(PORTAL).await;
    assert!(refreshed.is_ok(), "{refreshed:?}");
    let revoked = world.asked("/oauth/2026-03/token/revoke");
    assert_eq!(revoked, 0, "the new connection's app has nothing revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uninstall_that_took_the_new_connection_along_is_noticed_at_once() {
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    let held_back = Fault::always(HELD_BACK).at(UNINSTALL).times(1);
    world.hubspot.add_fault(held_back);

    reconnect_meanwhile(&world, &mut browser).await;

    assert!(!world.hubspot.is_installed(PORTAL));
    let began = Instant::now();
    let mut view = world.view(PORTAL).await;
    while view["connection"] != "reconnect_required" {
        assert!(began.elapsed() < Duration::from_secs(30), "{view}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        view = world.view(PORTAL).await;
    }
    assert_eq!(view["unavailable"]["because"], "revoked");
    let page = browser.get("/console/portals/50001").await;
    assert!(page.says("Reconnect required"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_of_an_earlier_disconnect_ends_nothing_of_a_later_one() {
    use baton::store::unfinished_disconnects::{begin, finish, is_current};
    let world = World::start().await;
    let mut browser = world.connected(PORTAL).await;
    let mut conn = world.sql();
    let earlier = begin(&mut conn, PORTAL).unwrap().expect("a grant to end");
    world.connect(&mut browser, PORTAL).await;
    let later = begin(&mut conn, PORTAL).unwrap().expect("a grant to end");
    assert_eq!(later.attempt, earlier.attempt);

    assert!(!is_current(&mut conn, earlier).unwrap());
    assert!(!finish(&mut conn, earlier).unwrap());

    assert_eq!(world.count("credentials"), 1);
    assert!(finish(&mut conn, later).unwrap());
    assert_eq!(world.count("credentials"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_could_not_be_ended_in_a_month_are_wiped_with_their_row() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.hubspot.add_fault(Fault::status(503));
    disconnect(&world).await;
    let over = "UPDATE credentials SET wipe_at = now()";
    diesel::connection::SimpleConnection::batch_execute(&mut world.sql(), over).unwrap();

    let wiped = baton::store::credentials::wipe::wipe_due(&mut world.sql()).unwrap();

    assert_eq!(wiped, 1);
    assert_eq!(world.count("unfinished_disconnects"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_names_no_secret_anywhere() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let token = world.service.tokens.token_for(PORTAL).await.unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&token.secret).to_owned();
    world.hubspot.add_fault(Fault::status(503));
    disconnect(&world).await;

    let rows = world
        .texts("SELECT to_jsonb(u) FROM unfinished_disconnects AS u")
        .join("");
    let page = Browser::signed_in(&world)
        .await
        .get("/console/portals/50001")
        .await;

    assert!(!rows.contains(&secret) && !page.body.contains(&secret));
}
