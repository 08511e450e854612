//! A conversation that HubSpot takes out of its archive is read again, and is open once two readings
//! say so: neither the event alone nor a replica that lags opens it.

use crate::delivering::{ANN, about, assigned, event, message as announced, moved, status};
use crate::desk::{Desk, inbox, message, rfc3339, until};
use crate::wire::now_ms;
use crate::world::{THREAD, World};
use baton::domain::ids::ThreadId;
use baton::simulator::webhook_event::{Change, WebhookEvent};

/// Without an answer nothing is read but what the events ask for.
const LISTS: &str = "/threads?";
const THIS: &str = "/threads/7001?";
const OPEN: &str = "conversations WHERE is_open";
const DOUBTED: &str = "conversations WHERE facts ? 'status_doubt'";

fn archived(seconds_ago: i64) -> WebhookEvent {
    moved(event(Change::Deleted(THREAD)), -seconds_ago)
}

fn restored(seconds_ago: i64) -> WebhookEvent {
    moved(event(Change::Restored(THREAD)), -seconds_ago)
}

/// A world that reads nothing by itself.
async fn world_of(desk: &Desk) -> World {
    desk.never_answer(LISTS);
    desk.world().await
}

/// Archived ten minutes ago; HubSpot was asked and said so.
async fn world_with_archived(desk: &Desk) -> World {
    let world = world_of(desk).await;
    desk.thread(THREAD, |thread| thread.is_archived = true);
    world.deliver(&[archived(600)]).await;
    settled(&world).await;
    assert_eq!(world.count(OPEN), 0);
    world
}

async fn settled(world: &World) {
    until("nothing is left to verify", async || {
        world.count("owner_checks") == 0
    })
    .await;
}

async fn readings(desk: &Desk, number: usize) {
    until("it was read", async || desk.calls(THIS).len() >= number).await;
}

fn restore(desk: &Desk) {
    desk.thread(THREAD, |thread| thread.is_archived = false);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_restored_open_is_open_again_once_two_readings_say_so() {
    let desk = Desk::start().await;
    let world = world_with_archived(&desk).await;
    let before = desk.called_at(THIS).len();
    restore(&desk);

    world.deliver(&[restored(0)]).await;

    until("a first reading is doubted", async || {
        world.count(DOUBTED) == 1
    })
    .await;
    assert_eq!(world.count(OPEN), 0, "one reading opens nothing");
    until("it is open", async || world.count(OPEN) == 1).await;
    let read_at = &desk.called_at(THIS)[before..];
    let apart = read_at[read_at.len() - 1] - read_at[0];
    assert!(apart.as_secs() >= 10, "{apart:?}");
    settled(&world).await;
    assert_eq!(world.state().await, "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_was_closed_before_it_was_archived_stays_closed() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    let closed_at = now_ms() - 900_000;
    desk.thread(THREAD, |thread| thread.closed_at = Some(closed_at));

    world.deliver(&[archived(600), restored(300)]).await;

    readings(&desk, 1).await;
    settled(&world).await;
    assert_eq!(world.count(OPEN), 0);
    assert_eq!(world.count("conversations WHERE facts ? 'openings'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_still_has_it_archived_is_asked_again() {
    let desk = Desk::start().await;
    let world = world_with_archived(&desk).await;
    let before = desk.calls(THIS).len();
    desk.lag();
    restore(&desk);

    world.deliver(&[restored(0)]).await;
    readings(&desk, before + 1).await;
    desk.catch_up();

    until("it was seen open", async || world.count(DOUBTED) == 1).await;
    until("it is open", async || world.count(OPEN) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_has_not_heard_of_the_closing_opens_nothing() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    desk.thread(THREAD, |_| ());
    desk.lag();
    desk.thread(THREAD, |thread| thread.is_archived = true);

    world.deliver(&[restored(90), archived(0)]).await;

    // However often it says so in the first minute.
    readings(&desk, 3).await;
    desk.catch_up();
    settled(&world).await;
    assert_eq!(world.count(OPEN), 0);
    assert_eq!(world.count("conversations WHERE facts ? 'openings'"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closing_between_the_two_readings_keeps_it_closed() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    desk.thread(THREAD, |_| ());
    world.deliver(&[archived(600), restored(500)]).await;
    until("it was seen open", async || world.count(DOUBTED) == 1).await;

    let closed = moved(status("CLOSED"), -120);
    let at = closed.occurred_at_ms;
    desk.thread(THREAD, |thread| thread.closed_at = Some(at));
    world.deliver(&[closed]).await;

    assert_eq!(world.count(DOUBTED), 0);
    settled(&world).await;
    assert_eq!(world.count(OPEN), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_who_has_it_keeps_it() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());
    world.deliver(&[moved(assigned(ANN), -900)]).await;

    world.deliver(&[archived(600), restored(500)]).await;

    until("it was seen open", async || world.count(DOUBTED) == 1).await;
    until("it is open", async || world.count(OPEN) == 1).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_waited_in_it_is_alerted_of() {
    const ALERTS: &str = "outbox WHERE event_type = 'conversation.unattended'";
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    let mut item = message("m-1", "INCOMING", "V-901", inbox());
    item["createdAt"] = rfc3339(now_ms() - 3_600_000).into();
    desk.thread(THREAD, |thread| thread.messages.push(item));
    // Closed before anybody hears of the message.
    world.deliver(&[archived(600)]).await;
    world.deliver(&[moved(announced("m-1"), -3_600)]).await;
    until("it waits", async || {
        world.count("conversations WHERE facts ? 'waiting'") == 1
    })
    .await;
    assert_eq!(world.count(ALERTS), 0, "not while it is closed");

    world.deliver(&[restored(500)]).await;

    until("it was seen open", async || world.count(DOUBTED) == 1).await;
    until("somebody is told", async || world.count(ALERTS) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_nobody_knew_is_known_from_then_on() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());

    world.deliver(&[restored(10), restored(10)]).await;

    let silent = format!("{OPEN} AND state = 'human_active'");
    until("it is known", async || world.count(&silent) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_whatever_order_it_is_told_the_rows_are_the_same() {
    let desk = Desk::start().await;
    let world = world_of(&desk).await;
    let events = [
        moved(status("CLOSED"), -900),
        moved(status("OPEN"), -800),
        archived(700),
        restored(600),
    ];
    let orders = orders_of(&events);
    let began_at = now_ms() - 3_600_000;
    for place in 0..orders.len() {
        let id = ThreadId(THREAD.0 + i64::try_from(place).unwrap());
        desk.thread(id, |thread| thread.latest_at = began_at);
    }

    for (place, order) in orders.iter().enumerate() {
        for event in about(order, i64::try_from(place).unwrap()) {
            world.deliver(&[event]).await;
        }
    }

    let all = i64::try_from(orders.len()).unwrap();
    until("all were seen open", async || {
        world.count(&format!("{DOUBTED} OR is_open")) == all
    })
    .await;
    until("all are open", async || world.count(OPEN) == all).await;
    settled(&world).await;
    // When each was read is its own.
    let rows = "SELECT DISTINCT concat_ws(' ', state, \
                facts - 'owner_checked_at' #- '{openings,0,read_at}', holds) FROM conversations";
    assert_eq!(world.texts(rows).len(), 1, "{:?}", world.texts(rows));
}

fn orders_of(events: &[WebhookEvent]) -> Vec<Vec<WebhookEvent>> {
    let [first, rest @ ..] = events else {
        return vec![Vec::new()];
    };
    let mut orders = Vec::new();
    for order in orders_of(rest) {
        for place in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(place, first.clone());
            orders.push(longer);
        }
    }
    orders
}
