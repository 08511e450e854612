//! Messages of which no webhook told are found and read, and what waits to be read silences the AI.

use crate::delivering::{ANN, assigned, event, message as announced, moved, status};
use crate::desk::{Desk, inbox, message, rfc3339, until};
use crate::wire::now_ms;
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, THREAD, TICKET, World, client};
use baton::domain::ids::ThreadId;
use baton::simulator::webhook_event::Change;
use serde_json::{Value, json};

const MINUTE_MS: i64 = 60_000;
const ALERTS: &str = "outbox WHERE event_type = 'conversation.unattended'";

/// A message written so long ago.
fn written(id: &str, direction: &str, actor: &str, minutes_ago: i64) -> Value {
    let mut item = message(id, direction, actor, inbox());
    item["createdAt"] = rfc3339(now_ms() - minutes_ago * MINUTE_MS).into();
    item
}

fn holds(desk: &Desk, items: Vec<Value>) {
    desk.thread(THREAD, |thread| thread.messages.extend(items));
}

async fn codes(world: &World) -> Vec<String> {
    let shown = world.conversation().await;
    let because = shown["silent_because"].as_array().unwrap().iter();
    because
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

async fn is_silent_for(world: &World, code: &str) -> bool {
    codes(world).await.contains(&code.to_owned())
}

/// The import is over, and what it had read is.
async fn imported(world: &World) {
    let over = "followed_portals WHERE import_ended_at IS NOT NULL";
    until("the import is over", async || world.count(over) == 1).await;
    until("its messages are read", async || {
        world.count("unread_messages") == 0
    })
    .await;
}

/// A sweep period passes for HubSpot's list of conversations; until it was read again.
async fn list_is_read_again(world: &World) {
    world.execute("UPDATE followed_portals SET listed_until = listed_until - interval '5 minutes'");
    let read = "followed_portals WHERE listed_until > now() - interval '2 minutes'";
    until("the list was read", async || world.count(read) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_whose_webhook_was_lost_is_found_by_the_sweep_and_read_once() {
    let desk = Desk::start().await;
    holds(&desk, vec![written("m-1", "INCOMING", "V-901", 3)]);
    let world = desk.world().await;
    imported(&world).await;
    assert_eq!(codes(&world).await, [] as [&str; 0]);

    // Nobody is told of this.
    holds(&desk, vec![message("m-2", "OUTGOING", ANN, inbox())]);
    list_is_read_again(&world).await;

    until("it silences", async || {
        codes(&world).await == ["PERSON_REPLIED"]
    })
    .await;
    until("it is read", async || world.count("unread_messages") == 0).await;
    let calls = desk.calls("/messages").len();
    list_is_read_again(&world).await;
    list_is_read_again(&world).await;
    assert_eq!(world.count("unread_messages"), 0);
    assert_eq!(desk.calls("/messages").len(), calls, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_replied_shortly_before_the_portal_was_connected_is_not_spoken_over() {
    let desk = Desk::start().await;
    holds(&desk, vec![written("m-1", "OUTGOING", ANN, 5)]);

    let world = desk.world().await;

    until("it silences", async || {
        codes(&world).await == ["PERSON_REPLIED"]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_waited_before_the_portal_was_connected_raises_the_alert() {
    let desk = Desk::start().await;
    holds(&desk, vec![written("m-1", "INCOMING", "V-901", 120)]);

    let world = desk.world().await;

    until("somebody is told", async || world.count(ALERTS) == 1).await;
    let shown = world.conversation().await;
    assert_eq!(shown["waiting"]["message_id"], "m-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_the_day_before_yesterday_is_not_read_at_the_first_connecting() {
    let desk = Desk::start().await;
    holds(&desk, vec![written("m-1", "INCOMING", "V-901", 3_000)]);

    let world = desk.world().await;

    imported(&world).await;
    assert_eq!(desk.calls("/messages").len(), 0);
    assert_eq!(world.count("conversations"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_is_read_beside_the_customers_later_message() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    world.deliver(&[event(Change::Created(THREAD))]).await;
    let reply = written("m-1", "OUTGOING", ANN, 2);
    holds(
        &desk,
        vec![reply, message("m-2", "INCOMING", "V-901", inbox())],
    );

    world.deliver(&[announced("m-2")]).await;

    until("it silences", async || {
        codes(&world).await == ["PERSON_REPLIED"]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_list_shows_and_a_lagging_history_does_not_is_looked_for_until_it_does() {
    let desk = Desk::start().await;
    holds(&desk, vec![written("m-1", "INCOMING", "V-901", 3)]);
    let world = desk.world().await;
    imported(&world).await;

    desk.thread(THREAD, |thread| thread.latest_at = now_ms());
    list_is_read_again(&world).await;
    let before = desk.calls("/messages").len();
    until("it is looked for again", async || {
        desk.calls("/messages").len() >= before + 2
    })
    .await;
    assert_eq!(codes(&world).await, ["MESSAGE_UNREAD"]);

    holds(&desk, vec![message("m-2", "OUTGOING", ANN, inbox())]);
    until("it silences", async || {
        codes(&world).await == ["PERSON_REPLIED"]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_announced_message_waits_to_be_read_the_ai_may_not_speak() {
    let desk = Desk::start().await;
    desk.ticket(TICKET, |_| ());
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    let world = desk.world().await;
    imported(&world).await;
    let before = world.conversation().await;
    assert_eq!(before["may_reply"], true, "{before}");
    desk.never_answer("/messages");
    holds(&desk, vec![message("m-1", "OUTGOING", ANN, inbox())]);

    world.deliver(&[announced("m-1")]).await;

    let shown = world.conversation().await;
    assert_eq!(shown["may_reply"], false, "{shown}");
    let because = &shown["silent_because"][0];
    assert_eq!(because["code"], "MESSAGE_UNREAD", "{shown}");
    assert!(because["since"].is_string(), "{shown}");
    for same in ["state", "control_version", "silenced_at_version"] {
        assert_eq!(shown[same], before[same], "a gate changes no record");
    }
    let path = format!("/v1/portals/{PORTAL}/tickets/{TICKET}");
    let (_, of_ticket) = world.get(AI_KEY, &path).await;
    assert_eq!(of_ticket["may_reply"], false, "{of_ticket}");
    assert_eq!(of_ticket["conversations"][0]["may_reply"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_known_by_an_unread_message_alone_is_not_the_ais_yet() {
    let desk = Desk::start().await;
    desk.never_answer("/messages");
    let world = desk.world().await;

    world.deliver(&[announced("m-1")]).await;

    assert_eq!(world.count("conversations"), 0);
    assert_eq!(codes(&world).await, ["MESSAGE_UNREAD"]);
    desk.thread(THREAD, |_| ());
    desk.answer_again();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_a_customer_opened_again_is_open_though_no_event_told() {
    let desk = Desk::start().await;
    let closed_ms = now_ms() - 60 * MINUTE_MS;
    desk.thread(THREAD, |thread| thread.closed_at = Some(closed_ms));
    let world = desk.world().await;
    world.deliver(&[moved(status("CLOSED"), -3_600)]).await;
    imported(&world).await;
    assert_eq!(codes(&world).await, ["CONVERSATION_CLOSED"]);

    desk.thread(THREAD, |thread| thread.closed_at = None);
    holds(&desk, vec![written("m-2", "INCOMING", "V-901", 20)]);
    world.execute("UPDATE followed_portals SET listed_until = now() - interval '1 hour'");

    until("it is open", async || codes(&world).await.is_empty()).await;
    until("somebody is told", async || world.count(ALERTS) == 1).await;
    let shown = world.conversation().await;
    assert_eq!(shown["waiting"]["message_id"], "m-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn spam_shuts_its_gate_raises_no_alert_and_opens_it_when_it_is_spam_no_more() {
    let desk = Desk::start().await;
    desk.thread(THREAD, |thread| thread.is_spam = true);
    holds(&desk, vec![written("m-1", "INCOMING", "V-901", 120)]);
    let world = desk.world().await;
    imported(&world).await;
    assert_eq!(codes(&world).await, ["SPAM"]);
    let spam = "decisions WHERE command ->> 'fact' = 'spam_told'";
    assert_eq!(world.count(spam), 1);
    assert_eq!(world.count(ALERTS), 0);

    desk.thread(THREAD, |thread| thread.is_spam = false);
    world.execute("UPDATE conversations SET facts = facts - 'owner_checked_at'");

    until("the gate opens", async || codes(&world).await.is_empty()).await;
    assert_eq!(world.count(spam), 2);
    until("somebody is told", async || world.count(ALERTS) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_former_ai_sender_owns_is_nobodys_to_answer_until_it_is_read_again() {
    const FORMER: &str = "A-61000009";
    let desk = Desk::start().await;
    desk.change(|held| {
        for (owner, user) in [(81_538_001, 3_892_001), (81_538_009, 61_000_009)] {
            let teammate = json!({"id": owner.to_string(), "userId": user, "type": "PERSON",
                "firstName": "T", "lastName": user.to_string(), "archived": false});
            held.owners.insert(owner, teammate);
        }
    });
    desk.thread(THREAD, |thread| thread.assigned_to = FORMER.to_owned());
    let world = desk.world().await;
    world.deliver(&[assigned(FORMER)]).await;
    imported(&world).await;
    until("its owner is read", async || {
        world.count("owner_checks") == 0
    })
    .await;
    assert_eq!(codes(&world).await, [] as [&str; 0]);
    desk.never_answer("/threads");

    let url = format!("{}/v1/portals/{PORTAL}/ai-sender", world.url);
    let sender = json!({"user_id": "3892001", "is_shared": false});
    let set = client().put(url).bearer_auth(ADMIN_KEY).json(&sender);
    let answer = set.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    assert!(is_silent_for(&world, "OWNER_UNKNOWN").await);
    desk.answer_again();
    until("it is a person's", async || {
        codes(&world).await == ["PERSON_OWNS"]
    })
    .await;
    let other = ThreadId(THREAD.0 + 1);
    let path = format!("/v1/portals/{PORTAL}/conversations/{other}");
    let (_, untouched) = world.get(AI_KEY, &path).await;
    assert_eq!(untouched["may_reply"], true, "nobody owned it");
}
