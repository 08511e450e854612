//! Installs that begin in HubSpot's marketplace.

use crate::world::{CUSTOMER, World, encoded, parameter};

const CALLBACK: &str = "http://127.0.0.1:4711/hubspot/oauth/callback";
const INSTALL: &str = "http://127.0.0.1:4711/hubspot/oauth/install?";

async fn world() -> World {
    let world = World::start().await;
    world.hubspot.serve_at("http://127.0.0.1:4711/");
    world
}

async fn exchange(world: &World, code: &str) -> u16 {
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
    ];
    world.token("", &fields).await.status
}

#[tokio::test]
async fn without_a_sign_in_the_install_url_gets_a_code_and_where_to_return() {
    let world = world().await;

    let sent = world.form("/marketplace/50001/install", &[]).await;

    let location = sent.header("location");
    assert!(location.starts_with(INSTALL), "{location}");
    assert_eq!(parameter(location, "state"), "");
    let back = parameter(location, "returnUrl");
    let back = back.strip_prefix(world.hubspot.url()).unwrap();
    assert!(world.get(back).await.text.contains("it is not installed"));
    assert_eq!(exchange(&world, &parameter(location, "code")).await, 200);
    assert!(world.get(back).await.text.contains("The app is installed"));
}

#[tokio::test]
async fn with_a_sign_in_the_code_comes_after_the_apps_state() {
    let world = world().await;

    let first = world.form("/marketplace/50001/sign-in", &[]).await;
    let location = first.header("location");
    assert!(location.starts_with(INSTALL), "{location}");
    assert_eq!(parameter(location, "step"), "authorize");
    assert_eq!(parameter(location, "code"), "");

    let back = parameter(location, "returnUrl");
    let back = back.strip_prefix(world.hubspot.url()).unwrap();
    assert_eq!(world.get(back).await.status, 400, "no state");
    let state = encoded(&[("state", "of & the app")]);
    let second = world.get(&format!("{back}?{state}")).await;

    let location = second.header("location");
    assert!(location.starts_with(INSTALL), "{location}");
    assert_eq!(parameter(location, "step"), "finalize");
    assert_eq!(parameter(location, "state"), "of & the app");
    assert!(parameter(location, "returnUrl").ends_with("/marketplace/50001/done"));
    assert_eq!(exchange(&world, &parameter(location, "code")).await, 200);
    assert!(world.hubspot.is_installed(CUSTOMER));
}

#[tokio::test]
async fn an_unknown_account_installs_nothing() {
    let world = world().await;
    for portal in ["99", "x", "-1"] {
        let path = format!("/marketplace/{portal}/install");
        assert_eq!(world.form(&path, &[]).await.status, 404);
    }
}
