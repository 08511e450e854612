//! What HubSpot's workflow editor is offered for a handoff's target, while HubSpot is well, slow,
//! refusing, or not connected at all.

use crate::world::{EUROPEAN, PORTAL, STARTER, World};
use baton::domain::hold::HandoffTarget;
use baton::domain::ids::PortalId;
use baton::service::allow_portal::AllowedPortals;
use baton::service::connect_private_app::connect_private_app;
use baton::simulator::caller::{Answer, Caller, Target, now_ms};
use baton::simulator::hubspot::fault::{Effect, Fault};
use baton::simulator::signing::Versions;
use diesel::connection::SimpleConnection;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const TARGET: &str = "/hubspot/actions/options/target";
/// The editor does not wait longer.
const SOON: Duration = Duration::from_secs(1);
/// A busy machine spoils some answers, a slow service all of as many.
const ROUNDS: usize = 5;
/// How long HubSpot takes where it is slow.
const SLOW: Duration = Duration::from_secs(5);
/// How long something in the background may take.
const BY_AND_BY: Duration = Duration::from_secs(60);

fn question(portal: PortalId, fetch: Value) -> Value {
    json!({
        "origin": {"portalId": portal.0, "actionDefinitionId": 7, "actionDefinitionVersion": 1},
        "objectTypeId": "0-5",
        "inputFieldName": "target",
        "inputFields": {"note": {"type": "STATIC_VALUE", "value": "VIP"}},
        "fetchOptions": fetch,
    })
}

fn caller(world: &World, secret: &str) -> Caller {
    let target = Target {
        base_url: world.url.clone(),
        signed_base_url: world.url.clone(),
        secret: SecretString::from(secret),
        versions: Versions::Both,
    };
    Caller::new(target).unwrap()
}

async fn post(world: &World, path: &str, body: &[u8]) -> (u16, Value, Duration) {
    let caller = caller(world, crate::base::SECRET);
    let signature = caller.signature(path, body, now_ms());
    let answer = caller.post(path, signature, body.to_vec()).await;
    let Answer {
        status, body, took, ..
    } = answer.unwrap();
    (status, serde_json::from_slice(&body).unwrap(), took)
}

async fn ask(world: &World, portal: PortalId, fetch: Value) -> Value {
    ask_timed(world, portal, fetch).await.0
}

async fn ask_timed(world: &World, portal: PortalId, fetch: Value) -> (Value, Duration) {
    let body = question(portal, fetch).to_string();
    let (status, page, took) = post(world, TARGET, body.as_bytes()).await;
    assert_eq!(status, 200, "{page}");
    assert!(took < SLOW, "as if it waited for HubSpot: {took:?}");
    assert_eq!(page["searchable"], true);
    (page, took)
}

/// Asks again where the answer took too long: one of a few comes soon.
async fn ask_soon(world: &World, portal: PortalId, fetch: Value) -> Value {
    let mut quickest = Duration::MAX;
    for _ in 0..ROUNDS {
        let (page, took) = ask_timed(world, portal, fetch.clone()).await;
        if took < SOON {
            return page;
        }
        quickest = quickest.min(took);
    }
    panic!("no answer within {SOON:?}: {quickest:?} at best");
}

