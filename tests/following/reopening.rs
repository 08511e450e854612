//! A reopening that no webhook told is found by the sweep within its period, and nothing that is
//! closed is asked for by itself.

use crate::alone::{Alone, FAST, fill};
use crate::behind::execute;
use crate::wire::now_ms;
use crate::world::PORTAL;
use baton::domain::ids::ThreadId;
use baton::domain::time::Span;
use baton::service::paced_reading::Pace;
use baton::service::sweep::sweep;

const OPEN: &str = "conversations WHERE is_open";
const DOUBTED: &str = "conversations WHERE facts ? 'status_doubt'";
/// Seen open once, or, where the test is slow, twice.
const FOUND: &str = "conversations WHERE (facts ? 'status_doubt' OR is_open)";
const DAY_MS: i64 = 24 * 3_600_000;

/// Conversations 1 to `number`, of which those after `open` were closed an hour ago, a day after
/// their last words; all of it is known.
async fn with_closed(number: i64, open: i64) -> Alone {
    let alone = Alone::new().await;
    fill(&alone.desk, number);
    for n in open + 1..=number {
        alone
            .desk
            .thread(ThreadId(n), |thread| thread.latest_at -= DAY_MS);
    }
    alone.import().await;
    let closed_at = now_ms() - 3_600_000;
    for n in open + 1..=number {
        alone
            .desk
            .thread(ThreadId(n), |thread| thread.closed_at = Some(closed_at));
    }
    let close = format!(
        "UPDATE conversations SET facts = facts || '{{\"closed_at\": {closed_at}}}' \
         WHERE thread_id > {open}"
    );
    execute(&mut alone.sql(), &close);
    time_passes(&alone, Span::from_minutes(10));
    alone
}

/// As if all that was read, listed and decided had been so this much earlier.
fn time_passes(alone: &Alone, time: Span) {
    alone.pass(time);
    let earlier = format!("- interval '{} milliseconds'", time.as_millis());
    let sql = format!(
        "UPDATE followed_portals SET listed_until = listed_until {earlier}, \
            reopened_began_at = reopened_began_at {earlier}"
    );
    execute(&mut alone.sql(), &sql);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reopening_is_found_by_the_sweep_and_opens_once_a_second_reading_agrees() {
    let alone = with_closed(8, 4).await;
    alone.sweep().await;
    assert_eq!(alone.count(OPEN), 4);

    alone
        .desk
        .thread(ThreadId(7), |thread| thread.closed_at = None);
    time_passes(&alone, Span::from_minutes(5));
    alone.sweep().await;

    assert_eq!(
        alone.texts(&format!("SELECT thread_id FROM {DOUBTED}")),
        ["7"]
    );
    assert_eq!(alone.count(OPEN), 4, "one reading opens nothing");
    alone.verify().await;
    let open = format!("SELECT thread_id FROM {OPEN} ORDER BY 1");
    assert_eq!(alone.texts(&open), ["1", "2", "3", "4", "7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_lags_opens_nothing() {
    let alone = with_closed(8, 4).await;
    alone.sweep().await;
    alone
        .desk
        .thread(ThreadId(7), |thread| thread.closed_at = None);
    alone.desk.lag();
    let closed_at = now_ms() - 1_800_000;
    alone
        .desk
        .thread(ThreadId(7), |thread| thread.closed_at = Some(closed_at));
    time_passes(&alone, Span::from_minutes(5));
    alone.sweep().await;
    assert_eq!(alone.count(DOUBTED), 1);

    alone.desk.catch_up();
    // The time of a reading is known to the second.
    alone.pass(Span::from_secs(5));
    alone.verify().await;

    assert_eq!(alone.count(OPEN), 4);
    assert_eq!(alone.count(DOUBTED), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_closed_at_hubspot_too_is_never_asked_for_by_itself() {
    let alone = with_closed(8, 4).await;
    let mut lists = 0;
    for minute in 1..=60 {
        time_passes(&alone, Span::from_minutes(1));
        let before = alone.desk.calls("/threads?").len();
        alone.sweep().await;
        lists += alone.desk.calls("/threads?").len() - before;
        assert_eq!(alone.count("owner_checks"), 0, "in minute {minute}");
    }
    for n in 5..=8 {
        assert_eq!(alone.desk.calls(&format!("/threads/{n}?")).len(), 0);
    }
    // What is due, what is new and what was reopened: each once in 200 s, and no more.
    assert!(lists <= 3 * 20, "{lists} lists in an hour");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_closed_nothing_is_looked_for() {
    let alone = Alone::new().await;
    fill(&alone.desk, 2);
    alone.import().await;
    let lists = alone.desk.calls("/threads?").len();
    alone.sweep().await;
    assert_eq!(alone.desk.calls("/threads?").len(), lists);
    let walked = "followed_portals WHERE reopened_began_at IS NOT NULL";
    assert_eq!(alone.count(walked), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_reopenings_among_thousands_are_found_in_a_period_and_within_the_budget() {
    const PERIOD_MINUTES: i64 = 5;
    /// 5 % of HubSpot's 110 calls in 10 s, in a minute.
    const MOST_CALLS: usize = 33;
    const ALL: i64 = 6_000;
    const STILL_OPEN: i64 = 500;
    let alone = with_closed(ALL, STILL_OPEN).await;
    let mut reopened = Vec::new();
    for minute in 1..=6 + PERIOD_MINUTES {
        if minute <= 5 {
            for n in [STILL_OPEN + minute, ALL / 2 + minute, ALL - minute] {
                alone
                    .desk
                    .thread(ThreadId(n), |thread| thread.closed_at = None);
                reopened.push((minute, n));
            }
        }
        time_passes(&alone, Span::from_minutes(1));
        let before = alone.desk.calls("").len();
        // As often as a worker at its usual pace comes to it.
        for calls in [Pace::USUAL.calls, Pace::USUAL.calls / 2] {
            let pace = Pace { calls, ..FAST };
            sweep(&alone.follower, PORTAL, pace).await.unwrap();
        }

        let calls = alone.desk.calls("").len() - before;
        assert!(calls <= MOST_CALLS, "{calls} calls in minute {minute}");
        for (since, n) in &reopened {
            let found = format!("{FOUND} AND thread_id = {n}");
            // Rounds come once in a minute of this test, and what it takes itself passes as well.
            let is_late = minute - since > PERIOD_MINUTES;
            assert!(
                !is_late || alone.count(&found) == 1,
                "{n} of minute {since} in {minute}"
            );
        }
    }
    let found = format!("{FOUND} AND thread_id > {STILL_OPEN}");
    assert_eq!(alone.count(&found), 15);
}
