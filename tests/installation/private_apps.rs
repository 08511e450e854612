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

type Everything = BTreeMap<String, Vec<serde_json::Value>>;

/// Every row of every table, as JSON, in order.
fn everything(world: &World) -> Everything {
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

/// Takes the audit's line of a change of credentials out, and the event of it.
fn take_the_change_out(after: &mut Everything, [from, to]: [&str; 2]) {
    let change = after.get_mut("portal_changes").unwrap();
    let connection = change.iter().position(|row| {
        row["change"] == "connection" && row["before"]["by"] == from && row["after"]["by"] == to
    });
    change.remove(connection.expect("the change is audited"));
    let event = after.get_mut("outbox").unwrap();
    let told = event.iter().position(|row| {
        let payload = &row["payload"];
        row["event_type"] == "portal.changed"
            && payload["before"]["by"] == from
            && payload["after"]["by"] == to
    });
    event.remove(told.expect("the AI platform is told"));
}

/// Credentials and the connection's columns, and what goes on meanwhile anyway.
fn leave_out_what_may_change(rows: &mut Everything) {
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

#[tokio::test(flavor = "multi_thread")]
async fn migrating_changes_credentials_and_connection_columns_and_nothing_else() {
    let world = World::start().await;
    world.follows_nothing(PORTAL);
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
    take_the_change_out(&mut after, ["private_app", "oauth"]);
    leave_out_what_may_change(&mut before);
    leave_out_what_may_change(&mut after);
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
    let message = body["message"].as_str().unwrap();
    let is_true = message.contains("HubSpot is not told") && message.contains("rotate it there");
    assert!(is_true, "{message}");
    assert_eq!(world.count("credentials"), 0);
    let view = world.view(PORTAL).await;
    assert_eq!(view["unavailable"]["because"], "disconnected");
    assert!(is_taken(&world, &token_of(&world, PORTAL)).await);
}

/// Whether HubSpot takes a private app's token.
async fn is_taken(world: &World, token: &str) -> bool {
    let url = format!("{}/account-info/v3/details", world.hubspot.url());
    let asked = crate::base::client().get(url).bearer_auth(token);
    asked.send().await.unwrap().status() == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_after_going_back_ends_the_app_and_says_what_becomes_of_the_private_app() {
    let world = World::start().await;
    let mut browser = migrated(&world).await;
    let end = browser.submit(PORTAL_PAGE, GO_BACK, &[]).await;
    assert_eq!(end.status, 303, "{}", end.body);
    let page = "/console/portals/50001/disconnect";
    let asks = browser.get(page).await;
    for said in [
        "The private app's token is deleted here.",
        "until you rotate it there or delete the private app",
        "If the app is still installed in HubSpot as well, it is uninstalled",
    ] {
        assert!(asks.says(said), "{said}: {}", asks.body);
    }
    world
        .hubspot
        .add_fault(Fault::status(503).at("/appinstalls"));

    let end = browser.submit(page, page, &[]).await;

    assert_eq!(end.location, PORTAL_PAGE, "{}", end.body);
    let shown = browser.get(PORTAL_PAGE).await;
    for said in [
        "HubSpot does not answer; it is told of the app as soon as it does",
        "The private app's token is deleted here; HubSpot takes it until you rotate it there",
    ] {
        assert!(shown.says(said), "{said}: {}", shown.body);
    }
    let kept = "SELECT concat_ws(' ', kind, status) FROM credentials ORDER BY kind";
    assert_eq!(world.texts(kept), ["oauth retired"]);
    world.hubspot.clear_faults();
    let began = std::time::Instant::now();
    while world.count("credentials") > 0 {
        assert!(began.elapsed() < std::time::Duration::from_secs(90));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(!world.hubspot.is_installed(PORTAL));
    assert!(is_taken(&world, &token_of(&world, PORTAL)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnecting_what_replaced_a_private_app_says_that_its_token_goes_too() {
    let world = World::start().await;
    migrated(&world).await;

    let path = "/v1/portals/50001/connection";
    let (status, body) = world.api(Method::DELETE, ADMIN_KEY, path, "").await;

    assert_eq!((status, &body["result"]), (200, &"disconnected".into()));
    assert_eq!(body["private_app_token_deleted"], true);
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("the app is uninstalled"), "{message}");
    assert!(message.contains("rotate it there"), "{message}");
    assert!(!world.hubspot.is_installed(PORTAL));
    assert_eq!(world.count("credentials"), 0);
}

/// Asks HubSpot something with the portal's token.
async fn ask_something(world: &World) {
    let sender = "/v1/portals/50001/ai-sender";
    let body = "{\"user_id\": 61000009}";
    world.api(Method::PUT, ADMIN_KEY, sender, body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_apps_token_that_hubspot_refuses_silences_and_says_what_to_do() {
    let world = World::start().await;
    paste(&world, &token_of(&world, PORTAL)).await.unwrap();
    world.live_a_little().await;
    world.hubspot.delete_private_app(PORTAL);

    ask_something(&world).await;

    let dead = world.view(PORTAL).await;
    assert_eq!(dead["connection"], "reconnect_required");
    assert_eq!(dead["unavailable"]["because"], "revoked");
    assert_eq!(dead["private_app"]["status"], "refused");
    assert_eq!(world.count("credentials"), 1, "nothing is deleted");
    let path = "/v1/portals/50001/conversations/7002";
    let (_, silent) = world.api(Method::GET, ADMIN_KEY, path, "").await;
    assert_eq!(
        silent["silent_because"][0]["code"],
        "CONNECTION_UNAVAILABLE"
    );
    assert_eq!(silent["may_reply"], false);
    let audit = "SELECT concat_ws(' | ', actor, after ->> 'because', after ->> 'why') \
                 FROM portal_changes WHERE actor = 'Baton'";
    let audit = world.texts(audit);
    assert_eq!(audit.len(), 1, "{audit:?}");
    assert!(
        audit[0].contains("revoked | HubSpot did not accept the token"),
        "{audit:?}"
    );
    let mut browser = Browser::signed_in(&world).await;
    let page = browser.get("/console/portals/50001").await;
    assert!(
        page.says("no longer accepts the private app's token"),
        "{}",
        page.body
    );
    assert!(page.says("Paste a new token") && page.says("Connect with HubSpot"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_call_does_not_end_a_connection_whose_token_was_replaced_meanwhile() {
    let world = World::start().await;
    let token = token_of(&world, PORTAL);
    paste(&world, &token).await.unwrap();
    let old = world.service.tokens.token_for(PORTAL).await.unwrap();
    paste(&world, &token).await.unwrap();

    let tokens = &world.service.tokens;
    let again = tokens.refresh_after_refusal(PORTAL, old.generation, "refused");

    let newer = again.await.unwrap();
    assert_eq!(newer.generation, old.generation + 1);
    assert_eq!(world.count("credentials WHERE status = 'active'"), 1);
}

const PORTAL_PAGE: &str = "/console/portals/50001";
const GO_BACK: &str = "/console/portals/50001/private-app";

/// Connected by a private app, lived with, and migrated to the app.
async fn migrated(world: &World) -> Browser {
    paste(world, &token_of(world, PORTAL)).await.unwrap();
    world.live_a_little().await;
    let mut browser = Browser::signed_in(world).await;
    let end = world.connect(&mut browser, PORTAL).await;
    assert_eq!(end.status, 303, "{}", end.body);
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_to_the_private_app_changes_credentials_and_nothing_else() {
    let world = World::start().await;
    world.follows_nothing(PORTAL);
    let mut browser = migrated(&world).await;
    let page = browser.get(PORTAL_PAGE).await;
    assert!(page.says("Go back to the private app"), "{}", page.body);
    let mut before = everything(&world);

    let end = browser.submit(PORTAL_PAGE, GO_BACK, &[]).await;

    assert_eq!(
        (end.status, end.location.as_str()),
        (303, PORTAL_PAGE),
        "{}",
        end.body
    );
    let mut after = everything(&world);
    let columns = |rows: &Everything| rows["portals"].clone();
    assert_eq!(
        columns(&after),
        columns(&before),
        "not even when it was connected"
    );
    take_the_change_out(&mut after, ["oauth", "private_app"]);
    leave_out_what_may_change(&mut before);
    leave_out_what_may_change(&mut after);
    assert_eq!(after, before);
    let kept = "SELECT concat_ws(' ', kind, status) FROM credentials ORDER BY kind";
    assert_eq!(world.texts(kept), ["oauth retired", "private_app active"]);
    let audit = "SELECT actor FROM portal_changes WHERE after ->> 'by' = 'private_app' \
                 ORDER BY changed_at DESC LIMIT 1";
    assert_eq!(world.texts(audit), ["admin"]);
    let view = world.view(PORTAL).await;
    assert_eq!(
        (&view["connected_by"], &view["private_app"]["status"]),
        (&"private_app".into(), &"in_use".into())
    );
    let token = world.service.tokens.token_for(PORTAL).await.unwrap();
    let secret = secrecy::ExposeSecret::expose_secret(&token.secret);
    assert!(secret == token_of(&world, PORTAL), "the token of before");
    let page = browser.get(PORTAL_PAGE).await;
    assert!(page.says("The private app is in use again") && !page.says("Go back"));

    // And forward again.
    let end = world.connect(&mut browser, PORTAL).await;
    assert_eq!(end.status, 303, "{}", end.body);
    assert_eq!(world.texts(kept), ["oauth active", "private_app retired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_window_there_is_no_way_back() {
    let world = World::start().await;
    let mut browser = migrated(&world).await;
    let csrf = browser.get(PORTAL_PAGE).await.csrf();
    let over = "UPDATE credentials SET wipe_at = now() WHERE status = 'retired'";
    diesel::connection::SimpleConnection::batch_execute(&mut world.sql(), over).unwrap();

    let refused = browser.post(GO_BACK, &[("csrf", &csrf)]).await;
    let body = "{\"by\": \"private_app\"}";
    let path = "/v1/portals/50001/connection";
    let (status, answer) = world.api(Method::PUT, ADMIN_KEY, path, body).await;

    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.says("no private app"), "{}", refused.body);
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &"nothing_to_go_back_to".into())
    );
    assert_eq!(world.view(PORTAL).await["connected_by"], "oauth");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_app_that_was_deleted_in_hubspot_is_not_gone_back_to() {
    let world = World::start().await;
    let mut browser = migrated(&world).await;
    let csrf = browser.get(PORTAL_PAGE).await.csrf();
    let foreign = browser.post(GO_BACK, &[("csrf", "wrong")]).await;
    assert_eq!(foreign.status, 403, "{}", foreign.body);
    world.hubspot.delete_private_app(PORTAL);

    let refused = browser.post(GO_BACK, &[("csrf", &csrf)]).await;

    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(
        refused.says("does not accept the private app"),
        "{}",
        refused.body
    );
    assert_eq!(world.view(PORTAL).await["connected_by"], "oauth");
    let kept = "SELECT concat_ws(' ', kind, status) FROM credentials ORDER BY kind";
    assert_eq!(world.texts(kept), ["oauth active", "private_app retired"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_by_api_mends_a_connection_that_the_app_lost() {
    let world = World::start().await;
    migrated(&world).await;
    world.hubspot.revoke_refresh_tokens(PORTAL);
    assert!(world.service.tokens.refresh_ahead(PORTAL).await.is_err());
    let path = "/v1/portals/50001/connection";

    let (status, view) = world
        .api(Method::PUT, ADMIN_KEY, path, "{\"by\": \"private_app\"}")
        .await;

    assert_eq!(status, 200, "{view}");
    assert_eq!(view["connection"], "connected");
    assert_eq!(view["connected_by"], "private_app");
    assert_eq!(world.count("portals WHERE missed_until IS NOT NULL"), 1);
    let (status, _) = world
        .api(Method::PUT, ADMIN_KEY, path, "{\"by\": \"oauth\"}")
        .await;
    assert_eq!(status, 400);
}
