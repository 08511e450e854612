//! From an empty console to a connected portal whose AI may speak.

use crate::chromium::Chromium;
use crate::world::{PASSWORD, World};

/// Signs in with the keyboard alone.
pub async fn sign_in(browser: &Chromium, world: &World) {
    browser.go(&world.at("/console")).await;
    browser.focuses("password").await;
    browser.press(PASSWORD).await;
    browser.press("\u{E007}").await;
    browser.sees("Connect a portal").await;
}

/// Connects the demo's customer.
pub async fn connect_customer(browser: &Chromium) {
    browser.click("Connect with HubSpot").await;
    browser.sees("Choose an account").await;
    browser.click("Connect app").await;
    browser.hears("HubSpot connected.").await;
}

/// Chooses the demo's AI sender, once the page names the teammates: it does not wait long for
/// HubSpot.
pub async fn choose_sender(browser: &Chromium, world: &World) {
    let (list, sender) = ("Teammate", "Acme Assistant");
    if !browser.offers(list, sender).await {
        let page = world.at("/console/portals/50001");
        let is_named = async |browser: &Chromium| browser.offers(list, sender).await;
        browser.reload_until(&page, is_named).await;
    }
    browser.choose(list, sender).await;
}

#[tokio::test]
async fn an_admin_signs_in_denies_connects_and_lets_the_ai_speak() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("connecting").await else {
        return;
    };

    browser.go(&world.at("/console")).await;
    browser.sees("Sign in").await;
    browser.shoot_all("sign-in").await;
    browser.fill("Password", "not the password").await;
    browser.click("Sign in").await;
    browser.sees("That is not the password.").await;
    browser.shoot("wrong-password").await;
    browser.fill("Password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.sees("No portal is connected yet").await;
    browser.shoot_all("no-portals").await;

    browser.click("Connect with HubSpot").await;
    browser.sees("Choose an account").await;
    browser.shoot("consent").await;
    browser.click("Cancel").await;
    browser.sees("HubSpot was not connected").await;
    assert!(browser.shows("Nothing was connected").await);
    browser.shoot_all("denied").await;

    connect_customer(&browser).await;
    assert_eq!(browser.path().await, "/console/portals/50001");
    for words in [
        "Connected",
        "acme-support.example",
        "North America",
        "AI sender",
        "Not chosen",
    ] {
        assert!(browser.shows(words).await, "{words}");
    }
    browser.click("Scopes: all 13 granted").await;
    browser.shoot_all("connected").await;

    choose_sender(&browser, &world).await;
    browser.tick("No person uses this user").await;
    browser.click("Save sender").await;
    browser.hears("The AI sender is set.").await;
    browser.sees("AI on").await;
    browser.shoot_all("sender-chosen").await;

    browser.click("Switch the AI off").await;
    browser.hears("The AI is switched off.").await;
    browser.sees("AI switched off").await;
    browser.shoot("switched-off").await;
    browser.click("Switch the AI on").await;
    browser.hears("The AI is switched on.").await;
    browser.go(&world.at("/console")).await;
    browser.shoot_all("portals").await;
    browser.close().await;
}

#[tokio::test]
async fn a_plan_without_workflows_connects_without_their_actions() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("starter").await else {
        return;
    };
    sign_in(&browser, &world).await;
    browser.click("My HubSpot plan has no workflows").await;
    browser.click("Connect without workflow actions").await;
    browser.sees("Choose an account").await;
    browser.tick("as Cora Corner").await;
    browser.click("Connect app").await;
    browser.hears("HubSpot connected.").await;
    browser
        .sees("No workflow actions here; everything else works.")
        .await;
    browser.sees("Professional or Enterprise").await;
    browser.shoot_all("connected").await;
    browser.close().await;
}