/// Asks until it is so: whoever asks first may be answered before HubSpot has answered.
async fn ask_until(world: &World, portal: PortalId, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + BY_AND_BY;
    loop {
        let page = ask(world, portal, json!({})).await;
        if is_so(&page) {
            return page;
        }
        assert!(Instant::now() < deadline, "not in time: {page}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What is offered once both lists were read, people and then teams.
async fn known(world: &World, portal: PortalId) -> Value {
    let teams = format!("team_lists WHERE portal_id = {portal}");
    ask_until(world, portal, |_| world.count(&teams) == 1).await;
    ask(world, portal, json!({})).await
}

fn values(page: &Value) -> Vec<&str> {
    let options = page["options"].as_array().unwrap().iter();
    options.map(|it| it["value"].as_str().unwrap()).collect()
}

fn labels(page: &Value) -> Vec<&str> {
    let options = page["options"].as_array().unwrap().iter();
    options.map(|it| it["label"].as_str().unwrap()).collect()
}

const EVERYBODY: [&str; 8] = [
    "default",
    "unassigned",
    "team:4410001",
    "team:4410002",
    "user:81538009",
    "user:81538000",
    "user:81538002",
    "user:81538001",
];

async fn grow_old(world: &World) {
    let sql = "UPDATE owners SET read_at = read_at - interval '1 hour'; \
               UPDATE team_lists SET read_at = read_at - interval '1 hour'";
    world.sql().batch_execute(sql).unwrap();
}

/// Waits until the background has asked HubSpot for owners this often.
async fn until_asked(world: &World, path: &str, times: usize) {
    let deadline = Instant::now() + BY_AND_BY;
    while world.asked(path) < times {
        assert!(Instant::now() < deadline, "not asked in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

const OWNERS: &str = "/crm/owners/2026-03";

#[tokio::test(flavor = "multi_thread")]
async fn people_and_teams_are_offered_queues_and_the_archived_are_not() {
    let world = World::start().await;
    world.connected(PORTAL).await;

    let page = known(&world, PORTAL).await;

    assert_eq!(values(&page), EVERYBODY);
    let expected = [
        "Portal default",
        "Nobody in particular",
        "First level",
        "Second level",
        "Acme Assistant",
        "Ada Admin",
        "Nia North",
        "Sam Service",
    ];
    assert_eq!(labels(&page), expected);
    assert_eq!(
        page["options"][7]["description"],
        "sam@acme-support.example"
    );
    assert_eq!(page.get("after"), None);
    for value in values(&page).iter().skip(1) {
        assert!(value.parse::<HandoffTarget>().is_ok(), "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_are_searched_without_case_and_accents() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    known(&world, PORTAL).await;
    let renamed = "UPDATE owners SET first_name = 'Zoë', last_name = 'Núñez' \
                   WHERE owner_id = 81538001";
    world.sql().batch_execute(renamed).unwrap();

    for (q, found) in [
        ("NUNEZ zoe", vec!["user:81538001"]),
        ("Sam@ACME", vec!["user:81538001"]),
        ("level", vec!["team:4410001", "team:4410002"]),
        ("nobody", vec!["unassigned"]),
        ("gus", vec![]),
        ("night", vec![]),
        ("%\u{0}'", vec![]),
    ] {
        let page = ask(&world, PORTAL, json!({"q": q})).await;
        assert_eq!(values(&page), found, "{q}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_people_come_in_pages_each_within_a_second() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    known(&world, PORTAL).await;
    let many = "INSERT INTO owners SELECT portal_id, 90000000 + n, n, 'p' || n || '@x.example', \
                'Person', 'Number ' || n % 100, kind, false, '[]', read_at \
                FROM owners, generate_series(1, 2000) n WHERE owner_id = 81538001";
    world.sql().batch_execute(many).unwrap();
    let (mut seen, mut after, mut pages) = (BTreeSet::new(), Value::Null, 0);

    loop {
        let page = ask_soon(&world, PORTAL, json!({"after": after})).await;
        pages += 1;
        for value in values(&page) {
            assert!(seen.insert(value.to_owned()), "{value} twice");
        }
        match page.get("after") {
            Some(next) => after = next.clone(),
            None => break,
        }
    }

    assert_eq!((seen.len(), pages), (2_008, 21));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_hubspot_slows_no_answer() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let ms = u64::try_from(SLOW.as_millis()).unwrap();
    let slow = Fault::always(Effect::Slow { ms }).at("/crm/owners");
    world.hubspot.add_fault(slow);
    let mut quickest = Duration::MAX;

    for _ in 0..ROUNDS {
        let forget = "DELETE FROM owners; DELETE FROM team_lists";
        world.sql().batch_execute(forget).unwrap();
        let (nothing_kept, took) = ask_timed(&world, PORTAL, json!({})).await;
        assert_eq!(values(&nothing_kept), ["default"]);
        assert_eq!(
            labels(&nothing_kept),
            ["Portal default (people cannot be listed: HubSpot does not answer)"]
        );
        // The refresh goes on behind it, and its end is what the next question gets.
        assert_eq!(values(&known(&world, PORTAL).await), EVERYBODY);
        quickest = quickest.min(took);
        if quickest < SOON {
            break;
        }
    }

    assert!(quickest < SOON, "{quickest:?} at best");
    grow_old(&world).await;
    let kept = ask_soon(&world, PORTAL, json!({})).await;
    assert_eq!(values(&kept), EVERYBODY);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_read_anew_once_however_many_ask() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    known(&world, PORTAL).await;
    let before = world.asked(OWNERS);
    for _ in 0..5 {
        ask(&world, PORTAL, json!({})).await;
    }
    assert_eq!(world.asked(OWNERS), before, "fresh lists ask nobody");

    world
        .hubspot
        .add_fault(Fault::always(Effect::Slow { ms: 500 }).at("/crm/owners"));
    grow_old(&world).await;
    let asking = (0..20).map(|_| ask(&world, PORTAL, json!({})));
    for page in futures_util::future::join_all(asking).await {
        assert_eq!(values(&page), EVERYBODY);
    }
    until_asked(&world, OWNERS, before + 1).await;
    let is_fresh = "SELECT bool_and(read_at > now() - interval '1 minute') FROM \
                    (SELECT read_at FROM owners UNION ALL SELECT read_at FROM team_lists) r";
    let deadline = Instant::now() + BY_AND_BY;
    while world.texts(is_fresh) != ["true"] {
        assert!(Instant::now() < deadline, "never read anew");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(world.asked(OWNERS), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_every_kind_leave_the_kept_list_and_say_why_where_there_is_none() {
    for (fault, why) in [
        (
            Fault::status(429),
            "HubSpot allows no more calls for a moment",
        ),
        (Fault::status(503), "HubSpot does not answer"),
        (Fault::always(Effect::Garbage), "HubSpot does not answer"),
        (Fault::always(Effect::Reset), "HubSpot does not answer"),
        (Fault::status(401), "the app has to be connected again"),
    ] {
        let world = World::start().await;
        world.connected(PORTAL).await;
        world.hubspot.add_fault(fault.clone().at("/crm/owners"));
        let label = format!("Portal default (people cannot be listed: {why})");
        let empty = ask_until(&world, PORTAL, |page| labels(page) == [&label]).await;
        assert_eq!(values(&empty), ["default"], "{fault:?}");

        // HubSpot is left alone for a while after a failure.
        let asked = world.asked(OWNERS);
        ask(&world, PORTAL, json!({})).await;
        assert_eq!(world.asked(OWNERS), asked, "{fault:?}");
    }

    let world = World::start().await;
    world.connected(PORTAL).await;
    known(&world, PORTAL).await;
    world
        .hubspot
        .add_fault(Fault::status(429).at("/crm/owners"));
    grow_old(&world).await;
    let before = world.asked(OWNERS);
    assert_eq!(values(&ask(&world, PORTAL, json!({})).await), EVERYBODY);
    until_asked(&world, OWNERS, before + 1).await;
    assert_eq!(values(&ask(&world, PORTAL, json!({})).await), EVERYBODY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_serves_what_is_kept_and_a_portal_never_connected_says_so() {
    let world = World::start_with(AllowedPortals::Any).await;
    let label =
        "Portal default (people cannot be listed: the app is not connected to this account)";
    let never = ask_until(&world, STARTER, |page| labels(page) == [label]).await;
    assert_eq!(values(&never), ["default"]);

    world.connected(PORTAL).await;
    known(&world, PORTAL).await;
    world.hubspot.expire_access_tokens(PORTAL);
    world.hubspot.revoke_refresh_tokens(PORTAL);
    grow_old(&world).await;
    for _ in 0..3 {
        assert_eq!(values(&ask(&world, PORTAL, json!({})).await), EVERYBODY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_permission_to_list_teams_those_of_the_people_are_offered() {
    let world = World::start().await;
    let token = world.hubspot.private_app_token(PORTAL).unwrap();
    let connected = connect_private_app(world.service.app(), &token.into(), "admin").await;
    connected.unwrap();

    let page = known(&world, PORTAL).await;

    assert_eq!(values(&page), EVERYBODY);
    assert_eq!(world.texts("SELECT may_read FROM team_lists"), ["false"]);
    let asked = world.asked(OWNERS);
    ask(&world, PORTAL, json!({})).await;
    assert_eq!(world.asked(OWNERS), asked, "not asked again for a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn portals_see_their_own_people_only() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world.connected(EUROPEAN).await;
    let theirs = known(&world, PORTAL).await;
    let ours = known(&world, EUROPEAN).await;
    let ours: BTreeSet<&str> = values(&ours).into_iter().skip(2).collect();
    assert!(!ours.is_empty());
    assert!(ours.is_disjoint(&values(&theirs).into_iter().collect()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_hubspots_or_not_a_question_is_refused() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    let body = question(PORTAL, json!({})).to_string();

    let forger = caller(&world, "another secret");
    let signature = forger.signature(TARGET, body.as_bytes(), now_ms());
    let forged = forger.post(TARGET, signature, body.clone().into_bytes());
    assert_eq!(forged.await.unwrap().status, 401);
    // A signature for one input is none for another.
    let signature = caller(&world, crate::base::SECRET).signature(
        "/hubspot/actions/options/other",
        body.as_bytes(),
        now_ms(),
    );
    let moved = forger.post(TARGET, signature, body.clone().into_bytes());
    assert_eq!(moved.await.unwrap().status, 401);

    let stranger = question(PortalId(77), json!({})).to_string();
    let large = format!("{{\"portalId\":50001,\"x\":\"{}\"}}", "x".repeat(64 * 1024));
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let unknown = "/hubspot/actions/options/priority";
    for (path, body, status, code) in [
        (TARGET, stranger.as_str(), 403, "portal_not_allowed"),
        (TARGET, large.as_str(), 413, "body_too_large"),
        (TARGET, "not json", 400, "not_an_options_call"),
        (TARGET, "{}", 400, "not_an_options_call"),
        (TARGET, deep.as_str(), 400, "not_an_options_call"),
        (unknown, body.as_str(), 404, "unknown_field"),
    ] {
        let (got, error, _) = post(&world, path, body.as_bytes()).await;
        assert_eq!(
            (got, &error["error"]["code"]),
            (status, &json!(code)),
            "{error}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_speaks_the_portals_language() {
    let world = World::start().await;
    world.connected(PORTAL).await;
    world
        .hubspot
        .add_fault(Fault::status(503).at("/crm/owners"));
    let speak = |language: &str| {
        let sql =
            format!("UPDATE portals SET policies = policies || '{{\"language\": \"{language}\"}}'");
        world.sql().batch_execute(&sql).unwrap();
    };
    let alone = "(Menschen können nicht aufgelistet werden: HubSpot antwortet nicht)";
    speak("de");
    let empty = ask(&world, PORTAL, json!({})).await;
    assert_eq!(labels(&empty), [format!("Standard des Portals {alone}")]);
    speak("ja");
    let empty = ask(&world, PORTAL, json!({})).await;
    assert!(labels(&empty)[0].contains("HubSpotが応答しません"));

    world.hubspot.clear_faults();
    speak("fr");
    let page = known(&world, PORTAL).await;
    assert_eq!(values(&page), EVERYBODY);
    let first = ["Valeur par défaut du portail", "Personne en particulier"];
    assert_eq!(labels(&page)[..2], first);
    assert_eq!(page["options"][2]["description"], "Équipe");
}
