//! Conversations through the API: shapes, filters, pages, messages, assignees and actors.

use crate::world::{Answer, CUSTOMER, EUROPEAN, World, answered};
use baton::domain::ids::ThreadId;
use baton::simulator::demo_world::{APP_ID, THREAD};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::deed::{Assignee, Deed, Hand};
use baton::simulator::hubspot::options::RateLimit;
use serde_json::{Value, json};
use std::time::Duration;

const THREADS: &str = "/conversations/v3/conversations/threads";
const ONE: &str = "/conversations/v3/conversations/threads/7001";
const SAM: i64 = 3_892_001;

/// The app in the customer's account.
struct Installed {
    world: World,
    token: String,
}

impl Installed {
    async fn start() -> Self {
        Self::start_with(HubSpotOptions {
            rate_limit: RateLimit {
                calls: 10_000,
                within: Duration::from_secs(1_000),
            },
            ..HubSpotOptions::demo()
        })
        .await
    }

    async fn start_with(options: HubSpotOptions) -> Self {
        let world = World::start_with(options).await;
        let token = world.install(CUSTOMER).await.access;
        Self { world, token }
    }

    async fn get(&self, path: &str) -> Answer {
        self.world.call("GET", path, &self.token).await
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = self.world.request(method, path).bearer_auth(&self.token);
        answered(request.json(&body)).await
    }
}

fn message() -> Value {
    json!({
        "type": "MESSAGE", "text": "Your parcel is on its way.", "attachments": [],
        "senderActorId": "A-61000009", "channelId": "1000", "channelAccountId": "424001",
        "recipients": [{ "actorId": "V-301", "deliveryIdentifiers":
            [{ "type": "HS_EMAIL_ADDRESS", "value": "casey.customer@customer.example" }] }],
    })
}

fn without(mut json: Value, names: &[&str]) -> Value {
    for name in names {
        assert!(
            json.as_object_mut().unwrap().remove(*name).is_some(),
            "{name}"
        );
    }
    json
}

