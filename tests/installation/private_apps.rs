//! Private apps: pasted tokens, and the migration to the app that changes nothing but credentials.

use crate::browsing::Browser;
use crate::world::{ADMIN_KEY, PORTAL, World};
use baton::domain::ids::PortalId;
use baton::service::allow_portal::AllowedPortals;
use baton::service::connect_private_app::{Connected, NotConnected, connect_private_app};
use baton::simulator::hubspot::fault::Fault;
use reqwest::Method;
use secrecy::SecretString;
use std::collections::BTreeMap;

async fn paste(world: &World, token: &str) -> Result<Connected, NotConnected> {
    let token = SecretString::from(token);
    connect_private_app(world.service.app(), &token, "admin").await
}

fn token_of(world: &World, portal: PortalId) -> String {
    world
        .hubspot
        .private_app_token(portal)
        .expect("a private app")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_connects_the_portal_that_hubspot_says_it_belongs_to() {
    let world = World::start().await;

    let connected = paste(&world, &token_of(&world, PORTAL)).await.unwrap();

    assert_eq!(
        connected,
        Connected {
            portal: PORTAL,
            is_new: true
        }
    );
    let view = world.view(PORTAL).await;
    assert_eq!(view["connection"], "connected");
    assert_eq!(view["connected_by"], "private_app");
    assert_eq!(view["features"]["workflow_actions"], false);
    assert_eq!(view["features"]["silence_at_once"], false);
    assert_eq!(view["private_app"]["status"], "in_use");
    assert_eq!(view["private_app"]["lacks"].as_array().unwrap().len(), 2);
    assert!(!view.to_string().contains(&token_of(&world, PORTAL)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_none_or_not_accepted_connect_nothing() {
    let world = World::start().await;
    for text in ["", "two words", "pat\r\nx: y", &"a".repeat(600), "päss"] {
        let refused = paste(&world, text).await.unwrap_err();
        assert!(matches!(refused, NotConnected::NotAToken), "{refused}");
    }
    assert_eq!(world.hubspot.requests(), [], "HubSpot is not bothered");

    let unknown = paste(&world, "pat-na1-00000000-0000-4000-8000-000000000000").await;

    assert!(matches!(unknown, Err(NotConnected::Refused)), "{unknown:?}");
    assert_eq!((world.count("portals"), world.count("credentials")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn hubspot_down_is_no_verdict_on_a_pasted_token() {
    let world = World::start().await;
    world.hubspot.add_fault(Fault::status(503));

    let down = paste(&world, &token_of(&world, PORTAL)).await;

    assert!(
        matches!(down, Err(NotConnected::HubSpotUnavailable)),
        "{down:?}"
    );
    assert_eq!(world.count("credentials"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_app_of_a_portal_that_is_not_allowed_is_refused() {
    let world = World::start_with(AllowedPortals::Listed([PortalId(7)].into())).await;

    let refused = paste(&world, &token_of(&world, PORTAL)).await;

    assert!(
        matches!(refused, Err(NotConnected::PortalNotAllowed(PORTAL))),
        "{refused:?}"
    );
    assert_eq!((world.count("portals"), world.count("credentials")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_token_does_not_take_the_apps_place() {
    let world = World::start().await;
    world.connected(PORTAL).await;

    let refused = paste(&world, &token_of(&world, PORTAL)).await;

    assert!(
        matches!(refused, Err(NotConnected::ConnectedByApp(PORTAL))),
        "{refused:?}"
    );
    assert_eq!(world.view(PORTAL).await["connected_by"], "oauth");
}

/// Every row of every table, as JSON, in order.
fn everything(world: &World) -> BTreeMap<String, Vec<serde_json::Value>> {
    let tables = "SELECT table_name FROM information_schema.tables \
                  WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
    let rows = |table: &String| {
        let rows = world.texts(&format!(
            "SELECT to_jsonb(x) FROM \"{table}\" x ORDER BY to_jsonb(x)::text"
        ));
        let rows = rows.iter().map(|row| serde_json::from_str(row).unwrap());
        rows.collect()
    };
    world
        .texts(tables)
        .into_iter()
        .map(|table| {
            let rows = rows(&table);
            (table, rows)
        })
        .collect()
}

/// Columns of a portal's row that say how it is connected.
const CONNECTION_COLUMNS: [&str; 9] = [
    "connected_at",
    "hub_domain",
    "ui_domain",
    "region",
    "account_type",
    "time_zone",
    "installed_by",
    "installed_by_user_id",
    "connection",
];

#[tokio::test(flavor = "multi_thread")]
async fn migrating_changes_credentials_and_connection_columns_and_nothing_else() {
    let world = World::start().await;
    paste(&world, &token_of(&world, PORTAL)).await.unwrap();
    world.live_a_little().await;
    let mut browser = Browser::signed_in(&world).await;
    let consent = world.begin(&mut browser).await;
    let back = world.approved(&consent, PORTAL);
    let before = everything(&world);

    let end = browser.get(&back).await;

    assert_eq!(end.status, 303, "{}", end.body);
    let mut after = everything(&world);
    let mut before = before;
    for table in ["conversations", "tickets", "decisions", "action_receipts"] {
        assert!(!before[table].is_empty(), "{table} has something to keep");
    }
    // What is meant to change.
    let change = after.get_mut("portal_changes").unwrap();
    let connection = change.iter().position(|row| {
        row["change"] == "connection"
            && row["before"]["by"] == "private_app"
            && row["after"]["by"] == "oauth"
    });
    change.remove(connection.expect("the migration is audited"));
    let event = after.get_mut("outbox").unwrap();
    let told = event.iter().position(|row| {
        row["event_type"] == "portal.changed" && row["payload"]["after"]["by"] == "oauth"
    });
    event.remove(told.expect("the AI platform is told"));
    for rows in [&mut before, &mut after] {
        for row in rows.get_mut("portals").unwrap() {
            for column in CONNECTION_COLUMNS {
                row.as_object_mut().unwrap().remove(column);
            }
        }
        rows.remove("credentials");
        // The consent itself, and the last time the admin's session was seen.
        rows.remove("oauth_states");
        rows.remove("sessions");
        // What workers read and count meanwhile, of any portal that is connected.
        for table in [
            "activity",
            "followed_portals",
            "hubspot_clock",
            "latency_minutes",
            "owner_checks",
            "owners",
        ] {
            rows.remove(table);
        }
    }
    assert_eq!(after, before);
    let kept = "SELECT concat_ws(' ', kind, status, \
                round(extract(epoch FROM wipe_at - retired_at) / 86400)) FROM credentials \
                ORDER BY kind";
    assert_eq!(world.texts(kept), ["oauth active", "private_app retired 7"]);
    let view = world.view(PORTAL).await;
    assert_eq!(view["connected_by"], "oauth");
    assert_eq!(view["private_app"]["status"], "replaced");
    assert!(view["private_app"]["wiped_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_app_can_be_forgotten() {
    let world = World::start().await;
    paste(&world, &token_of(&world, PORTAL)).await.unwrap();

    let path = "/v1/portals/50001/connection";
    let (status, body) = world.api(Method::DELETE, ADMIN_KEY, path, "").await;

    assert_eq!(
        (status, body["result"].as_str()),
        (200, Some("private_app_forgotten"))
    );
    assert_eq!(world.count("credentials"), 0);
    let view = world.view(PORTAL).await;
    assert_eq!(view["unavailable"]["because"], "disconnected");
}
