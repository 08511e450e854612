//! Crowds of strangers, where accounts connect themselves: they cost HubSpot few calls and the
//! database few rows, and keep no admin waiting.

use crate::browsing::{Browser, Seen};
use crate::world::{PORTAL, World};
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::hubspot::fault::{Effect, Fault};
use baton::store::oauth_states::delete_old;
use diesel::connection::SimpleConnection;

const TOKEN: &str = "/oauth/2026-03/token";
const INSTALL: &str = "/hubspot/oauth/install";
/// As many as strangers may have under way, of each way.
const MOST: u32 = 1_000;

/// The path by which HubSpot's marketplace brings a code.
fn bringing(world: &World, code: &str) -> String {
    let home = format!("{}/done", world.hubspot.url());
    let home: String = url::form_urlencoded::byte_serialize(home.as_bytes()).collect();
    format!("/hubspot/oauth/callback?code={code}&returnUrl={home}")
}

/// So many consents that strangers have under way.
fn under_way(world: &World, count: u32, purpose: &str) {
    let sql = format!(
        "INSERT INTO oauth_states (state_sha256, browser_sha256, redirect_uri, features, purpose, \
            started_by_admin, expires_at) \
         SELECT sha256(('{purpose}' || n)::bytea), sha256(''), '', 'all', '{purpose}', false, \
            now() + interval '9 minutes' FROM generate_series(1, {count}) n"
    );
    world.sql().batch_execute(&sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn made_up_codes_cost_hubspot_few_calls_at_once_and_keep_no_admin_waiting() {
    let world = World::start_with(AllowedPortals::Any).await;
    let mut admin = Browser::signed_in(&world).await;
    let consent = world.begin(&mut admin).await;
    let back = world.approved(&consent, PORTAL);
    world
        .hubspot
        .add_fault(Fault::always(Effect::Slow { ms: 5_000 }).at(TOKEN));

    let mut crowd = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (mut stranger, path) = (Browser::new(&world), bringing(&world, &format!("x{n}")));
        crowd.spawn(async move { stranger.get(&path).await });
    }
    let connected = admin.get(&back).await;
    let seen: Vec<Seen> = crowd.join_all().await;

    assert_eq!(connected.status, 303, "{}", connected.body);
    let waited: Vec<_> = seen.iter().filter(|seen| seen.status == 503).collect();
    assert_eq!(waited.len(), 4, "two at once");
    for seen in waited {
        assert!(seen.says("Reload this page in a moment"), "{}", seen.body);
    }
    assert_eq!(world.asked(TOKEN), 3, "two codes, and the admin's");

    world.hubspot.clear_faults();
    for n in 0..6 {
        let again = Browser::new(&world)
            .get(&bringing(&world, &format!("x{n}")))
            .await;
        assert_eq!(again.status, 400, "judged by now: {}", again.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_begin_so_many_installations_and_an_admin_begins_all_the_same() {
    let world = World::start_with(AllowedPortals::Any).await;
    let mut stranger = Browser::new(&world);
    let mut admin = Browser::signed_in(&world).await;
    under_way(&world, MOST - 1, "install");

    let last = stranger.get(INSTALL).await;
    let one_more = stranger.get(INSTALL).await;
    let of_admin = admin.get(INSTALL).await;

    assert_eq!((last.status, one_more.status), (303, 503));
    assert!(
        one_more.says("Try again in a few minutes"),
        "{}",
        one_more.body
    );
    assert_eq!(of_admin.status, 303);
    assert_eq!(world.count("oauth_states"), i64::from(MOST) + 1);

    let over = "UPDATE oauth_states SET expires_at = now() - interval '1 minute'";
    world.sql().batch_execute(over).unwrap();
    assert_eq!(
        stranger.get(INSTALL).await.status,
        303,
        "their time is over"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_that_strangers_bring_without_a_state_are_counted_by_themselves() {
    let world = World::start_with(AllowedPortals::Any).await;
    under_way(&world, MOST, "marketplace");

    let refused = Browser::new(&world).get(&bringing(&world, "x1")).await;
    let begun = Browser::new(&world).get(INSTALL).await;

    assert_eq!((refused.status, begun.status), (503, 303));
    assert_eq!(world.asked(TOKEN), 0);
    assert_eq!(world.count("oauth_states"), i64::from(MOST) + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn consents_that_are_over_are_deleted_in_steps() {
    let world = World::start().await;
    under_way(&world, 5_001, "install");
    let mut conn = world.sql();
    conn.batch_execute("UPDATE oauth_states SET expires_at = now() - interval '2 days'")
        .unwrap();

    let is_more = delete_old(&mut conn).unwrap();

    assert_eq!((is_more, world.count("oauth_states")), (true, 1));
    assert!(!delete_old(&mut conn).unwrap());
    assert_eq!(world.count("oauth_states"), 0);
}
