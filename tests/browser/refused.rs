//! Portals that may not connect.

use crate::chromium::Chromium;
use crate::connecting::sign_in;
use crate::world::World;
use baton::domain::ids::PortalId;
use baton::service::allow_portal::AllowedPortals;

#[tokio::test]
async fn a_portal_that_is_not_allowed_is_told_so_and_nothing_is_kept() {
    let only = AllowedPortals::Listed([PortalId(50_003)].into());
    let world = World::start_with(only).await;
    let Some(browser) = Chromium::open("refused").await else {
        return;
    };
    sign_in(&browser, &world).await;
    browser.click("Connect with HubSpot").await;
    browser.sees("Choose an account").await;
    browser.click("Connect app").await;
    browser.sees("This account may not connect").await;
    browser.sees("BATON_ALLOWED_PORTALS").await;
    browser.shoot_all("not-allowed").await;
    browser.go(&world.at("/console/portals/50001")).await;
    browser.sees("There is nothing here").await;
    browser.shoot_all("nothing-here").await;
    browser.close().await;
}
