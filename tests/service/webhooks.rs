//! The address of the webhooks: who is let in, what is answered, what is left behind.

use crate::delivering::{ANN, assigned, event, event_of, message, owned};
use crate::wire::now_ms;
use crate::world::{PATIENCE, PORTAL, SECRET, Setup, THREAD, TICKET, World};
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::hubspot::signature::version::SignatureVersion;
use baton::simulator::signing::{SIGNATURE, SIGNATURE_V3, SIGNATURE_VERSION, Versions};
use baton::simulator::webhook_event::{Change, WebhookEvent, delivery};
use reqwest::Method;

type Headers = Vec<(&'static str, String)>;

fn taken() -> Vec<u8> {
    delivery(&[assigned(ANN)])
}

fn signed(world: &World, versions: Versions, body: &[u8], later_ms: i64) -> Headers {
    world
        .webhook_signer(SECRET)
        .headers(versions, body, now_ms() + later_ms)
}

#[tokio::test(flavor = "multi_thread")]
async fn v3_v2_and_both_are_accepted() {
    let world = World::start().await;
    for versions in [Versions::V2, Versions::V3, Versions::Both] {
        let body = taken();
        let headers = signed(&world, versions, &body, 0);
        let response = world.deliver_with(headers, body).await;
        assert_eq!(
            (response.status, response.body.as_slice()),
            (200, &b""[..]),
            "{versions:?}"
        );
    }
    assert_eq!(world.count("event_receipts"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_looks_the_same_and_leaves_no_event() {
    let world = World::start().await;
    let body = taken();
    let of = |versions, later_ms| signed(&world, versions, &body, later_ms);
    let elsewhere = crate::wire::signer(
        &world,
        SECRET,
        baton::simulator::action_kind::ActionKind::PauseAi,
    );
    let wrong_v3 = |mut headers: Headers| {
        headers.retain(|(name, _)| *name != SIGNATURE_V3);
        headers.push((
            SIGNATURE_V3,
            world.webhook_signer("wrong").v3(&body, now_ms()),
        ));
        headers
    };
    let cases: Vec<(&str, Headers)> = vec![
        ("none", Vec::new()),
        ("v1", of(Versions::V1, 0)),
        (
            "wrong secret",
            world
                .webhook_signer("wrong")
                .headers(Versions::Both, &body, now_ms()),
        ),
        (
            "an action's address",
            elsewhere.headers(Versions::Both, &body, now_ms()),
        ),
        ("too old", of(Versions::V3, -301_000)),
        ("ahead", of(Versions::V3, 600_000)),
        (
            "a wrong v3 beside a right v2",
            wrong_v3(of(Versions::Both, 0)),
        ),
        ("garbage", vec![(SIGNATURE, "x".to_owned())]),
        (
            "v1 in upper case",
            vec![(
                SIGNATURE,
                world.webhook_signer(SECRET).v1(&body).to_uppercase(),
            )],
        ),
        (
            "an unknown version",
            vec![
                (SIGNATURE, world.webhook_signer(SECRET).v1(&body)),
                (SIGNATURE_VERSION, "v0".to_owned()),
            ],
        ),
    ];
    let mut seen = Vec::new();
    for (case, headers) in cases {
        let response = world.deliver_with(headers, body.clone()).await;
        assert_eq!(response.status, 401, "{case}");
        assert_eq!(response.error_code(), "invalid_signature", "{case}");
        seen.push(response.but_request_id());
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
    for table in [
        "event_receipts",
        "conversations",
        "kept_events",
        "unread_messages",
    ] {
        assert_eq!(world.count(table), 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_changed_on_its_way_is_refused() {
    let world = World::start().await;
    let body = taken();
    let headers = signed(&world, Versions::Both, &body, 0);
    let mut changed = body;
    changed.push(b' ');
    assert_eq!(world.deliver_with(headers, changed).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn v1_is_accepted_by_setting_and_only_here() {
    let setup = Setup {
        webhook_minimum: SignatureVersion::V1,
        ..Setup::default()
    };
    let world = World::start_with(setup).await;
    let body = taken();

    let headers = signed(&world, Versions::V1, &body, 0);
    let unnamed = headers
        .iter()
        .filter(|(name, _)| *name == SIGNATURE)
        .cloned()
        .collect();
    assert_eq!(
        world
            .deliver_with(headers.clone(), body.clone())
            .await
            .status,
        200
    );
    assert_eq!(world.deliver_with(unnamed, body.clone()).await.status, 200);
    let pause = baton::simulator::action_kind::ActionKind::PauseAi;
    assert_eq!(
        world
            .action_with(pause, headers.clone(), body.clone())
            .await
            .status,
        401
    );

    let mut with_wrong_v3 = headers;
    with_wrong_v3.extend(
        world
            .webhook_signer("wrong")
            .headers(Versions::V3, &body, now_ms()),
    );
    let response = world.deliver_with(with_wrong_v3, body.clone()).await;
    assert_eq!(response.status, 401, "with a v3 header only v3 counts");
    let wrong = world
        .webhook_signer("wrong")
        .headers(Versions::V1, &body, now_ms());
    assert_eq!(world.deliver_with(wrong, body.clone()).await.status, 401);
    for versions in [Versions::V2, Versions::V3, Versions::Both] {
        let headers = signed(&world, versions, &body, 0);
        assert_eq!(
            world.deliver_with(headers, body.clone()).await.status,
            200,
            "{versions:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_hubspot_caused_is_kept_for_the_console_and_a_stranger_s_is_not() {
    let world = World::start().await;
    let body = taken();
    let strangers = world.webhook_signer("wrong");
    for versions in [Versions::V1, Versions::V2, Versions::V3, Versions::Both] {
        let headers = strangers.headers(versions, &body, now_ms());
        assert_eq!(world.deliver_with(headers, body.clone()).await.status, 401);
    }
    assert_eq!(world.count("webhook_refusals"), 0);

    for _ in 0..2 {
        let headers = signed(&world, Versions::V1, &body, 0);
        assert_eq!(world.deliver_with(headers, body.clone()).await.status, 401);
    }
    let headers = signed(&world, Versions::V3, &body, -400_000);
    assert_eq!(world.deliver_with(headers, body.clone()).await.status, 401);

    let rows = "SELECT concat_ws(' ', reason, fits_as_v1, times) FROM webhook_refusals ORDER BY 1";
    assert_eq!(
        world.texts(rows),
        ["timestamp_too_old f 1", "unexpected_version t 2"]
    );
    let details = world.texts("SELECT detail FROM webhook_refusals").concat();
    assert!(!details.contains(SECRET), "{details}");
    let metrics = world.read("/metrics").await;
    let metrics = String::from_utf8(metrics.body).unwrap();
    assert!(
        metrics.contains("baton_webhooks_refused_v1_total"),
        "{metrics}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_post_is_answered() {
    let world = World::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let response = world.request(method, "/hubspot/webhooks", None).await;
        assert_eq!(response.status, 405);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_one_mebibyte_is_refused_unread() {
    let world = World::start().await;
    let whole = |bytes: usize| format!("[{}]", " ".repeat(bytes - 2));
    assert_eq!(world.deliver_bytes(whole(1024 * 1024)).await.status, 200);
    let response = world.deliver_bytes(whole(1024 * 1024 + 1)).await;
    assert_eq!(
        (response.status, response.error_code().as_str()),
        (413, "body_too_large")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_authentic_and_of_no_use_is_200_and_leaves_nothing() {
    let world = World::start().await;
    let stranger = PortalId(99);
    let unused = r#"[{"portalId":50001,"subscriptionType":"deal.creation","objectId":1,"occurredAt":5},
        {"portalId":50001,"subscriptionType":"contact.propertyChange","objectId":1,"occurredAt":5},
        {"portalId":50001,"subscriptionType":"something.new","occurredAt":5}]"#;
    assert_eq!(world.deliver_bytes(unused).await.status, 200);
    assert_eq!(world.deliver_bytes("[]").await.status, 200);
    let of_stranger = [
        event_of(stranger, Change::Assignee(THREAD, ANN.to_owned())),
        event_of(
            stranger,
            Change::Message(THREAD, "m".to_owned(), "MESSAGE".to_owned()),
        ),
        event_of(stranger, Change::ContactErased(7)),
        event_of(stranger, Change::Created(THREAD)),
    ];
    world.deliver(&of_stranger).await;
    let bad = format!(r#"[{{"portalId":{stranger},"subscriptionType":"conversation.creation"}}]"#);
    assert_eq!(world.deliver_bytes(bad).await.status, 200);
    for table in [
        "event_receipts",
        "conversations",
        "tickets",
        "decisions",
        "kept_events",
        "unread_messages",
        "erasures",
    ] {
        assert_eq!(world.count(table), 0, "{table}");
    }
}

fn die(world: &World) {
    world.execute(
        "UPDATE portals SET connection = 'unavailable', unavailable_because = 'revoked', \
         unavailable_since = now()",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_a_dead_portal_is_acknowledged_dropped_and_logged() {
    let world = World::start().await;
    die(&world);

    let told = [
        assigned(ANN),
        owned("5"),
        message("m-1"),
        event(Change::Created(ThreadId(8_001))),
        event(Change::Merged(TICKET, TicketId(16))),
    ];
    world.deliver(&told).await;

    for table in [
        "conversations",
        "tickets",
        "decisions",
        "event_receipts",
        "unread_messages",
        "ticket_merges",
        "owner_checks",
    ] {
        assert_eq!(world.count(table), 0, "{table}");
    }
    assert_eq!(world.state().await, "ai_active");
    let logged = "SELECT concat_ws(' | ', portal_id, status, failure) FROM activity \
                  WHERE kind = 'webhook'";
    let began = std::time::Instant::now();
    while world.texts(logged).is_empty() {
        assert!(began.elapsed() < PATIENCE, "never logged");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(
        world.texts(logged),
        ["50001 | 200 | dropped 5 events: the portal's connection is dead (revoked)"]
    );
    let metrics = String::from_utf8(world.read("/metrics").await.body).unwrap();
    let counted = "{kind=\"thread_assigned\",outcome=\"portal_unavailable\"}";
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn privacy_deletions_of_a_dead_portal_are_carried_out_all_the_same() {
    let world = World::start().await;
    die(&world);
    let told = [
        event(Change::Erased(THREAD)),
        event(Change::ContactErased(7)),
        assigned(ANN),
    ];

    world.deliver(&told).await;

    let erasures = "SELECT concat_ws(' ', subject, subject_id) FROM erasures ORDER BY 1";
    assert_eq!(world.texts(erasures), ["contact 7", "thread 7001"]);
    assert_eq!(world.count("event_receipts"), 2);
    assert_eq!(world.count("conversations WHERE state <> 'ai_active'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_portal_in_the_same_delivery_as_a_dead_one_is_heard() {
    let world = World::start().await;
    die(&world);
    world.execute(
        "INSERT INTO portals (portal_id, connection, connected_at) \
         VALUES (60001, 'connected', now())",
    );
    let other = PortalId(60_001);
    let told = [
        assigned(ANN),
        event_of(other, Change::Assignee(ThreadId(1), ANN.to_owned())),
    ];

    world.deliver(&told).await;

    let states = "SELECT concat_ws(' ', portal_id, state) FROM conversations";
    assert_eq!(world.texts(states), ["60001 human_active"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_being_opened_is_waited_for_before_anything_is_dropped() {
    let world = World::start().await;
    die(&world);
    let mut opening = world.sql();
    let lock = format!(
        "BEGIN; SELECT pg_advisory_xact_lock({PORTAL}); UPDATE portals SET \
         connection = 'connected', unavailable_because = NULL, unavailable_since = NULL"
    );
    crate::behind::execute(&mut opening, &lock);
    let told = [assigned(ANN)];
    let delivering = world.deliver(&told);
    let waits = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    let opened = async {
        let mut looking = world.sql();
        while crate::behind::texts(&mut looking, waits).is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        crate::behind::execute(&mut opening, "COMMIT");
    };

    tokio::join!(delivering, opened);

    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_kept_with_its_reason_and_the_rest_applies() {
    let world = World::start().await;
    let good = |actor: &str, thread| {
        event(Change::Assignee(ThreadId(thread), actor.to_owned()))
            .json()
            .to_string()
    };
    let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
    let bad = [
        r#"{"portalId":50001,"subscriptionType":"conversation.creation","objectId":"x","occurredAt":5}"#,
        r#"{"portalId":50001,"subscriptionType":"conversation.propertyChange","objectId":7,"occurredAt":5,"propertyName":"status","propertyValue":"\u0000"}"#,
        r#"{"subscriptionType":"conversation.creation","objectId":7,"occurredAt":5}"#,
        "17",
        r#"{"portalId":50001,"note":"\ud800"}"#,
        &deep,
    ];
    let body = format!("[{},{},{}]", good(ANN, 1), bad.join(","), good(ANN, 2));

    assert_eq!(world.deliver_bytes(body.clone()).await.status, 200);
    assert_eq!(world.deliver_bytes(body).await.status, 200);

    let states = "SELECT concat_ws(' ', thread_id, state) FROM conversations ORDER BY 1";
    assert_eq!(world.texts(states), ["1 human_active", "2 human_active"]);
    let kept = "SELECT concat_ws(' | ', portal_id, times, reason, left(content, 12)) FROM kept_events \
                ORDER BY reason";
    let kept = world.texts(kept);
    assert_eq!(kept.len(), bad.len(), "{kept:#?}");
    assert!(kept.iter().all(|row| row.contains(" | 2 | ")), "{kept:#?}");
    let with = |what: &str| kept.iter().filter(|row| row.contains(what)).count();
    assert_eq!(with("50001 | 2 | objectId is of no use"), 1, "{kept:#?}");
    assert_eq!(
        with("50001 | 2 | propertyValue holds U+0000"),
        1,
        "{kept:#?}"
    );
    assert_eq!(with("0 | 2 | portalId is missing"), 1, "{kept:#?}");
    assert_eq!(with("nests deeper"), 1, "{kept:#?}");
    let escaped = "SELECT content FROM kept_events WHERE reason LIKE '%U+0000%'";
    assert_eq!(world.texts(escaped), [bad[1]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_json_is_200_and_kept() {
    let world = World::start().await;
    let bodies: [&[u8]; 5] = [b"", b"hello", b"[{\"portalId\":50001}", b"\0", b"[\xff"];
    for body in bodies {
        assert_eq!(world.deliver_bytes(body).await.status, 200, "{body:?}");
    }
    let kept = "SELECT content FROM kept_events ORDER BY content";
    let mut expected =
        ["", "hello", "[{\"portalId\":50001}", "\\u0000", "[\u{FFFD}"].map(str::to_owned);
    expected.sort();
    let mut found = world.texts(kept);
    found.sort();
    assert_eq!(found, expected);
    let reasons = world.texts("SELECT DISTINCT left(reason, 20) FROM kept_events");
    assert_eq!(reasons, ["the body is not JSON"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_to_be_read_until_it_was_and_never_again() {
    let world = World::start().await;
    let note = event(Change::Message(
        THREAD,
        "n-1".to_owned(),
        "COMMENT".to_owned(),
    ));
    let told = [message("m-1"), message("m-2"), note];
    world.deliver(&told).await;

    let rows = "SELECT concat_ws(' ', portal_id, thread_id, message_id) \
                FROM unread_messages ORDER BY message_id";
    assert_eq!(world.texts(rows), ["50001 7001 m-1", "50001 7001 m-2"]);
    let times = "SELECT (extract(epoch FROM occurred_at) * 1000)::bigint FROM unread_messages \
                 WHERE message_id = 'm-1'";
    assert_eq!(world.texts(times), [told[0].occurred_at_ms.to_string()]);

    world.execute("DELETE FROM unread_messages WHERE message_id = 'm-1'");
    world.deliver(&told).await;
    assert_eq!(world.texts(rows), ["50001 7001 m-2"]);
    assert_eq!(world.count("decisions"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn deletions_merges_and_beginnings_are_queued_once() {
    let world = World::start().await;
    let told = [
        event(Change::Erased(THREAD)),
        event(Change::ContactErased(7)),
        event(Change::Merged(TICKET, TicketId(16))),
        event(Change::Created(ThreadId(8_001))),
    ];
    world.deliver(&told).await;
    world.deliver(&told).await;
    world.deliver(&[event(Change::Erased(THREAD))]).await;

    let erasures = "SELECT concat_ws(' ', subject, subject_id) FROM erasures ORDER BY 1";
    assert_eq!(world.texts(erasures), ["contact 7", "thread 7001"]);
    let merges = "SELECT concat_ws(' ', merged_ticket_id, into_ticket_id) FROM ticket_merges";
    assert_eq!(world.texts(merges), [format!("16 {TICKET}")]);
    let threads = "SELECT concat_ws(' ', thread_id, control_version) FROM conversations";
    assert_eq!(world.texts(threads), ["8001 0"]);
    assert_eq!(world.count("event_receipts"), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_mixes_portals_and_each_keeps_to_itself() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO portals (portal_id, connection, connected_at, ai_sender_user_id) \
         SELECT 60000 + n, 'connected', now(), 3892001 FROM generate_series(1, 9) AS n",
    );
    let told: Vec<WebhookEvent> = (0..100)
        .map(|n| {
            let portal = match n % 11 {
                0 => PORTAL,
                10 => PortalId(99),
                other => PortalId(60_000 + other),
            };
            event_of(
                portal,
                Change::Assignee(ThreadId(n / 11 + 1), ANN.to_owned()),
            )
        })
        .collect();

    world.deliver(&told).await;

    let states = "SELECT concat_ws(' ', state, count(*), count(DISTINCT portal_id)) \
                  FROM conversations GROUP BY state ORDER BY 1";
    // In the other portals that very user is the AI's sender.
    assert_eq!(world.texts(states), ["ai_active 81 9", "human_active 10 1"]);
    assert_eq!(world.count("conversations WHERE portal_id = 99"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_hundred_events_are_received_all_the_same() {
    let world = World::start().await;
    let told: Vec<WebhookEvent> = (1..=250)
        .map(|n| event(Change::Assignee(ThreadId(n), ANN.to_owned())))
        .collect();
    world.deliver(&told).await;
    assert_eq!(
        world.count("conversations WHERE state = 'human_active'"),
        250
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_to_the_commit_is_measured_by_kind_of_event() {
    let world = World::start().await;
    world
        .deliver(&[assigned(ANN), owned("5"), message("m")])
        .await;
    let metrics = String::from_utf8(world.read("/metrics").await.body).unwrap();
    for kind in ["thread_assigned", "ticket_assigned", "message_added"] {
        for histogram in ["baton_webhook_commit_seconds", "baton_webhook_age_seconds"] {
            let count = format!("{histogram}_count{{kind=\"{kind}\"}}");
            assert!(metrics.contains(&count), "{count}");
        }
        let committed = format!("kind=\"{kind}\",outcome=\"committed\"");
        assert!(metrics.contains(&committed), "{committed}");
    }
}
