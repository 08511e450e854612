//! Installations that begin in HubSpot's marketplace: with a state of ours after partner sign-in,
//! or with nothing but a code.

use crate::browsing::Browser;
use crate::world::{PORTAL, World};
use baton::service::allow_portal::AllowedPortals;

/// A code as the marketplace hands it out.
async fn code_of(world: &World) -> String {
    let mut somebody = Browser::new(world);
    let consent = world.begin(&mut somebody).await;
    let back = world.approved(&consent, PORTAL);
    let (_, rest) = back.split_once("code=").unwrap();
    rest.split('&').next().unwrap().to_owned()
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_without_a_state_connects_where_it_is_open_and_leads_back_to_hubspot() {
    let world = World::start_with(AllowedPortals::Any).await;
    let code = code_of(&world).await;
    let home = format!("{}/marketplace/done?x=1", world.hubspot.url());
    let path = format!(
        "/hubspot/oauth/callback?code={code}&returnUrl={}",
        encoded(&home)
    );
    let mut browser = Browser::new(&world);

    let first = browser.get(&path).await;
    let again = browser.get(&path).await;

    assert_eq!(
        (first.status, first.location.as_str()),
        (303, home.as_str()),
        "{}",
        first.body
    );
    assert_eq!(
        (again.status, again.location.as_str()),
        (303, home.as_str()),
        "{}",
        again.body
    );
    assert_eq!(world.hubspot.exchanges(PORTAL).codes, 1);
    assert_eq!(world.view(PORTAL).await["connection"], "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_admins_connect_a_code_without_a_state_makes_no_token() {
    let world = World::start().await;
    let mut admin = Browser::signed_in(&world).await;
    let consent = world.begin(&mut admin).await;
    let back = world.approved(&consent, PORTAL);
    let (_, rest) = back.split_once("code=").unwrap();
    let code = rest.split('&').next().unwrap();
    let home = encoded(&format!("{}/done", world.hubspot.url()));
    let path = format!("/hubspot/oauth/callback?code={code}&returnUrl={home}");

    for browser in [&mut Browser::new(&world), &mut admin] {
        let end = browser.get(&path).await;
        assert_eq!(end.status, 403);
        assert!(
            end.says("An admin has to connect this account"),
            "{}",
            end.body
        );
    }
    assert_eq!(world.asked("/oauth/2026-03/token"), 0);
    assert_eq!(world.count("portals"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn partner_sign_in_hands_our_state_to_hubspot_and_takes_it_back_once() {
    let world = World::start().await;
    let mut admin = Browser::signed_in(&world).await;
    let home = format!("{}/marketplace/finish?listing=7", world.hubspot.url());
    let step = format!(
        "/hubspot/oauth/install?step=authorize&returnUrl={}",
        encoded(&home)
    );

    let off = admin.get(&step).await;

    assert_eq!(off.status, 303, "{}", off.body);
    let (start, state) = off.location.split_once("&state=").unwrap();
    assert_eq!((start, state.len()), (home.as_str(), 43));
    let consent = world.begin(&mut admin).await;
    let back = world.approved(&consent, PORTAL);
    let (_, rest) = back.split_once("code=").unwrap();
    let code = rest.split('&').next().unwrap();
    let last = format!(
        "/hubspot/oauth/callback?step=finalize&code={code}&state={state}&returnUrl={}",
        encoded(&home)
    );
    let end = admin.get(&last).await;
    assert_eq!(
        (end.status, end.location.as_str()),
        (303, home.as_str()),
        "{}",
        end.body
    );
    assert_eq!(world.view(PORTAL).await["connection"], "connected");
    let by = "SELECT actor FROM portal_changes";
    assert_eq!(world.texts(by), ["admin"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn partner_sign_in_without_an_admin_explains_itself() {
    let world = World::start().await;
    let mut browser = Browser::new(&world);
    let home = encoded(&format!("{}/finish", world.hubspot.url()));

    let end = browser
        .get(&format!(
            "/hubspot/oauth/install?step=authorize&returnUrl={home}"
        ))
        .await;

    assert_eq!(end.status, 403);
    assert!(
        end.says("An admin has to connect this account"),
        "{}",
        end.body
    );
    assert_eq!(world.count("oauth_states"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_but_hubspots_is_ever_gone_back_to() {
    let world = World::start_with(AllowedPortals::Any).await;
    let code = code_of(&world).await;
    let mut browser = Browser::new(&world);
    let port = world.hubspot.address().port();
    for evil in [
        "https://evil.example/".to_owned(),
        "//app.hubspot.com/".to_owned(),
        "https://app.hubspot.com.evil.example/".to_owned(),
        "https://app.hubspot.com@evil.example/".to_owned(),
        "http://app.hubspot.com/".to_owned(),
        "javascript:alert(1)".to_owned(),
        format!("https://127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{}/", port ^ 1),
    ] {
        let path = format!(
            "/hubspot/oauth/callback?code={code}&returnUrl={}",
            encoded(&evil)
        );
        let end = browser.get(&path).await;
        assert_eq!((end.status, end.location.as_str()), (400, ""), "{evil}");
    }
    assert_eq!(
        world.asked("/oauth/2026-03/token"),
        0,
        "the code is not spent"
    );
}
