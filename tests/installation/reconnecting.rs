//! What happened in HubSpot while a connection was dead: nobody was told, so nobody is spoken over.

use crate::browsing::Browser;
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, World};
use baton::domain::ids::ThreadId;
use baton::simulator::hubspot::deed::Assignee;
use baton::simulator::hubspot::fault::Fault;
use reqwest::Method;
use serde_json::Value;
use std::time::{Duration, Instant};

/// HubSpot's user id of a person of the account.
const PERSON: i64 = 61_000_001;
/// A webhook that is answered 503 is sent again after 42 to 60 s.
const PATIENCE: Duration = Duration::from_secs(120);

async fn conversation(world: &World, thread: ThreadId) -> Value {
    let path = format!("/v1/portals/{PORTAL}/conversations/{thread}");
    let (status, body) = world.api(Method::GET, AI_KEY, &path, "").await;
    assert_eq!(status, 200, "{body}");
    body
}

fn silences(conversation: &Value) -> Vec<&str> {
    let silences = conversation["silent_because"].as_array().unwrap();
    let codes = silences.iter().map(|silence| silence["code"].as_str());
    codes.map(Option::unwrap).collect()
}

/// Looks until it is so; `never` is checked at every look.
async fn until(
    world: &World,
    thread: ThreadId,
    is_so: impl Fn(&Value) -> bool,
    never: impl Fn(&Value) -> bool,
) -> Value {
    let began = Instant::now();
    loop {
        let seen = conversation(world, thread).await;
        assert!(!never(&seen), "{seen}");
        if is_so(&seen) {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "{seen}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn may_reply(seen: &Value) -> bool {
    seen["may_reply"] == true
}

fn nothing(_: &Value) -> bool {
    false
}

/// A connected portal with three conversations in which the AI may speak, told of by webhooks
/// alone: an import may find that something in them was not read yet.
async fn three_conversations(world: &World) -> (Browser, Vec<ThreadId>) {
    world.hubspot.serve_at(&world.url);
    world.follows_nothing(PORTAL);
    let browser = world.connected(PORTAL).await;
    let sender = "/v1/portals/50001/ai-sender";
    let chosen = "{\"user_id\": 61000009, \"is_shared\": false}";
    let (status, body) = world.api(Method::PUT, ADMIN_KEY, sender, chosen).await;
    assert_eq!(status, 200, "{body}");
    let mut threads = Vec::new();
    for customer in ["Cara", "Carl", "Cleo"] {
        let begun = world.hubspot.customer_begins(PORTAL, customer, "Hello?");
        threads.push(begun.unwrap().thread.unwrap());
    }
    for thread in &threads {
        let is_known = |seen: &Value| {
            may_reply(seen) && seen["waiting"].is_object() && seen["owner_checked_at"].is_string()
        };
        until(world, *thread, is_known, nothing).await;
    }
    (browser, threads)
}

async fn connection_dies(world: &World) {
    world.hubspot.revoke_refresh_tokens(PORTAL);
    assert!(world.service.tokens.refresh_ahead(PORTAL).await.is_err());
    world.follows_again(PORTAL);
}

async fn told_all(world: &World) {
    let began = Instant::now();
    while world.hubspot.unsettled_webhooks() > 0 {
        assert!(began.elapsed() < PATIENCE, "never told");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_took_over_while_the_connection_was_dead_is_never_spoken_over() {
    let world = World::start().await;
    let (mut browser, threads) = three_conversations(&world).await;
    let [taken, answered, left] = threads[..] else {
        panic!("three conversations")
    };
    let before = conversation(&world, left).await;
    assert!(may_reply(&before), "{before}");
    connection_dies(&world).await;

    let to = Assignee::User(PERSON);
    world.hubspot.assign_thread(PORTAL, taken, to).unwrap();
    let reply = (PERSON, "I will look into it.");
    world
        .hubspot
        .agent_replies(PORTAL, answered, reply)
        .unwrap();
    told_all(&world).await;

    for thread in [taken, answered] {
        let dead = conversation(&world, thread).await;
        assert_eq!(dead["state"], "ai_active", "nothing is applied: {dead}");
        assert_eq!(silences(&dead)[0], "CONNECTION_UNAVAILABLE");
    }

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    let unread = conversation(&world, taken).await;
    assert!(silences(&unread).contains(&"OWNER_UNKNOWN"), "{unread}");
    let is_human = |seen: &Value| seen["state"] == "human_active";
    until(&world, taken, is_human, may_reply).await;
    until(&world, answered, is_human, nothing).await;
    let after = until(&world, left, may_reply, |_| false).await;
    for same in ["state", "control_version", "silent_because", "waiting"] {
        assert_eq!(after[same], before[same], "{same}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_hubspot_does_not_answer_after_a_reconnect_the_ai_stays_silent() {
    let world = World::start().await;
    let (mut browser, threads) = three_conversations(&world).await;
    let path = "/v1/portals/50001/connection";
    world.api(Method::DELETE, ADMIN_KEY, path, "").await;
    world.follows_again(PORTAL);
    let lists = "/conversations/v3/conversations/threads";
    world.hubspot.add_fault(Fault::status(503).at(lists));

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    let began = Instant::now();
    while world.asked(lists) == 0 || began.elapsed() < Duration::from_secs(6) {
        for thread in &threads {
            let seen = conversation(&world, *thread).await;
            assert_eq!(silences(&seen)[0], "OWNER_UNKNOWN", "{seen}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    world.hubspot.clear_faults();
    for thread in &threads {
        until(&world, *thread, may_reply, nothing).await;
    }
}

const LISTS: &str = "/conversations/v3/conversations/threads";

fn messages_of(thread: ThreadId) -> String {
    format!("{LISTS}/{thread}/messages")
}

/// The connection dies, and a person answers without taking the conversation.
async fn answered_while_dead(world: &World, answered: ThreadId) {
    connection_dies(world).await;
    let reply = (PERSON, "I will look into it.");
    world
        .hubspot
        .agent_replies(PORTAL, answered, reply)
        .unwrap();
    told_all(world).await;
}

/// Waits until the import of the newest connecting is over.
async fn imported(world: &World) {
    let over = "followed_portals AS f JOIN portals AS p USING (portal_id) \
                WHERE f.import_of = p.connected_at AND f.import_ended_at IS NOT NULL";
    let began = Instant::now();
    while world.count(over) == 0 {
        assert!(began.elapsed() < PATIENCE, "never imported");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_only_answered_is_not_spoken_over_before_the_answer_was_read() {
    let world = World::start().await;
    let (mut browser, threads) = three_conversations(&world).await;
    let answered = threads[1];
    answered_while_dead(&world, answered).await;
    let messages = messages_of(answered);
    world.hubspot.add_fault(Fault::status(503).at(&messages));
    let asked_before = world.asked(&messages);

    let end = world.connect(&mut browser, PORTAL).await;

    assert_eq!(end.status, 303, "{}", end.body);
    let owner_read = "conversations AS c JOIN portals AS p USING (portal_id) \
        WHERE to_timestamp((c.facts ->> 'owner_checked_at')::bigint / 1000.0) >= p.missed_until";
    let began = Instant::now();
    while world.count(owner_read) < 3 || world.asked(&messages) == asked_before {
        let seen = conversation(&world, answered).await;
        assert_eq!(silences(&seen)[0], "OWNER_UNKNOWN", "{seen}");
        assert!(began.elapsed() < PATIENCE, "{seen}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    imported(&world).await;
    let seen = conversation(&world, answered).await;
    assert_eq!(
        silences(&seen),
        ["OWNER_UNKNOWN", "MESSAGE_UNREAD"],
        "{seen}"
    );
    world.hubspot.clear_faults();
    let is_human = |seen: &Value| seen["state"] == "human_active";
    until(&world, answered, is_human, may_reply).await;
    for untouched in [threads[0], threads[2]] {
        until(&world, untouched, may_reply, nothing).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_once_is_read_again_once_not_with_each_consent() {
    let world = World::start().await;
    let (mut browser, threads) = three_conversations(&world).await;
    answered_while_dead(&world, threads[1]).await;
    world.connect(&mut browser, PORTAL).await;
    imported(&world).await;
    let is_human = |seen: &Value| seen["state"] == "human_active";
    until(&world, threads[1], is_human, may_reply).await;
    for untouched in [threads[0], threads[2]] {
        until(&world, untouched, may_reply, nothing).await;
    }
    let asked = || -> Vec<usize> {
        let of = |thread: &ThreadId| world.asked(&messages_of(*thread));
        threads.iter().map(of).collect()
    };
    let before = asked();

    let again = world.connect(&mut browser, PORTAL).await;

    assert_eq!(again.status, 303, "{}", again.body);
    imported(&world).await;
    assert_eq!(world.count("unread_messages"), 0);
    assert_eq!(asked(), before);
    for untouched in [threads[0], threads[2]] {
        assert!(may_reply(&conversation(&world, untouched).await));
    }
}
