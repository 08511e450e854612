//! The accounts of the demo's world differ in plan, region and kind.

use crate::world::{CUSTOMER, EUROPEAN, REQUIRED, SANDBOX, STARTER, World, install_url, parameter};
use baton::simulator::hubspot::authorize::Mistake;

#[tokio::test]
async fn each_account_says_what_and_where_it_is() {
    let world = World::start().await;
    for (portal, kind, domain, region) in [
        (CUSTOMER, "STANDARD", "app.hubspot.com", "na1"),
        (STARTER, "STANDARD", "app.hubspot.com", "na1"),
        (EUROPEAN, "STANDARD", "app-eu1.hubspot.com", "eu1"),
        (SANDBOX, "SANDBOX", "app.hubspot.com", "na1"),
    ] {
        let token = world.install(portal).await.access;
        let details = world
            .call("GET", "/account-info/2026-03/details", &token)
            .await;
        assert_eq!(details.json()["portalId"], portal.0);
        assert_eq!(details.field("accountType"), kind);
        assert_eq!(details.field("uiDomain"), domain);
        assert_eq!(details.field("dataHostingLocation"), region);
        let info = world
            .token("/introspect", &[("token", &token)])
            .await
            .json();
        assert_eq!(info["signed_access_token"]["hublet"], region);
        assert_eq!(info["hub_id"], portal.0);
        assert!(token.starts_with(region));
    }
}

#[tokio::test]
async fn only_a_plan_with_workflows_can_grant_automation() {
    let world = World::start().await;
    let url = install_url(&format!("{REQUIRED} automation"), "");
    let refused = world.hubspot.approve(&url, STARTER).unwrap_err();
    assert!(matches!(refused, Mistake::PlanLacks { .. }), "{refused}");
    for portal in [CUSTOMER, EUROPEAN, SANDBOX] {
        let sent_to = world.hubspot.approve(&url, portal).unwrap();
        assert_ne!(parameter(&sent_to, "code"), "");
    }
}

#[tokio::test]
async fn the_teams_of_an_account_name_their_members() {
    let world = World::start().await;
    let url = install_url(REQUIRED, "settings.users.teams.read");
    let sent_to = world.hubspot.approve(&url, CUSTOMER).unwrap();
    let issued = world.exchange(&parameter(&sent_to, "code")).await;
    let token = issued.field("access_token");

    let teams = world
        .call("GET", "/settings/users/2026-03/teams", &token)
        .await
        .json();

    let first = &teams["results"][0];
    assert_eq!(first["name"], "First level");
    assert_eq!(first["userIds"], serde_json::json!(["3892001"]));
    assert_eq!(first["secondaryUserIds"], serde_json::json!(["3892002"]));
}
