//! From a private app to the app, in place.

use crate::chromium::Chromium;
use crate::connecting::sign_in;
use crate::world::World;
use baton::simulator::demo_world;

#[tokio::test]
async fn a_private_app_connects_by_its_token_and_moves_to_the_app() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("migrating").await else {
        return;
    };
    let token = world.hubspot.private_app_token(demo_world::PORTAL).unwrap();
    sign_in(&browser, &world).await;

    browser.click("I have the token of a private app").await;
    browser.fill("Access token", "pat-na1-wrong").await;
    browser.shoot_all("paste").await;
    browser.click("Connect private app").await;
    browser.sees("The private app was not connected").await;
    browser.shoot("refused").await;
    browser.click("Back to the portals").await;
    browser.click("I have the token of a private app").await;
    browser.fill("Access token", &token).await;
    browser.click("Connect private app").await;
    browser.hears("Private app connected.").await;
    browser
        .sees("HubSpot Private Apps are being phased out")
        .await;
    browser.sees("Workflow actions").await;
    assert!(!browser.shows(&token).await);
    browser.shoot_all("private-app").await;

    browser.click("Connect with HubSpot").await;
    browser.sees("Choose an account").await;
    browser.click("Connect app").await;
    browser.sees("you may now delete the private app").await;
    browser.sees("The app has replaced the private app.").await;
    assert!(!browser.shows("being phased out").await);
    browser.shoot_all("migrated").await;
    browser.close().await;
}
