//! Webhooks: their shapes, signatures, batches, retries, and what goes wrong on demand.

use crate::receiver::Receiver;
use crate::world::{CUSTOMER, SANDBOX, STARTER, World};
use baton::domain::ids::{ThreadId, TicketId, WorkflowId};
use baton::simulator::demo_world::{APP_ID, CLIENT_SECRET, THREAD, TICKET};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::deed::{Assignee, Deed, Hand};
use baton::simulator::hubspot::webhooks::delivery_log::DeliveryOutcome;
use baton::simulator::hubspot::webhooks::disturbance::{Disturbance, Mishap};
use baton::simulator::signing::UrlSigner;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SAM: i64 = 3_892_001;
const SAMS_OWNER: i64 = 81_538_001;

async fn connected() -> (World, Receiver) {
    connected_with(HubSpotOptions::demo()).await
}

async fn connected_with(options: HubSpotOptions) -> (World, Receiver) {
    let receiver = Receiver::start().await;
    let world = World::start_with(options).await;
    world.install(CUSTOMER).await;
    world.hubspot.serve_at(&receiver.url);
    (world, receiver)
}

/// Waits until nothing waits or is on its way.
async fn settled(world: &World) {
    let began = Instant::now();
    while world.hubspot.unsettled_webhooks() > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "never settled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Without what is different each time.
fn bare(event: &Value) -> Value {
    let mut event = event.clone();
    let fields = event.as_object_mut().unwrap();
    assert!(fields.remove("eventId").unwrap().as_i64().unwrap() > 0);
    assert!(fields.remove("occurredAt").unwrap().as_i64().unwrap() > 1_700_000_000_000);
    event
}

#[tokio::test]
async fn changes_are_told_in_hubspots_shapes() {
    let (world, receiver) = connected().await;
    let hubspot = &world.hubspot;
    let message = hubspot.customer_writes(CUSTOMER, THREAD, "Hello?").unwrap();
    receiver.wait_for(1).await;
    hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::User(SAM))
        .unwrap();
    receiver.wait_for(2).await;
    hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::Nobody)
        .unwrap();
    receiver.wait_for(3).await;
    hubspot
        .assign_ticket(CUSTOMER, TICKET, Some(SAMS_OWNER))
        .unwrap();
    receiver.wait_for(4).await;
    hubspot.close(CUSTOMER, THREAD).unwrap();

    let events = receiver.wait_for(5).await;

    let common = |id: i64, kind: &str, object: i64| {
        json!({ "subscriptionId": id, "portalId": 50_001, "appId": APP_ID,
            "subscriptionType": kind, "attemptNumber": 0, "objectId": object })
    };
    let with = |mut event: Value, more: Value| {
        let fields = event.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        event
    };
    let property = "conversation.propertyChange";
    let expected = [
        with(
            common(2_371_004, "conversation.newMessage", 7_001),
            json!({ "messageId": message, "messageType": "MESSAGE", "changeFlag": "NEW_MESSAGE" }),
        ),
        with(
            common(2_371_001, property, 7_001),
            json!({ "propertyName": "assignedTo", "propertyValue": "A-3892001",
                "changeSource": "USER" }),
        ),
        with(
            common(2_371_001, property, 7_001),
            json!({ "propertyName": "assignedTo", "propertyValue": "", "changeSource": "USER" }),
        ),
        with(
            common(2_371_009, "ticket.propertyChange", 15_384_000_001),
            json!({ "propertyName": "hubspot_owner_id", "propertyValue": "81538001",
                "changeSource": "CRM_UI", "sourceId": "userId:61000001" }),
        ),
        with(
            common(2_371_002, property, 7_001),
            json!({ "propertyName": "status", "propertyValue": "CLOSED",
                "changeSource": "USER" }),
        ),
    ];
    assert_eq!(events.iter().map(bare).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn an_event_says_whether_a_person_a_workflow_or_an_app_did_it() {
    let (world, receiver) = connected().await;
    let hands = [
        (Hand::User(SAM), "CRM_UI", "userId:3892001"),
        (
            Hand::Workflow(WorkflowId(9)),
            "AUTOMATION_PLATFORM",
            "enrollmentId:2384000000000;actionExecutionIndex:0",
        ),
        (Hand::App(APP_ID), "INTEGRATION", "2438001"),
    ];
    for (place, (by, source, source_id)) in hands.into_iter().enumerate() {
        let owner = Some(SAMS_OWNER + i64::try_from(place % 2).unwrap());
        let ticket = TICKET;
        let deed = Deed::AssignTicket { ticket, owner, by };
        world.hubspot.carry_out(CUSTOMER, &deed).unwrap();
        let event = receiver.wait_for(place + 1).await.pop().unwrap();
        assert_eq!(event["changeSource"], source);
        assert_eq!(event["sourceId"], source_id);
    }
}

#[tokio::test]
async fn archives_privacy_links_and_merges_are_told() {
    let (world, receiver) = connected().await;
    let begun = world
        .hubspot
        .customer_begins(CUSTOMER, "Pat", "Hi")
        .unwrap();
    let (thread, ticket) = (begun.thread.unwrap(), begun.ticket.unwrap());
    let other = ThreadId(THREAD.0 + 5);
    let (into, merged) = (TICKET, ticket);
    let deeds = [
        Deed::Archive { thread },
        Deed::Restore { thread },
        Deed::Link {
            ticket,
            thread: other,
        },
        Deed::Merge { into, merged },
        Deed::Erase { thread },
        Deed::EraseContact { contact: 301 },
    ];
    for deed in &deeds {
        world.hubspot.carry_out(CUSTOMER, deed).unwrap();
    }

    let events = receiver.wait_for(9).await;

    let mut kinds: Vec<&str> = events
        .iter()
        .map(|event| event["subscriptionType"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let expected = [
        "contact.privacyDeletion",
        "conversation.creation",
        "conversation.deletion",
        "conversation.newMessage",
        "conversation.privacyDeletion",
        "conversation.propertyChange",
        "ticket.associationChange",
        "ticket.associationChange",
        "ticket.merge",
    ];
    assert_eq!(kinds, expected);
    let restored = events
        .iter()
        .find(|event| event["propertyName"] == "isArchived")
        .unwrap();
    assert_eq!(restored["propertyValue"], "false");
}

#[tokio::test]
async fn deliveries_carry_v1_and_v3_signatures_of_the_bytes_sent() {
    let (world, receiver) = connected().await;
    world
        .hubspot
        .customer_writes(CUSTOMER, THREAD, "Grüße")
        .unwrap();
    receiver.wait_for(1).await;

    let received = receiver.received().pop().unwrap();

    assert_eq!(received.path, "/hubspot/webhooks");
    let secret = SecretString::from(CLIENT_SECRET);
    let url = format!("{}/hubspot/webhooks", receiver.url);
    let signer = UrlSigner::new(&secret, "POST", &url);
    let header = |name: &str| received.headers[name].clone();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("x-hubspot-signature"), signer.v1(&received.body));
    assert_eq!(header("x-hubspot-signature-version"), "v1");
    let sent_at: i64 = header("x-hubspot-request-timestamp").parse().unwrap();
    assert!((baton::simulator::caller::now_ms() - sent_at).abs() < 10_000);
    assert_eq!(
        header("x-hubspot-signature-v3"),
        signer.v3(&received.body, sent_at)
    );
}

#[tokio::test]
async fn only_accounts_with_the_app_are_told_of_anything() {
    let (world, receiver) = connected().await;
    world.install(STARTER).await;
    for portal in [SANDBOX, STARTER] {
        world
            .hubspot
            .customer_begins(portal, "Kim", "Hello")
            .unwrap();
    }
    world.hubspot.uninstall(STARTER);
    world
        .hubspot
        .customer_begins(STARTER, "Kim", "Again")
        .unwrap();
    receiver.wait_for(3).await;
    settled(&world).await;

    let portals: Vec<Value> = receiver
        .events()
        .iter()
        .map(|event| event["portalId"].clone())
        .collect();
    assert_eq!(portals, [50_002, 50_002, 50_002]);
}

#[tokio::test]
async fn what_happens_meanwhile_goes_out_in_batches_of_a_hundred() {
    let (world, receiver) = connected().await;
    world.hubspot.hold_webhooks();
    for count in 0..250 {
        let text = format!("message {count}");
        world
            .hubspot
            .customer_writes(CUSTOMER, THREAD, &text)
            .unwrap();
    }
    assert_eq!(
        receiver.events().len(),
        0,
        "nothing leaves while it is held"
    );

    world.hubspot.release_webhooks();
    receiver.wait_for(250).await;

    let mut sizes: Vec<usize> = receiver
        .received()
        .iter()
        .map(|received| received.events().len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [50, 100, 100]);
}

#[tokio::test]
async fn at_most_ten_deliveries_of_an_account_are_on_their_way() {
    let (world, receiver) = connected().await;
    world.hubspot.hold_webhooks();
    world.hubspot.duplicate_webhooks(CUSTOMER, 30);
    // The first ten are held long enough for all ten to come.
    for number in 0..31 {
        let held = if number < 10 { 2 } else { 0 };
        receiver.answer(200, Duration::from_secs(held));
    }
    world
        .hubspot
        .customer_writes(CUSTOMER, THREAD, "Hello")
        .unwrap();
    world.hubspot.release_webhooks();

    receiver.wait_for(31).await;

    assert_eq!(receiver.most_at_a_time(), 10);
}

#[tokio::test]
async fn every_refusal_is_tried_again_with_a_fresh_signature() {
    for status in [400, 401, 404, 429, 500, 503, 302] {
        let (world, receiver) = connected().await;
        receiver.answer(status, Duration::ZERO);
        world
            .hubspot
            .customer_writes(CUSTOMER, THREAD, "Hello")
            .unwrap();
        receiver.wait_for(1).await;
        settled_but(&world, 1).await;

        world.hubspot.advance(Duration::from_secs(61));
        let events = receiver.wait_for(2).await;

        assert_eq!(events[0]["attemptNumber"], 0, "{status}");
        assert_eq!(events[1]["attemptNumber"], 1, "{status}");
        assert_eq!(events[0]["eventId"], events[1]["eventId"]);
        let received = receiver.received();
        let signature = |place: usize| &received[place].headers["x-hubspot-signature-v3"];
        assert_ne!(signature(0), signature(1));
        settled(&world).await;
        let outcomes: Vec<DeliveryOutcome> = world
            .hubspot
            .webhook_log()
            .iter()
            .map(|delivery| delivery.outcome)
            .collect();
        let expected = [
            DeliveryOutcome::Answered(status),
            DeliveryOutcome::Answered(200),
        ];
        assert_eq!(outcomes, expected);
    }
}

/// Waits until this many events wait and none is on its way.
async fn settled_but(world: &World, waiting: usize) {
    let began = Instant::now();
    loop {
        let is_logged = !world.hubspot.webhook_log().is_empty();
        if is_logged && world.hubspot.unsettled_webhooks() == waiting {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "never settled");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_slow_service_is_left_after_the_time_limit_and_asked_again() {
    let (world, receiver) = connected_with(HubSpotOptions {
        webhook_timeout: Duration::from_secs(1),
        ..HubSpotOptions::demo()
    })
    .await;
    receiver.answer(200, Duration::from_secs(10));
    world
        .hubspot
        .customer_writes(CUSTOMER, THREAD, "Hello")
        .unwrap();
    settled_but(&world, 1).await;
    assert_eq!(
        world.hubspot.webhook_log()[0].outcome,
        DeliveryOutcome::TimedOut
    );

    world.hubspot.advance(Duration::from_secs(61));

    assert_eq!(receiver.wait_for(2).await[1]["attemptNumber"], 1);
}

#[tokio::test]
async fn a_service_that_is_away_for_a_day_is_given_up_after_eleven_attempts() {
    let (world, receiver) = connected().await;
    world.hubspot.serve_at("http://127.0.0.1:1");
    world
        .hubspot
        .customer_writes(CUSTOMER, THREAD, "Hello")
        .unwrap();
    for attempt in 1..=11 {
        let began = Instant::now();
        while world.hubspot.webhook_log().len() < attempt {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "attempt {attempt}"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.hubspot.advance(Duration::from_secs(8 * 3_600 + 1));
    }
    settled(&world).await;

    let log = world.hubspot.webhook_log();
    let failed = log
        .iter()
        .filter(|delivery| delivery.outcome == DeliveryOutcome::NotReached);
    assert_eq!(failed.count(), 11);
    assert_eq!(log.last().unwrap().outcome, DeliveryOutcome::GivenUp);
    assert_eq!(receiver.events().len(), 0);
}

#[tokio::test]
async fn a_compressed_day_brings_a_late_service_its_events() {
    let (world, receiver) = connected_with(HubSpotOptions {
        clock_speed: 600.0,
        ..HubSpotOptions::demo()
    })
    .await;
    for _ in 0..3 {
        receiver.answer(503, Duration::ZERO);
    }
    world
        .hubspot
        .customer_writes(CUSTOMER, THREAD, "Hello")
        .unwrap();
    // A minute, three and eight: about a second in all.
    let events = receiver.wait_for(4).await;
    let attempts: Vec<&Value> = events.iter().map(|event| &event["attemptNumber"]).collect();
    assert_eq!(attempts, [0, 1, 2, 3]);
}

#[tokio::test]
async fn events_can_be_lost() {
    let (world, receiver) = connected().await;
    let lose = Disturbance::always(Mishap::Lose).on("ticket.").times(1);
    world.hubspot.disturb(lose);
    for owner in [Some(SAMS_OWNER), None] {
        world
            .hubspot
            .assign_ticket(CUSTOMER, TICKET, owner)
            .unwrap();
        world
            .hubspot
            .customer_writes(CUSTOMER, THREAD, "Hello")
            .unwrap();
    }
    receiver.wait_for(3).await;
    settled(&world).await;

    let owners: Vec<Value> = receiver
        .events()
        .iter()
        .filter(|event| event["subscriptionType"] == "ticket.propertyChange")
        .map(|event| event["propertyValue"].clone())
        .collect();
    assert_eq!(owners, [""]);
    let log = world.hubspot.webhook_log();
    let lost: Vec<_> = log
        .iter()
        .filter(|delivery| delivery.outcome == DeliveryOutcome::Lost)
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].events[0]["propertyValue"], "81538001");

    world.hubspot.drop_webhooks(CUSTOMER);
    world.hubspot.close(CUSTOMER, THREAD).unwrap();
    settled(&world).await;
    assert_eq!(receiver.events().len(), 3);
}

#[tokio::test]
async fn events_can_come_several_times() {
    let (world, receiver) = connected().await;
    world.hubspot.duplicate_webhooks(CUSTOMER, 2);
    world.hubspot.close(CUSTOMER, THREAD).unwrap();
    receiver.wait_for(3).await;
    settled(&world).await;

    let received = receiver.received();
    assert_eq!(received.len(), 3, "each in a request of its own");
    let first = received[0].events();
    assert!(received.iter().all(|received| received.events() == first));
}

#[tokio::test]
async fn an_older_event_can_come_after_a_younger_one() {
    let (world, receiver) = connected().await;
    let late = Disturbance::always(Mishap::Delay { ms: 60_000 }).times(1);
    world.hubspot.disturb(late);
    world
        .hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::User(SAM))
        .unwrap();
    world.hubspot.advance(Duration::from_secs(1));
    world
        .hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::Nobody)
        .unwrap();
    receiver.wait_for(1).await;
    world.hubspot.advance(Duration::from_secs(60));

    let events = receiver.wait_for(2).await;

    assert_eq!(events[0]["propertyValue"], "");
    assert_eq!(events[1]["propertyValue"], "A-3892001");
    assert!(events[0]["occurredAt"].as_i64() > events[1]["occurredAt"].as_i64());
}

#[tokio::test]
async fn a_shuffle_changes_the_order_and_loses_nothing() {
    let (world, receiver) = connected().await;
    world.hubspot.hold_webhooks();
    world
        .hubspot
        .reorder_webhooks(CUSTOMER, Duration::from_secs(60));
    let mut sent = Vec::new();
    for count in 0..60 {
        let text = format!("{count}");
        sent.push(
            world
                .hubspot
                .customer_writes(CUSTOMER, THREAD, &text)
                .unwrap(),
        );
    }
    world.hubspot.release_webhooks();
    world.hubspot.advance(Duration::from_secs(61));

    let events = receiver.wait_for(60).await;

    let mut came: Vec<String> = events
        .iter()
        .map(|event| event["messageId"].as_str().unwrap().to_owned())
        .collect();
    assert_ne!(came, sent);
    came.sort();
    sent.sort();
    assert_eq!(came, sent);
}

#[tokio::test]
async fn the_control_routes_do_the_same() {
    let (world, receiver) = connected().await;
    let lose = json!({ "effect": { "kind": "lose" }, "times": 1 });
    assert_eq!(
        world.post("/_simulator/disturbances", lose).await.status,
        204
    );
    let deed = json!({ "do": "assign_thread", "thread": 7001, "to": { "user": SAM } });
    assert_eq!(world.post("/_simulator/desk/50001", deed).await.status, 200);
    let deed = json!({ "do": "agent_replies", "thread": 7001, "user": SAM, "text": "Hi" });
    let answer = world.post("/_simulator/desk/50001", deed).await;
    assert_eq!(answer.field("message").len(), 32);
    receiver.wait_for(1).await;
    settled(&world).await;
    let log = world.get("/_simulator/webhooks").await.json();
    assert_eq!(log["deliveries"][0]["outcome"], "lost");
    assert_eq!(log["deliveries"][1]["outcome"], json!({ "answered": 200 }));
    assert_eq!(log["unsettled"], 0);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_its_reason() {
    let (world, _receiver) = connected().await;
    for (deed, reason) in [
        (
            json!({ "do": "close", "thread": 1 }),
            "there is no conversation 1",
        ),
        (
            json!({ "do": "assign_thread", "thread": 7001, "to": { "user": 5 } }),
            "there is no user 5",
        ),
        (
            json!({ "do": "assign_ticket", "ticket": 15_384_000_001_i64, "owner": 81_538_003 }),
            "there is no owner 81538003",
        ),
        (
            json!({ "do": "customer_writes", "thread": 7001, "text": "  " }),
            "the text is empty",
        ),
    ] {
        let answer = world.post("/_simulator/desk/50001", deed.clone()).await;
        assert_eq!(
            (answer.status, answer.field("message").as_str()),
            (400, reason),
            "{deed}"
        );
    }
    for (path, deed) in [
        ("/_simulator/desk/50001", json!({ "do": "explode" })),
        ("/_simulator/desk/50001", json!({ "do": "close" })),
        (
            "/_simulator/desk/99",
            json!({ "do": "close", "thread": 7001 }),
        ),
        (
            "/_simulator/disturbances",
            json!({ "effect": { "kind": "explode" } }),
        ),
    ] {
        assert_eq!(world.post(path, deed).await.status, 400);
    }
    let none = TicketId(5);
    assert!(world.hubspot.assign_ticket(CUSTOMER, none, None).is_err());
}
