//! The activity log and the published latencies: what is kept of a request, by whom it can be
//! caused, and that two replicas add up.

use crate::delivering::{ANN, assigned, event, message, owned};
use crate::wire::now_ms;
use crate::world::{
    ADMIN_KEY, AI_KEY, PATIENCE, PORTAL, Setup, THREAD, TICKET, World, client, request,
};
use baton::domain::ids::{PortalId, ThreadId};
use baton::domain::time::Timestamp;
use baton::service::log_activity::{ActivityLog, Went};
use baton::service::read_activity::{export_activity, read_activity};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff};
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::Change;
use baton::store::activity::{Activity, ActivityFilter, ActivityKind};
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use uuid::Uuid;

impl World {
    async fn until_logged(&self, count: i64) {
        let began = Instant::now();
        while self.count("activity") < count {
            let found = self.texts("SELECT what FROM activity");
            assert!(began.elapsed() < PATIENCE, "{found:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Writes what a log holds, again where a busy machine takes too long.
    async fn until_flushed(&self, log: &ActivityLog) {
        let began = Instant::now();
        for _ in 0..3 {
            while let Err(error) = log.flush(&self.service.store).await {
                assert!(began.elapsed() < PATIENCE, "{error}");
            }
        }
    }

    async fn activity(&self, filter: ActivityFilter) -> Vec<Activity> {
        let page = read_activity(&self.service.store, filter, 100).await;
        page.unwrap().lines
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_leaves_a_line_with_its_request_and_what_it_was_about() {
    let world = World::start().await;
    let enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
    let answer = world
        .insist(&request(PauseAi, enrolled, &[("note", "Ann")]))
        .await;
    world.until_logged(1).await;

    let lines = world.activity(ActivityFilter::default()).await;

    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!((line.kind, line.status), (ActivityKind::Action, 200));
    assert_eq!(line.what, "POST /hubspot/actions/pause-ai");
    assert_eq!(line.portal, PORTAL);
    let about = [format!("ticket:{TICKET}"), format!("thread:{THREAD}")];
    assert_eq!(line.subjects, about);
    assert!(line.duration_us > 0 && (line.happened_at.as_millis() - now_ms()).abs() < 60_000);
    assert!(line.request_id.is_some() && !line.is_test);
    assert_eq!(answer.status, 200);
    assert_eq!(
        (&line.body, &line.headers, &line.failure),
        (&None, &None, &None),
        "a success keeps nothing of its content"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_keeps_what_was_received_without_words_and_secrets() {
    let world = World::start().await;
    let url = format!("{}/v1/portals/{PORTAL}/conversations/x/pause", world.url);
    let asked = client().post(url).bearer_auth(AI_KEY);
    asked.json(&json!({"note": "Ann"})).send().await.unwrap();
    let other = PortalId(50_002);
    let mut stranger = request(
        PauseAi,
        Enrolled::Ticket(TICKET, Some(THREAD)),
        &[("note", "Ann Doe")],
    );
    stranger.portal = other;
    assert_eq!(world.insist(&stranger).await.status, 403);
    world.until_logged(2).await;

    let filter = ActivityFilter {
        status_from: Some(400),
        ..ActivityFilter::default()
    };
    let lines = world.activity(filter).await;

    let of = |kind| lines.iter().find(|line| line.kind == kind).unwrap();
    let action = of(ActivityKind::Action);
    assert_eq!((action.status, action.portal), (403, other));
    let body = action.body.clone().unwrap();
    assert!(
        body.contains("callbackId") && !body.contains("Ann"),
        "{body}"
    );
    let headers = action.headers.clone().unwrap().to_string();
    assert!(headers.contains("x-hubspot-request-timestamp"), "{headers}");
    assert!(!headers.to_lowercase().contains("signature"), "{headers}");
    assert!(action.failure.is_some());
    let api = of(ActivityKind::Api);
    let headers = api.headers.clone().unwrap().to_string();
    assert!(!headers.contains(AI_KEY), "{headers}");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_and_those_who_only_look_leave_no_line() {
    let world = World::start().await;
    let garbage = client().post(format!("{}/hubspot/actions/pause-ai", world.url));
    assert_eq!(garbage.body("{}").send().await.unwrap().status(), 401);
    let nobody = client().get(format!("{}/v1/portals/{PORTAL}", world.url));
    assert_eq!(nobody.send().await.unwrap().status(), 401);
    world.conversation().await;

    world.act(PauseAi, &[]).await;
    world.until_logged(1).await;

    let kinds = world.texts("SELECT DISTINCT kind FROM activity");
    assert_eq!(kinds, ["action"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_test_button_is_marked() {
    let world = World::start().await;
    let body = json!({
        "callbackId": "ap-50001-test", "origin": {"portalId": 50001, "actionDefinitionVersion": 0},
        "context": {"source": "TEST"}, "object": {"objectId": 1, "objectType": "TICKET"},
        "inputFields": {},
    });
    let body = serde_json::to_vec(&body).unwrap();
    let signer = crate::wire::signer(&world, crate::world::SECRET, PauseAi);
    let headers = signer.headers(baton::simulator::signing::Versions::Both, &body, now_ms());
    let mut call = client().post(format!("{}{}", world.url, PauseAi.path()));
    for (name, value) in headers {
        call = call.header(name, value);
    }
    assert_eq!(call.body(body).send().await.unwrap().status(), 200);
    world.act(PauseAi, &[]).await;
    world.until_logged(2).await;

    let marks = world.texts("SELECT is_test FROM activity ORDER BY activity_id");

    assert_eq!(marks, ["true", "false"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_leaves_a_line_for_each_of_its_portals() {
    let world = World::start().await;
    world
        .deliver(&[assigned(ANN), owned("1"), message("m")])
        .await;
    world.until_logged(1).await;

    let lines = world.activity(ActivityFilter::default()).await;

    assert_eq!(lines.len(), 1);
    assert_eq!(
        (lines[0].kind, lines[0].portal),
        (ActivityKind::Webhook, PORTAL)
    );
    let about = [format!("thread:{THREAD}"), format!("ticket:{TICKET}")];
    assert_eq!(lines[0].subjects, about, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_by_kind_status_time_and_portal_and_page_by_page() {
    let world = World::start().await;
    let log = ActivityLog::new(|| Timestamp::from_millis(0));
    let ids: Vec<Uuid> = (0..10).map(|_| Uuid::now_v7()).collect();
    for (n, id) in ids.iter().enumerate() {
        log.record(line(*id, n));
    }
    world.until_flushed(&log).await;
    let usual = ActivityFilter::default();

    let first = read_activity(&world.service.store, usual.clone(), 4)
        .await
        .unwrap();
    let mut found: Vec<Uuid> = first.lines.iter().map(|line| line.id).collect();
    let mut next = first.next;
    while let Some(before) = next {
        let filter = ActivityFilter {
            before: Some(before),
            ..usual.clone()
        };
        let page = read_activity(&world.service.store, filter, 4)
            .await
            .unwrap();
        found.extend(page.lines.iter().map(|line| line.id));
        next = page.next;
    }
    let newest_first: Vec<Uuid> = ids.iter().rev().copied().collect();
    assert_eq!(found, newest_first);

    let filters = [
        (
            ActivityFilter {
                portal: Some(PortalId(2)),
                ..usual.clone()
            },
            5,
        ),
        (
            ActivityFilter {
                kinds: vec![ActivityKind::Call],
                ..usual.clone()
            },
            3,
        ),
        (
            ActivityFilter {
                status_from: Some(500),
                status_to: Some(599),
                ..usual.clone()
            },
            2,
        ),
        (
            ActivityFilter {
                since: Some(second(3)),
                until: Some(second(5)),
                ..usual.clone()
            },
            2,
        ),
    ];
    for (filter, count) in filters {
        let said = format!("{filter:?}");
        assert_eq!(world.activity(filter).await.len(), count, "{said}");
    }
    let (csv, next) = export_activity(&world.service.store, usual).await.unwrap();
    assert_eq!((csv.lines().count(), next), (11, None));
    assert!(csv.contains(",call,"), "{csv}");
}

/// A second of the last hour: older lines may be pruned at any time.
fn second(n: i64) -> Timestamp {
    static HOUR: OnceLock<i64> = OnceLock::new();
    let began = HOUR.get_or_init(|| now_ms() - 3_600_000);
    Timestamp::from_millis(began + 1_000 * n)
}

/// A line for a log, differing by its number.
fn line(id: Uuid, n: usize) -> Activity {
    Activity {
        id,
        portal: PortalId(1 + (n as i64) % 2),
        happened_at: second(n as i64),
        kind: if n >= 7 {
            ActivityKind::Call
        } else {
            ActivityKind::Api
        },
        what: "threads.get".to_owned(),
        status: if n < 2 { 503 } else { 200 },
        duration_us: 5,
        request_id: None,
        subjects: vec!["thread:1".to_owned()],
        is_test: false,
        headers: None,
        body: None,
        failure: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_full_leaves_out_successes_before_failures_and_waits_for_nobody() {
    let world = World::start().await;
    let log = ActivityLog::new(|| Timestamp::from_millis(0));
    for n in 0..5_000 {
        log.record(line(Uuid::now_v7(), n));
        if n == 1_500 {
            assert!(!log.has_room(Went::Well) && log.has_room(Went::Wrong));
        }
    }
    assert!(!log.has_room(Went::Wrong));

    world.until_flushed(&log).await;

    assert_eq!(world.count("activity"), 2_000);
    assert!(log.has_room(Went::Well));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_does_not_take_waits_and_is_written_once_in_its_order() {
    let world = World::start().await;
    let log = ActivityLog::new(|| Timestamp::from_millis(0));
    let ids: Vec<Uuid> = (0..4).map(|_| Uuid::now_v7()).collect();
    log.record(line(ids[0], 0));
    log.record(line(ids[1], 1));
    let mut other = world.sql();
    crate::behind::execute(&mut other, "BEGIN; LOCK TABLE activity");

    assert!(log.flush(&world.service.store).await.is_err());
    log.record(line(ids[2], 2));
    assert!(log.flush(&world.service.store).await.is_err());
    log.record(line(ids[3], 3));
    crate::behind::execute(&mut other, "ROLLBACK");
    world.until_flushed(&log).await;

    let written = world.activity(ActivityFilter::default()).await;
    let written: Vec<Uuid> = written.iter().map(|line| line.id).collect();
    let newest_first: Vec<Uuid> = ids.iter().rev().copied().collect();
    assert_eq!(written, newest_first);
}

#[tokio::test(flavor = "multi_thread")]
async fn latencies_of_two_replicas_add_up_by_kind() {
    let one = World::start().await;
    let two = World::start_on(one.database_url.clone(), Setup::default()).await;
    let path = format!("/v1/portals/{PORTAL}/latency");
    let empty = one.get(AI_KEY, &path).await;
    assert_eq!(empty, (200, json!({"portal_id": "50001", "kinds": {}})));

    for place in 0..20 {
        let thread = ThreadId(THREAD.0 + place);
        let told = event(Change::Assignee(thread, ANN.to_owned()));
        let world = if place % 2 == 0 { &one } else { &two };
        world
            .deliver(&[told.clone(), event(Change::Created(thread))])
            .await;
        world.deliver(&[told]).await;
    }
    let began = Instant::now();
    let shown = loop {
        let (status, shown) = two.get(AI_KEY, &path).await;
        assert_eq!(status, 200);
        let count = |kind: &str| {
            shown["kinds"][kind]["received_to_committed"]["last_hour"]["count"].as_i64()
        };
        if ["thread_assigned", "thread_created"].map(count) == [Some(20); 2] {
            break shown;
        }
        assert!(began.elapsed() < PATIENCE, "{shown}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    let kinds = shown["kinds"].as_object().unwrap();
    assert_eq!(
        kinds.keys().collect::<Vec<_>>(),
        ["thread_assigned", "thread_created"]
    );
    for (kind, measures) in kinds {
        for measure in ["received_to_committed", "occurred_to_committed"] {
            for span in ["last_hour", "last_day"] {
                let of = &measures[measure][span];
                let value = |name: &str| of[name].as_f64().unwrap();
                assert_eq!(
                    of["count"], 20,
                    "{kind} {measure} {span}: a repeat is no event"
                );
                let rising = ["p50_ms", "p95_ms", "p99_ms", "max_ms"].map(value);
                assert!(rising.is_sorted() && rising[0] > 0.0, "{rising:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn latencies_older_than_an_hour_count_for_the_day_and_no_other_portal_sees_them() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO latency_minutes VALUES \
         (50001, 'status', 'received', now() - interval '2 hours', 8, 3, 1900), \
         (50001, 'status', 'received', now() - interval '25 hours', 99, 3, 5000000), \
         (50002, 'status', 'received', now(), 99, 3, 5000000)",
    );
    let path = format!("/v1/portals/{PORTAL}/latency");

    let (_, shown) = world.get(AI_KEY, &path).await;

    let of = &shown["kinds"]["status"]["received_to_committed"];
    assert_eq!(of["last_hour"], Value::Null);
    let day = json!({"count": 3, "p50_ms": 0.002, "p95_ms": 0.002, "p99_ms": 0.002, "max_ms": 1.9});
    assert_eq!(of["last_day"], day);
    let elsewhere = world.get(AI_KEY, "/v1/portals/50002/latency").await;
    assert_eq!(elsewhere.0, 404);
    let (status, _) = world.get(ADMIN_KEY, &path).await;
    assert_eq!(status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_logged_before_a_stop_is_there_after_it() {
    let world = World::start().await;
    world.act(RequestHandoff, &[]).await;
    world.deliver(&[assigned(ANN)]).await;
    let url = world.database_url.clone();

    world.service.stop().await;

    let mut conn = diesel::Connection::establish(&url).unwrap();
    let kinds = crate::behind::texts(&mut conn, "SELECT kind FROM activity ORDER BY 1");
    assert_eq!(kinds, ["action", "webhook"]);
    let times = crate::behind::texts(&mut conn, "SELECT sum(times) FROM latency_minutes");
    assert_eq!(times, ["2"]);
}
