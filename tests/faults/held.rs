//! One record locked by a client that has stopped: the others do not wait for it, and what waits
//! for it keeps its order.

use crate::machine::{DEADLINE, alone};
use crate::straight::{self, WITHIN, output};
use crate::world::{THREAD, TICKET, World, insist, request};
use baton::domain::command::{Pause, What};
use baton::domain::ids::{ThreadId, TicketId};
use baton::metrics::METRICS;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::caller::{Answer, Caller};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use futures_util::future::join_all;
use std::sync::Arc;
use std::time::{Duration, Instant};

const COMMANDS: i64 = 256;
/// The place of the one whose record is held.
const HELD: i64 = 5;
/// What the held record may add for the others, and for its own once it is let go.
const LIMIT: Duration = Duration::from_millis(100);
/// How long the service waits for a decision before it answers 503.
const SERVICE_WAITS: Duration = Duration::from_millis(2_500);
/// So often at least it is measured, by turns with and without the held record, and at most. The
/// best rounds count, since whatever else the machine does delays some; what the held record delays
/// is delayed in all.
const ROUNDS: std::ops::RangeInclusive<usize> = 3..=12;
/// Commands one after the other while it is held.
const ONE_BY_ONE: i64 = 30;

fn pause(place: i64) -> ActionRequest {
    let (ticket, thread) = (TicketId(TICKET.0 + place), ThreadId(THREAD.0 + place));
    let enrolled = Enrolled::Ticket(ticket, Some(thread));
    request(ActionKind::PauseAi, enrolled, &[("duration", "1h")])
}

/// One caller for many tickets, with its connections open.
fn all_at_once(caller: &Arc<Caller>) -> Vec<Call> {
    let calls = (0..COMMANDS).map(|place| {
        let caller = Arc::clone(caller);
        tokio::spawn(async move { caller.call(&pause(place)).await.unwrap() })
    });
    calls.collect()
}

/// The stopped client.
fn hold(world: &World, what: &str) -> PgConnection {
    let mut conn = world.sql();
    conn.batch_execute(&format!("BEGIN; SELECT FROM {what} FOR UPDATE"))
        .unwrap();
    conn
}

type Call = tokio::task::JoinHandle<Answer>;

/// How long the slowest took of all but the one whose record may be held. That one's call is given
/// back.
async fn burst(caller: &Arc<Caller>) -> (Duration, Call) {
    let mut calls = all_at_once(caller);
    let own = calls.remove(usize::try_from(HELD).unwrap());
    let mut slowest = Duration::ZERO;
    for call in calls {
        slowest = slowest.max(took(&call.await.unwrap()));
    }
    (slowest, own)
}

/// The slowest of others that come one after the other.
async fn one_by_one(caller: &Caller) -> Duration {
    let mut slowest = Duration::ZERO;
    for place in COMMANDS - ONE_BY_ONE..COMMANDS {
        slowest = slowest.max(took(&caller.call(&pause(place)).await.unwrap()));
    }
    slowest
}

/// How long an answer took: for ever, if the machine was too busy for one in time.
fn took(answer: &Answer) -> Duration {
    match answer.status {
        200 => answer.took,
        status => {
            assert_eq!(status, 503);
            Duration::MAX
        }
    }
}

/// What counts of all rounds, without the held record and with it.
#[derive(Debug)]
struct Measured {
    bursts: [Duration; 2],
    one_by_one: [Duration; 2],
    released: Option<Duration>,
}

impl Measured {
    fn is_within_limit(&self) -> bool {
        let mut pairs = [self.bursts, self.one_by_one].into_iter();
        pairs.all(|[unheld, held]| held < unheld.saturating_add(LIMIT))
            && self.released.is_none_or(|took| took < LIMIT)
    }
}

