//! Readings of messages that take long, or that HubSpot does not answer: they are struck off in the
//! end, and large pages are given up for small ones only where they failed.

use crate::desk::{Desk, inbox, message, until};
use crate::world::{PORTAL, THREAD, World};
use baton::domain::time::Timestamp;
use baton::store::unread_messages::{Untold, expect};
use std::time::Duration;

const PATH: &str = "/messages";

/// A conversation with so many messages of today, of which nobody told.
async fn untold(desk: &Desk, messages: usize) -> World {
    desk.thread(THREAD, |thread| {
        let customer = |n| message(&format!("m-{n}"), "INCOMING", "V-77", inbox());
        thread.messages = (0..messages).map(customer).collect();
    });
    desk.quiet_world().await
}

fn expect_all(world: &World) {
    let untold = Untold {
        thread: THREAD,
        since: Timestamp::from_millis(1_700_000_000_000),
        newest_at: None,
    };
    expect(&mut world.sql(), PORTAL, &[untold]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_page_after_page_keeps_the_claim_and_strikes_off_what_was_read() {
    let desk = Desk::start().await;
    let world = untold(&desk, 450).await;
    desk.answer_after(PATH, Duration::from_secs(1));
    expect_all(&world);
    until("the first page is asked for", async || {
        desk.calls(PATH).len() == 1
    })
    .await;
    // As if the first page had taken most of the time.
    world.execute("UPDATE unread_messages SET next_attempt_at = now() + interval '20 seconds'");

    let kept = "unread_messages WHERE next_attempt_at > now() + interval '40 seconds'";
    until(
        "the claim is kept, while there is anything to keep",
        async || world.count("unread_messages") == 0 || world.count(kept) == 1,
    )
    .await;

    assert_eq!(world.count(kept), 1);
    until("it is struck off", async || {
        world.count("unread_messages") == 0
    })
    .await;
    assert_eq!(desk.calls(PATH).len(), 5, "each page once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lively_conversation_is_read_by_large_pages_and_one_that_failed_by_small_ones() {
    let desk = Desk::start().await;
    let world = untold(&desk, 15).await;
    desk.fail(PATH, 502);
    // It was begun anew again and again, and twice no page came.
    world.execute(&format!(
        "INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at, attempts, \
            failures) VALUES ({PORTAL}, {THREAD}, '*', now() - interval '1 day', 9, 2)"
    ));
    until("the failure is counted", async || {
        world.count("unread_messages WHERE failures = 3") == 1
    })
    .await;
    world.execute("UPDATE unread_messages SET next_attempt_at = now()");
    until("it is struck off", async || {
        world.count("unread_messages") == 0
    })
    .await;

    let sizes = |calls: Vec<String>| -> Vec<bool> {
        let calls = calls.iter();
        calls.map(|call| call.contains("limit=100")).collect()
    };
    assert_eq!(sizes(desk.calls(PATH)), [true, false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_turn_or_for_hubspot_to_be_reached_says_nothing_about_the_size_of_pages() {
    let desk = Desk::start().await;
    let world = untold(&desk, 1).await;
    desk.fail(PATH, 429);
    expect_all(&world);

    until("it was refused", async || desk.calls(PATH).len() == 1).await;
    until("it is put back", async || {
        let put_back = "unread_messages WHERE next_attempt_at < now() + interval '50 seconds'";
        world.count("unread_messages") == 0 || world.count(put_back) == 1
    })
    .await;

    assert_eq!(world.count("unread_messages WHERE failures > 0"), 0);
}