#[tokio::test]
async fn a_thread_has_the_fields_of_the_openapi_file() {
    let app = Installed::start().await;
    let answer = app.get(&format!("{ONE}?association=TICKET")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let times = [
        "createdAt",
        "latestMessageTimestamp",
        "latestMessageReceivedTimestamp",
    ];
    assert_eq!(
        without(answer.json(), &times),
        json!({ "id": "7001", "status": "OPEN", "originalChannelId": "1000",
            "originalChannelAccountId": "424001", "inboxId": "147001",
            "associatedContactId": "301", "spam": false, "archived": false,
            "threadAssociations": { "associatedTicketId": "15384000001" } })
    );
    assert!(app.get(ONE).await.json()["threadAssociations"].is_null());

    app.world
        .hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::User(SAM))
        .unwrap();
    app.world.hubspot.close(CUSTOMER, THREAD).unwrap();
    let closed = app.get(ONE).await.json();
    assert_eq!(closed["assignedTo"], "A-3892001");
    assert_eq!(closed["status"], "CLOSED");
    assert!(closed["closedAt"].is_string());
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_answered_as_hubspot_does() {
    let app = Installed::start().await;
    for (method, path, expected) in [
        ("GET", format!("{THREADS}/5"), 404),
        ("GET", format!("{THREADS}/one"), 400),
        ("GET", format!("{ONE}?association=DEAL"), 400),
        ("GET", format!("{THREADS}?limit=501"), 400),
        ("GET", format!("{THREADS}?limit=0"), 400),
        ("GET", format!("{THREADS}?after=x"), 400),
        ("GET", format!("{THREADS}?sort=name"), 400),
        ("GET", format!("{THREADS}?sort=latestMessageTimestamp"), 400),
        ("GET", format!("{THREADS}?threadStatus=OPEN"), 400),
        ("GET", format!("{THREADS}?associatedTicketId=x"), 400),
        ("GET", format!("{THREADS}/5/messages"), 404),
        ("GET", format!("{ONE}/messages?limit=501"), 400),
        ("GET", format!("{ONE}/messages?sort=x"), 400),
        ("GET", format!("{ONE}/messages/nothing"), 404),
        (
            "GET",
            "/conversations/v3/conversations/actors/A-1".to_owned(),
            404,
        ),
        (
            "GET",
            "/conversations/v3/conversations/actors/x".to_owned(),
            404,
        ),
        ("DELETE", format!("{THREADS}/5"), 404),
        ("PUT", ONE.to_owned(), 405),
    ] {
        let answer = app.world.call(method, &path, &app.token).await;
        assert_eq!(answer.status, expected, "{method} {path}: {}", answer.text);
        assert!(answer.json()["correlationId"].is_string(), "{path}");
    }
    assert_eq!(app.world.get(ONE).await.status, 401);
    let european = app.world.install(EUROPEAN).await.access;
    assert_eq!(app.world.call("GET", ONE, &european).await.status, 404);
}

#[tokio::test]
async fn pages_of_threads_follow_one_another_and_lose_none() {
    let app = Installed::start().await;
    for count in 0..6 {
        let name = format!("Customer {count}");
        app.world
            .hubspot
            .customer_begins(CUSTOMER, &name, "Hi")
            .unwrap();
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = app.get(&format!("{THREADS}?limit=3{after}")).await.json();
        for thread in page["results"].as_array().unwrap() {
            seen.push(thread["id"].as_str().unwrap().parse::<i64>().unwrap());
        }
        let Some(next) = page["paging"]["next"]["after"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    assert_eq!(seen.len(), 10);
    assert!(seen.is_sorted());

    let since = "2020-01-01T00:00:00Z";
    let path = format!("{THREADS}?sort=latestMessageTimestamp&latestMessageTimestampAfter={since}");
    let by_time = app.get(&path).await.json();
    let times = by_time["results"].as_array().unwrap().iter();
    let times: Vec<&str> = times
        .map(|thread| thread["latestMessageTimestamp"].as_str().unwrap())
        .collect();
    assert_eq!(times.len(), 10);
    assert!(times.is_sorted());
}

#[tokio::test]
async fn threads_are_found_by_ticket_contact_and_archive() {
    let app = Installed::start().await;
    let ids = |answer: Answer| -> Vec<String> {
        let json = answer.json();
        let results = json["results"].as_array().unwrap().iter();
        results
            .map(|thread| thread["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let of_ticket = format!("{THREADS}?associatedTicketId=15384000001&association=TICKET");
    assert_eq!(ids(app.get(&of_ticket).await), ["7001"]);
    let of_contact = format!("{THREADS}?associatedContactId=301&threadStatus=OPEN");
    assert_eq!(ids(app.get(&of_contact).await), ["7001"]);
    app.world.hubspot.close(CUSTOMER, THREAD).unwrap();
    assert_eq!(ids(app.get(&of_contact).await), [""; 0]);
    assert_eq!(ids(app.get(&format!("{THREADS}?inboxId=1")).await), [""; 0]);

    let archived = app.world.call("DELETE", ONE, &app.token).await;
    assert_eq!(archived.status, 204);
    assert_eq!(app.get(ONE).await.status, 404);
    assert_eq!(app.get(&format!("{ONE}?archived=true")).await.status, 200);
    assert_eq!(
        ids(app.get(&format!("{THREADS}?archived=true")).await),
        ["7001"]
    );
    let restore = json!({ "archived": false });
    let refused = app.send("PATCH", ONE, restore.clone()).await;
    assert_eq!(refused.status, 404);
    let path = format!("{ONE}?archived=true");
    assert_eq!(app.send("PATCH", &path, restore).await.status, 200);
    assert_eq!(app.get(ONE).await.status, 200);
}

#[tokio::test]
async fn a_status_is_changed_alone() {
    let app = Installed::start().await;
    let closed = app.send("PATCH", ONE, json!({ "status": "CLOSED" })).await;
    assert_eq!(
        (closed.status, closed.field("status").as_str()),
        (200, "CLOSED")
    );
    for body in [
        json!({}),
        json!({ "status": "DONE" }),
        json!({ "archived": true }),
        json!({ "status": "OPEN", "archived": false }),
        json!({ "status": 1 }),
        json!([]),
    ] {
        assert_eq!(
            app.send("PATCH", ONE, body.clone()).await.status,
            400,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_history_shows_who_wrote_through_what() {
    let app = Installed::start().await;
    let hubspot = &app.world.hubspot;
    hubspot
        .agent_replies(CUSTOMER, THREAD, (SAM, "I am on it."))
        .unwrap();
    let sent = app
        .send("POST", &format!("{ONE}/messages"), message())
        .await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let note = json!({ "type": "COMMENT", "text": "A note", "attachments": [] });
    let note = app.send("POST", &format!("{ONE}/messages"), note).await;
    assert_eq!(note.status, 201, "{}", note.text);
    hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::User(SAM))
        .unwrap();
    hubspot.close(CUSTOMER, THREAD).unwrap();
    hubspot
        .customer_writes(CUSTOMER, THREAD, "Thanks!")
        .unwrap();

    let path = format!("{ONE}/messages?sort=createdAt");
    let history = app.get(&path).await.json();

    let history = history["results"].as_array().unwrap();
    let kinds: Vec<&str> = history
        .iter()
        .map(|item| item["type"].as_str().unwrap())
        .collect();
    let expected = [
        "MESSAGE",
        "MESSAGE",
        "MESSAGE",
        "COMMENT",
        "ASSIGNMENT",
        "THREAD_STATUS_CHANGE",
        "MESSAGE",
        "THREAD_STATUS_CHANGE",
    ];
    assert_eq!(kinds, expected);
    assert_eq!(history[0]["direction"], "INCOMING");
    assert_eq!(history[0]["senders"][0]["actorId"], "V-301");
    assert_eq!(history[0]["text"], "Hello, where is my parcel?");
    assert_eq!(history[1]["client"], json!({ "clientType": "HUBSPOT" }));
    assert_eq!(history[1]["senders"][0]["actorId"], "A-3892001");
    let through_the_app = json!({ "clientType": "INTEGRATION", "integrationAppId": APP_ID });
    assert_eq!(history[2]["client"], through_the_app);
    assert_eq!(history[2]["senders"][0]["actorId"], "A-61000009");
    assert_eq!(history[2]["status"]["statusType"], "SENT");
    assert_eq!(history[3]["client"], through_the_app);
    assert_eq!(history[4]["assignedTo"], "A-3892001");
    assert!(history[4].get("assignedFrom").is_none());
    assert_eq!(history[5]["newStatus"], "CLOSED");
    assert_eq!(history[7]["newStatus"], "OPEN");
    assert_eq!(history[2], without(sent.json(), &[]));

    let newest = app.get(&format!("{ONE}/messages?limit=1")).await.json();
    assert_eq!(newest["results"][0]["id"], history[7]["id"]);
    let after = newest["paging"]["next"]["after"].as_str().unwrap();
    let next = app
        .get(&format!("{ONE}/messages?limit=100&after={after}"))
        .await
        .json();
    assert_eq!(next["results"].as_array().unwrap().len(), 7);
    let id = history[0]["id"].as_str().unwrap();
    let one = app.get(&format!("{ONE}/messages/{id}")).await.json();
    assert_eq!(one, history[0]);
}

#[tokio::test]
async fn a_message_that_hubspot_would_not_send_is_refused() {
    let app = Installed::start().await;
    let path = format!("{ONE}/messages");
    let with = |name: &str, value: Value| {
        let mut message = message();
        message[name] = value;
        message
    };
    for body in [
        without(message(), &["attachments"]),
        without(message(), &["text"]),
        without(message(), &["recipients"]),
        without(message(), &["senderActorId"]),
        without(message(), &["channelId"]),
        with("text", json!("   ")),
        with("type", json!("WELCOME_MESSAGE")),
        with("senderActorId", json!("A-5")),
        with("senderActorId", json!("V-301")),
        with("senderActorId", json!("61000009")),
        with("channelId", json!("1002")),
        with("channelAccountId", json!("1")),
        with("recipients", json!([])),
        with("recipients", json!([{ "actorId": "V-301" }])),
        with("recipients", json!([{ "deliveryIdentifiers": [] }])),
        with(
            "recipients",
            json!([{ "deliveryIdentifiers": [{ "type": "PIGEON", "value": "x" }] }]),
        ),
        json!({ "type": "COMMENT", "text": "no attachments" }),
    ] {
        let answer = app.send("POST", &path, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    let elsewhere = format!("{THREADS}/5/messages");
    assert_eq!(app.send("POST", &elsewhere, message()).await.status, 404);
    let history = app.get(&path).await.json();
    assert_eq!(history["results"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_thread_is_assigned_in_both_documented_forms() {
    let app = Installed::start().await;
    let spec = "/conversations/conversations/v3/threads/7001/assignee";
    let guide = format!("{ONE}/assignee");
    for (method, path, actor) in [
        ("PUT", spec, "A-3892001"),
        ("POST", &guide, "nia@acme-support.example"),
        ("PUT", spec, "A-61000009"),
    ] {
        let answer = app.send(method, path, json!({ "actorId": actor })).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
        let assignee = app.get(ONE).await.field("assignedTo");
        assert_eq!(answer.field("assignedTo"), assignee);
        assert!(actor == assignee || assignee == "A-3892002", "{assignee}");
    }
    for path in [spec, &guide] {
        assert_eq!(app.world.call("DELETE", path, &app.token).await.status, 204);
        assert!(app.get(ONE).await.json().get("assignedTo").is_none());
    }
    for actor in [
        "A-5",
        "V-301",
        "I-2438001",
        "L-1",
        "",
        "nobody@acme-support.example",
        "3892001",
    ] {
        let answer = app.send("PUT", spec, json!({ "actorId": actor })).await;
        assert_eq!(answer.status, 400, "{actor}");
    }
    assert_eq!(app.send("PUT", spec, json!({})).await.status, 400);
}

#[tokio::test]
async fn actors_are_told_apart() {
    let app = Installed::start().await;
    let actors = "/conversations/v3/conversations/actors";
    let sam = app.get(&format!("{actors}/A-3892001")).await.json();
    let expected = json!({ "id": "A-3892001", "type": "AGENT", "name": "Sam Service",
        "email": "sam@acme-support.example" });
    assert_eq!(sam, expected);
    let inputs = json!({ "inputs": ["V-301", "S-hubspot", "L-1", "I-2438001"] });
    let several = app
        .send("POST", &format!("{actors}/batch/read"), inputs)
        .await;
    assert_eq!(several.status, 200);
    let kinds: Vec<Value> = several.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|actor| actor["type"].clone())
        .collect();
    assert_eq!(kinds, ["VISITOR", "SYSTEM", "LLM", "INTEGRATOR"]);
    let inputs = json!({ "inputs": ["A-1", "A-3892001"] });
    let some = app
        .send("POST", &format!("{actors}/batch/read"), inputs)
        .await;
    assert_eq!(some.status, 207);
    assert_eq!(some.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(some.json()["numErrors"], 1);
}

#[tokio::test]
async fn reads_of_a_lagging_replica_answer_what_was_and_writes_do_not() {
    let app = Installed::start().await;
    let hubspot = &app.world.hubspot;
    hubspot.lag(CUSTOMER, Duration::from_secs(1_000));
    hubspot
        .assign_thread(CUSTOMER, THREAD, Assignee::User(SAM))
        .unwrap();
    hubspot.customer_writes(CUSTOMER, THREAD, "Late").unwrap();
    let begun = hubspot.customer_begins(CUSTOMER, "Lee", "New").unwrap();
    let new = format!("{THREADS}/{}", begun.thread.unwrap());
    let count = async || {
        app.get(&format!("{ONE}/messages")).await.json()["results"]
            .as_array()
            .unwrap()
            .len()
    };

    assert!(app.get(ONE).await.json().get("assignedTo").is_none());
    assert_eq!(count().await, 1);
    assert_eq!(app.get(&new).await.status, 404);
    let assign = "/conversations/conversations/v3/threads/7001/assignee";
    let written = app
        .send("PUT", assign, json!({ "actorId": "A-61000009" }))
        .await;
    assert_eq!(written.field("assignedTo"), "A-61000009");
    assert!(app.get(ONE).await.json().get("assignedTo").is_none());

    hubspot.advance(Duration::from_secs(1_001));

    assert_eq!(app.get(ONE).await.field("assignedTo"), "A-61000009");
    assert_eq!(count().await, 4);
    assert_eq!(app.get(&new).await.status, 200);
}

#[tokio::test]
async fn calls_count_against_the_limit_and_faults_strike_them() {
    let app = Installed::start_with(HubSpotOptions {
        rate_limit: RateLimit {
            calls: 2,
            within: Duration::from_secs(10),
        },
        ..HubSpotOptions::demo()
    })
    .await;
    for expected in [200, 200, 429] {
        assert_eq!(app.get(ONE).await.status, expected);
    }
    app.world.hubspot.advance(Duration::from_secs(1_001));
    let fault = baton::simulator::hubspot::fault::Fault::status(503).at("/conversations/");
    app.world.hubspot.add_fault(fault);
    assert_eq!(app.get(ONE).await.status, 503);
}

#[tokio::test]
async fn a_privacy_deletion_leaves_nothing_to_read() {
    let app = Installed::start().await;
    let thread = THREAD;
    app.world
        .hubspot
        .carry_out(CUSTOMER, &Deed::Erase { thread })
        .unwrap();
    assert_eq!(app.get(ONE).await.status, 404);
    assert_eq!(app.get(&format!("{ONE}?archived=true")).await.status, 404);
    assert_eq!(app.get(&format!("{ONE}/messages")).await.status, 404);
    let by = Hand::Admin;
    let close = app
        .world
        .hubspot
        .carry_out(CUSTOMER, &Deed::Close { thread, by });
    assert!(close.is_err());
    let other = ThreadId(THREAD.0 + 1);
    assert!(app.world.hubspot.close(CUSTOMER, other).is_ok());
}
