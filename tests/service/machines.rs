//! `/livez`, `/readyz` and `/metrics`, as balancers and monitors read them.

use crate::behind::execute;
use crate::world::{AI_KEY, PATIENCE, SECRET, World, request, server, url_of};
use baton::decider::{Decider, Options};
use baton::domain::time::{Span, Timestamp};
use baton::service::check_readiness::{NotReady, check_readiness};
use baton::simulator::action_kind::ActionKind::{PauseAi, ResumeAi};
use baton::simulator::action_request::Enrolled;
use diesel::prelude::*;
use serde_json::json;
use std::time::Instant;

/// The sum of all samples of `/metrics` that begin so; none if there is none.
async fn sum(world: &World, beginning: &str) -> Option<f64> {
    let text = String::from_utf8(world.read("/metrics").await.body).unwrap();
    let samples = text.lines().filter(|line| line.starts_with(beginning));
    let values = samples.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap());
    values.reduce(|sum, value| sum + value)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_works_is_live_and_ready() {
    let world = World::start().await;

    let live = world.read("/livez").await;
    let ready = world.read("/readyz").await;

    assert_eq!((live.status, live.json()), (200, json!({"status": "live"})));
    assert_eq!(
        (ready.status, &ready.json()["status"]),
        (200, &json!("ready"))
    );
    let database = ready.json()["database"].as_str().unwrap().to_owned();
    assert!(database.starts_with("PostgreSQL "), "{database}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_migrated_is_not_ready_and_says_what_to_do() {
    let world = World::start().await;
    world.execute("DELETE FROM __diesel_schema_migrations");

    let ready = world.read("/readyz").await;

    let reason = "the database is not up to date; run `baton migrate`";
    let expected = json!({"status": "not_ready", "reason": reason});
    assert_eq!((ready.status, ready.json()), (503, expected));
    assert_eq!(
        world.read("/livez").await.status,
        200,
        "a restart would not help"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_the_database_s_is_not_ready_and_says_how_far() {
    let world = World::start().await;
    let options = Options {
        writers: 1,
        most_in_batch: Options::MOST_IN_BATCH,
    };
    let decider = Decider::start(&world.service.store, options).unwrap();
    for (seconds, is_ready) in [
        (0, true),
        (25, true),
        (-25, true),
        (45, false),
        (-45, false),
    ] {
        let now = move || Timestamp::from(chrono::Utc::now()) + Span::from_secs(seconds);

        let ask = || check_readiness(&world.service.store, &decider, now);
        let mut found = ask().await;
        let began = Instant::now();
        while matches!(found, Err(NotReady::Store(_))) && began.elapsed() < PATIENCE {
            found = ask().await;
        }

        match found {
            Ok(_) => assert!(is_ready, "{seconds} s"),
            Err(NotReady::ClockDrift { offset_ms }) => {
                assert!(!is_ready, "{seconds} s");
                assert!((offset_ms - seconds * 1_000).abs() < 9_000, "{offset_ms}");
            }
            Err(other) => panic!("{seconds} s: {other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_hubspot_s_is_not_ready_until_its_answers_show_otherwise() {
    let world = World::start().await;
    let sees = |offset_ms: i64, seen: &str| {
        world.execute(&format!(
            "INSERT INTO hubspot_clock (offset_ms, seen_at) VALUES ({offset_ms}, {seen}) \
             ON CONFLICT (is_only) DO UPDATE \
             SET offset_ms = excluded.offset_ms, seen_at = excluded.seen_at"
        ));
    };

    sees(-45_000, "now()");
    let ready = world.read("/readyz").await;
    assert_eq!(ready.status, 503);
    let reason = ready.json()["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("off HubSpot's"), "{reason}");

    sees(-20_000, "now()");
    assert_eq!(world.read("/readyz").await.status, 200);

    sees(90_000, "now() - interval '11 minutes'");
    assert_eq!(
        world.read("/readyz").await.status,
        200,
        "too old to say anything"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_not_ready_and_actions_are_to_be_repeated() {
    let world = World::start().await;
    world.read("/readyz").await;
    let name = world.database_url.clone();
    let name = name
        .split(['/', '?'])
        .find(|part| part.starts_with("world_"))
        .unwrap();
    let mut elsewhere = PgConnection::establish(&url_of(server(), "baton")).unwrap();
    execute(
        &mut elsewhere,
        &format!("DROP DATABASE {name} WITH (FORCE)"),
    );

    let ready = world.read("/readyz").await;
    let pause = request(PauseAi, Enrolled::Nothing, &[]);
    let action = world.signed(PauseAi, pause.body()).await;

    assert_eq!(
        (ready.status, &ready.json()["status"]),
        (503, &json!("not_ready"))
    );
    assert_eq!(
        (action.status, action.error_code().as_str()),
        (503, "unavailable")
    );
    assert_eq!(world.read("/livez").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_decisions_repeats_responses_and_durations() {
    let world = World::start().await;
    let names = [
        "baton_decisions_total{action=\"pause\",outcome=\"applied\"}",
        "baton_decisions_total{action=\"resume\",outcome=\"applied\"}",
        "baton_decisions_total{action=\"lock\",outcome=\"applied\"}",
        "baton_repeats_total",
        "baton_responses_total{route=\"/hubspot/actions/",
        "baton_request_seconds_count{route=\"/hubspot/actions/",
        "baton_signatures_total{version=\"v3\"}",
        "baton_batch_commands_count",
        "baton_batch_seconds_count",
    ];
    let mut before = Vec::new();
    for name in &names {
        before.push(sum(&world, name).await.unwrap_or_default());
    }

    world.act(PauseAi, &[]).await;
    world.act(ResumeAi, &[]).await;
    world.post(AI_KEY, "lock", json!({})).await;
    let enrolled = Enrolled::Nothing;
    let repeated = request(PauseAi, enrolled, &[]);
    world.insist(&repeated).await;
    world.insist(&repeated).await;

    for (name, before) in names.iter().zip(before) {
        let after = sum(&world, name).await;
        assert!(
            after.is_some_and(|after| after > before),
            "{name}: {before} then {after:?}"
        );
    }
    for name in [
        "baton_queue_depth{queue=\"commands\"}",
        "baton_pool_connections{state=\"open\"}",
        "baton_clock_offset_milliseconds",
    ] {
        assert!(sum(&world, name).await.is_some(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_name_nobodys_ids_and_no_secrets() {
    let world = World::start().await;
    world.act(PauseAi, &[("note", "a person's words")]).await;
    world.read("/v1/portals/50001/conversations/7001").await;
    world.read("/some/unknown/path").await;

    let metrics = world.read("/metrics").await;

    let kind = metrics
        .headers
        .iter()
        .find(|(name, _)| name == "content-type");
    assert_eq!(kind.unwrap().1, "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(metrics.body).unwrap();
    // Without the values, whose digits are anybody's.
    let names: Vec<&str> = text
        .lines()
        .map(|line| line.rsplit_once(' ').map_or(line, |(name, _)| name))
        .collect();
    for secret in [
        "50001",
        "7001",
        "15384000001",
        "a person's words",
        SECRET,
        "/some/unknown",
    ] {
        let naming = names.iter().find(|name| name.contains(secret));
        assert_eq!(naming, None, "{secret}");
    }
}
