//! A connection that breaks and is renewed, and one that is ended.

use crate::chromium::Chromium;
use crate::connecting::{choose_sender, connect_customer, sign_in};
use crate::world::World;
use baton::domain::ids::PortalId;

const CUSTOMER: PortalId = PortalId(50_001);

#[tokio::test]
async fn a_revoked_connection_is_renewed_and_a_disconnected_one_keeps_everything() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("leaving").await else {
        return;
    };
    sign_in(&browser, &world).await;
    connect_customer(&browser).await;
    choose_sender(&browser, &world).await;
    browser.click("Save sender").await;
    browser.sees("The AI sender is set.").await;

    assert_eq!(world.hubspot.revoke_refresh_tokens(CUSTOMER), 1);
    world.hubspot.expire_access_tokens(CUSTOMER);
    // Whoever asks HubSpot next finds out; here the page that lists the teammates.
    let page = world.at("/console/portals/50001");
    let is_found_out = async |browser: &Chromium| browser.shows("Reconnect required").await;
    browser.reload_until(&page, is_found_out).await;
    browser.sees("HubSpot no longer accepts").await;
    browser.shoot_all("reconnect-required").await;
    browser.click("Reconnect").await;
    browser.sees("Choose an account").await;
    browser.click("Connect app").await;
    browser.hears("HubSpot reconnected.").await;
    assert!(browser.shows("Acme Assistant").await);
    browser.shoot("reconnected").await;

    browser.click("Settings").await;
    browser
        .fill("A person's reply silences the AI for", "45")
        .await;
    browser.choose("Hours", "only at these times").await;
    browser.fill("Times", "Mon 09:00-17:00").await;
    browser.shoot_all("settings").await;
    browser.click("Save settings").await;
    browser.hears("Settings saved.").await;
    assert!(
        browser
            .ask("return document.getElementById('reply_window').value")
            .await
            == "45"
    );

    browser.click("Overview").await;
    browser.click("Disconnect…").await;
    browser.sees("Disconnect acme-support.example?").await;
    browser.shoot_all("disconnect").await;
    browser.click("Disconnect").await;
    browser.hears("Disconnected.").await;
    browser.sees("An admin disconnected this portal.").await;
    assert!(browser.shows("Not connected").await);
    assert!(browser.shows("Acme Assistant").await);
    browser.shoot_all("disconnected").await;

    browser.click("Sign out").await;
    browser.hears("You are signed out.").await;
    browser.close().await;
}