async fn one_held_record_delays_only_its_own(what: &str) {
    let _machine = alone().await;
    let world = World::start().await;
    let mut measured = Measured {
        bursts: [Duration::MAX; 2],
        one_by_one: [Duration::MAX; 2],
        released: None,
    };

    // The records are made by few at a time, which a burst on a busy machine would take too long for.
    let caller = &world.hubspot();
    for first in (0..COMMANDS).step_by(16) {
        let calls = first..first + 16;
        let calls = calls.map(async |place| insist(caller, &pause(place)).await.status);
        assert!(join_all(calls).await.iter().all(|status| *status == 200));
    }
    for round in 1..=*ROUNDS.end() {
        // Its connections are opened first, and none is idle for long.
        let caller = Arc::new(world.hubspot());
        let (_, own) = burst(&caller).await;
        own.await.unwrap();
        let (unheld, own) = burst(&caller).await;
        own.await.unwrap();
        let mut stopped = hold(&world, what);
        let (held, own) = burst(&caller).await;
        let while_held = one_by_one(&caller).await;
        let waited = !own.is_finished();
        stopped.batch_execute("ROLLBACK").unwrap();
        let since = Instant::now();
        let own = own.await.unwrap();
        let released = since.elapsed();
        let later = one_by_one(&caller).await;

        println!(
            "{what}: slowest of {} {unheld:.1?}, held {held:.1?}; one by one {later:.1?}, held \
             {while_held:.1?}; its own {:.1?}, {released:.1?} after its release",
            COMMANDS - 1,
            own.took
        );
        let [a, b] = measured.bursts;
        measured.bursts = [a.min(unheld), b.min(held)];
        let [a, b] = measured.one_by_one;
        measured.one_by_one = [a.min(later), b.min(while_held)];
        // It had its time to wait; a slow machine may have used it up.
        assert!(waited || own.took > SERVICE_WAITS, "it did not wait");
        match own.status {
            200 => measured.released = Some(measured.released.unwrap_or(released).min(released)),
            status => assert_eq!(status, 503),
        }
        if round >= *ROUNDS.start() && measured.is_within_limit() {
            return;
        }
    }
    panic!("{measured:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_held_ticket_delays_only_its_own() {
    let ticket = TICKET.0 + HELD;
    one_held_record_delays_only_its_own(&format!("tickets WHERE ticket_id = {ticket}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_held_conversation_delays_only_its_own() {
    let thread = THREAD.0 + HELD;
    one_held_record_delays_only_its_own(&format!("conversations WHERE thread_id = {thread}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_record_stays_held_is_answered_503_and_later_once() {
    let _machine = alone().await;
    let world = World::start().await;
    let caller = world.hubspot();
    assert_eq!(insist(&caller, &pause(0)).await.status, 200);
    let mut stopped = hold(&world, "tickets");
    let again = pause(0);

    let refused = caller.call(&again).await.unwrap();
    stopped.batch_execute("ROLLBACK").unwrap();
    let answered = insist(&caller, &again).await;

    assert_eq!(refused.status, 503);
    assert!(refused.took < Duration::from_secs(10), "{:?}", refused.took);
    assert_eq!(answered.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_held_ticket_keeps_its_order() {
    let _machine = alone().await;
    let world = World::start().await;
    let decider = straight::decider(&world.database_url);
    let first = decider.decide(straight::command(0, 0), WITHIN).await;
    let mut version: i64 = output(&first, "control_version").parse().unwrap();
    let mut turn = 1;

    // The release falls on another moment of the wait each time.
    for round in 0..25_u64 {
        let mut stopped = hold(&world, "tickets");
        let went_back = METRICS.requeued.get();
        let early =
            join_all((0..2).map(|n| decider.decide(straight::command(0, turn + n), WITHIN)));
        let late = async {
            let deadline = Instant::now() + DEADLINE;
            while METRICS.requeued.get() < went_back + 2 + round {
                assert!(Instant::now() < deadline, "nothing went back");
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            let release = async {
                tokio::task::yield_now().await;
                stopped.batch_execute("ROLLBACK").unwrap();
            };
            let late = (2..6).map(|n| decider.decide(straight::command(0, turn + n), WITHIN));
            tokio::join!(join_all(late), release).0
        };
        let (early, late) = tokio::join!(early, late);
        for reply in early.iter().chain(&late) {
            version += 1;
            let got: i64 = output(reply, "control_version").parse().unwrap();
            assert_eq!(got, version, "round {round}");
        }
        turn += 6;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tickets_command_waits_for_each_of_its_conversations() {
    let _machine = alone().await;
    let world = World::start().await;
    let decider = straight::decider(&world.database_url);
    let what = || {
        What::Pause(Pause {
            lasts: None,
            replace: false,
        })
    };
    for (number, thread) in [7_001, 7_002].into_iter().enumerate() {
        let link = straight::about(TICKET, Some(ThreadId(thread)), What::Lock, number);
        assert!(decider.decide(link, WITHIN).await.is_ok());
    }
    let mut stopped = hold(&world, "conversations WHERE thread_id = 7002");
    let went_back = METRICS.requeued.get();

    let waiting = decider.decide(straight::about(TICKET, None, what(), 2), WITHIN);
    let release = async {
        let deadline = Instant::now() + DEADLINE;
        while METRICS.requeued.get() == went_back {
            assert!(Instant::now() < deadline, "it was decided over one of two");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stopped.batch_execute("ROLLBACK").unwrap();
    };
    let (reply, ()) = tokio::join!(waiting, release);

    assert_eq!(output(&reply, "threads_affected"), "2");
}
