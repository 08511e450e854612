//! Every way an installation can fail, and what the page says then.

use crate::browsing::Browser;
use crate::world::{PORTAL, STARTER, World};
use baton::service::allow_portal::AllowedPortals;
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::fault::{Effect, Fault};
use diesel::connection::SimpleConnection;

fn nothing_is_stored(world: &World) {
    for table in ["portals", "credentials", "portal_changes", "outbox"] {
        assert_eq!(world.count(table), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_consent_connects_nothing_and_says_so() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let consent = world.begin(&mut browser).await;
    let back = world.hubspot.cancel(&consent).unwrap();

    let end = browser.get(back.strip_prefix(&world.url).unwrap()).await;

    assert_eq!(end.status, 200);
    assert!(
        end.says("HubSpot was not connected") && end.says("was cancelled"),
        "{}",
        end.body
    );
    assert!(
        end.says("If HubSpot itself showed an error"),
        "{}",
        end.body
    );
    nothing_is_stored(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_error_in_the_address_are_not_repeated() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);

    let end = browser
        .get("/hubspot/oauth/callback?error=call_us&error_description=Call+0800+EVIL+%3Cb%3E")
        .await;

    assert_eq!(end.status, 200);
    assert!(!end.says("EVIL") && !end.says("call_us"), "{}", end.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_admin_nobody_begins_where_only_admins_connect() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);

    let off = browser.get("/hubspot/oauth/install?features=base").await;

    assert_eq!(off.status, 303);
    assert!(
        off.location.starts_with("/console/sign-in?next="),
        "{}",
        off.location
    );
    assert!(off.location.contains("features"), "{}", off.location);
    assert_eq!(world.count("oauth_states"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_not_allowed_has_its_tokens_revoked_and_leaves_no_row() {
    let world = World::start_with(AllowedPortals::Listed([STARTER].into())).await;
    let mut browser = Browser::signed_in(&world).await;

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 403);
    assert!(
        end.says("This account may not connect") && end.says("50001"),
        "{}",
        end.body
    );
    assert!(end.says("void already"), "{}", end.body);
    assert_eq!(world.asked("/oauth/2026-03/token/revoke"), 1);
    nothing_is_stored(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_state_a_foreign_browser_and_a_late_return_exchange_nothing() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let consent = world.begin(&mut browser).await;
    let back = world.approved(&consent, PORTAL);
    let (start, state) = back.split_once("state=").unwrap();
    let other_state = format!("{start}state={}", state.chars().rev().collect::<String>());
    let no_state = back.replace(&format!("state={state}"), "");
    let mut stranger = Browser::signed_in(&world).await;
    let mut without_cookies = Browser::new(&world);

    let wrong = browser.get(&other_state).await;
    let none = browser.get(&no_state).await;
    let foreign = stranger.get(&back).await;
    let cookieless = without_cookies.get(&back).await;
    let late = "UPDATE oauth_states SET expires_at = now() - interval '1 second'";
    world.sql().batch_execute(late).unwrap();
    let late = browser.get(&back).await;

    for (seen, status, words) in [
        (&wrong, 400, "did not begin here"),
        (&none, 400, "did not begin here"),
        (&foreign, 403, "Another browser began"),
        (&cookieless, 403, "Another browser began"),
        (&late, 400, "longer than 10 minutes"),
    ] {
        assert_eq!(seen.status, status, "{}", seen.body);
        assert!(
            seen.says(words) && seen.says("Nothing was connected"),
            "{}",
            seen.body
        );
        assert!(seen.says("If HubSpot itself showed an error"), "{words}");
    }
    assert_eq!(world.asked("/oauth/2026-03/token"), 0);
    nothing_is_stored(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_hubspot_no_longer_takes_is_explained() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    let consent = world.begin(&mut browser).await;
    let back = world.approved(&consent, PORTAL);
    world.hubspot.advance(std::time::Duration::from_secs(120));

    let end = browser.get(&back).await;
    let again = browser.get(&back).await;

    assert_eq!((end.status, again.status), (400, 400));
    assert!(end.says("used or came too late"), "{}", end.body);
    assert_eq!(
        world.asked("/oauth/2026-03/token"),
        1,
        "the second only shows the first's end"
    );
    nothing_is_stored(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_from_hubspot_is_hubspots_and_never_ends_in_a_half_connected_portal() {
    let world = World::start().await;
    let mut browser = Browser::signed_in(&world).await;
    for effect in [Effect::Garbage, Effect::Reset] {
        let consent = world.begin(&mut browser).await;
        let back = world.approved(&consent, PORTAL);
        world
            .hubspot
            .add_fault(Fault::always(effect).at("/oauth/2026-03/token"));

        let end = browser.get(&back).await;

        assert_eq!(end.status, 503, "{}", end.body);
        assert!(end.says("Nothing is lost"), "{}", end.body);
        world.hubspot.clear_faults();
        nothing_is_stored(&world);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_addresses_are_refused_before_anything_is_asked() {
    let world = World::start_with(AllowedPortals::Any).await;
    let mut browser = Browser::new(&world);
    for path in [
        "/hubspot/oauth/callback",
        "/hubspot/oauth/callback?code=",
        "/hubspot/oauth/callback?code=a&code=b&state=c",
        "/hubspot/oauth/callback?code=a%00b&state=c",
        "/hubspot/oauth/callback?state=c",
        "/hubspot/oauth/callback?step=authorize",
        "/hubspot/oauth/callback?step=authorize&returnUrl=https%3A%2F%2Fevil.example%2F",
        "/hubspot/oauth/callback?code=a&returnUrl=https%3A%2F%2Fevil.example%2F",
        "/hubspot/oauth/install?features=everything",
        "/hubspot/oauth/install?portal=0",
        "/hubspot/oauth/install?portal=x",
        "/hubspot/oauth/install?returnUrl=%2F%2Fevil.example",
    ] {
        let end = browser.get(path).await;
        assert_eq!(end.status, 400, "{path}");
        assert!(end.says("What to do"), "{path}: {}", end.body);
        assert_eq!(end.location, "", "{path}");
    }
    assert_eq!(world.hubspot.requests(), []);
    assert_eq!(world.count("oauth_states"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_lacks_a_scope_connects_nothing_and_names_it() {
    // An app in HubSpot that registered less than Baton asks for.
    let missing = "conversations.write";
    let mut options = HubSpotOptions::demo();
    options
        .app
        .required_scopes
        .retain(|scope| *scope != missing);
    let world = World::start_beside(options, AllowedPortals::Connected).await;
    let mut browser = Browser::signed_in(&world).await;
    let consent = world.begin(&mut browser).await;
    let lesser = consent.replacen(&format!("{missing}%20"), "", 1);
    assert_ne!(lesser, consent, "the link asks for it");
    let back = world.approved(&lesser, PORTAL);

    let end = browser.get(&back).await;
    let again = browser.get(&back).await;

    for page in [end, again] {
        assert_eq!(page.status, 403, "{}", page.body);
        assert!(page.says("HubSpot granted too little"), "{}", page.body);
        assert!(page.says("missing: conversations.write"), "{}", page.body);
        assert!(page.says("app&#39;s scopes in HubSpot") || page.says("app's scopes in HubSpot"));
    }
    nothing_is_stored(&world);
    assert_eq!(
        world.asked("/oauth/2026-03/token/revoke"),
        1,
        "its tokens are void"
    );
}
