//! One record locked by a client that has stopped: the others do not wait for it, and what waits
//! for it keeps its order.

use crate::machine::{DEADLINE, alone};
use crate::straight::{self, WITHIN, output};
use crate::world::{THREAD, TICKET, World, request};
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
/// So often at least it is measured, by turns with and without the held record, and at most. The
/// shortest bursts count, since whatever else the machine does delays them; of those that come one
/// by one, which are over at once, the slowest.
const ROUNDS: std::ops::RangeInclusive<usize> = 3..=12;
/// Commands one after the other while it is held.
const ONE_BY_ONE: i64 = 30;

fn pause(place: i64) -> ActionRequest {
    let (ticket, thread) = (TicketId(TICKET.0 + place), ThreadId(THREAD.0 + place));
    let enrolled = Enrolled::Ticket(ticket, Some(thread));
    request(ActionKind::PauseAi, enrolled, &[("duration", "1h")])
}

/// One caller for many tickets, with its connections open.
async fn all_at_once(caller: &Arc<Caller>) -> Vec<tokio::task::JoinHandle<(Answer, Duration)>> {
    let calls = (0..COMMANDS).map(|place| {
        let caller = Arc::clone(caller);
        tokio::spawn(async move {
            let answer = caller.call(&pause(place)).await.unwrap();
            let took = answer.took;
            (answer, took)
        })
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

type Call = tokio::task::JoinHandle<(Answer, Duration)>;

/// How long the slowest took of all but the one whose record may be held. That one's call is given
/// back.
async fn burst(caller: &Arc<Caller>) -> (Duration, Call) {
    let mut calls = all_at_once(caller).await;
    let own = calls.remove(usize::try_from(HELD).unwrap());
    let mut slowest = Duration::ZERO;
    for call in calls {
        let (answer, took) = call.await.unwrap();
        assert_eq!(answer.status, 200);
        slowest = slowest.max(took);
    }
    (slowest, own)
}

/// The slowest of others that come one after the other.
async fn one_by_one(caller: &Caller) -> Duration {
    let mut slowest = Duration::ZERO;
    for place in COMMANDS - ONE_BY_ONE..COMMANDS {
        let answer = caller.call(&pause(place)).await.unwrap();
        assert_eq!(answer.status, 200);
        slowest = slowest.max(answer.took);
    }
    slowest
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
        pairs.all(|[unheld, held]| held < unheld + LIMIT)
            && self.released.is_none_or(|took| took < LIMIT)
    }
}

async fn one_held_record_delays_only_its_own(what: &str) {
    let _machine = alone().await;
    let world = World::start().await;
    let mut measured = Measured {
        bursts: [Duration::MAX; 2],
        one_by_one: [Duration::ZERO; 2],
        released: None,
    };

    // The records are made by few at a time, which a burst on a busy machine would take too long for.
    let caller = &world.hubspot();
    for first in (0..COMMANDS).step_by(16) {
        let calls = first..first + 16;
        let calls = calls.map(async |place| caller.call(&pause(place)).await.unwrap().status);
        assert!(join_all(calls).await.iter().all(|status| *status == 200));
    }
    for round in 1..=*ROUNDS.end() {
        // Its connections are opened first, and none is idle for long.
        let caller = Arc::new(world.hubspot());
        let (_, own) = burst(&caller).await;
        assert_eq!(own.await.unwrap().0.status, 200);
        let (unheld, own) = burst(&caller).await;
        assert_eq!(own.await.unwrap().0.status, 200);
        let mut stopped = hold(&world, what);
        let (held, own) = burst(&caller).await;
        let while_held = one_by_one(&caller).await;
        let waited = !own.is_finished();
        stopped.batch_execute("ROLLBACK").unwrap();
        let since = Instant::now();
        let (answer, took) = own.await.unwrap();
        let released = since.elapsed();
        let later = one_by_one(&caller).await;

        println!(
            "{what}: slowest of {} {unheld:.1?}, held {held:.1?}; one by one {later:.1?}, held \
             {while_held:.1?}; its own {took:.1?}, {released:.1?} after its release",
            COMMANDS - 1
        );
        let [a, b] = measured.bursts;
        measured.bursts = [a.min(unheld), b.min(held)];
        let [a, b] = measured.one_by_one;
        measured.one_by_one = [a.max(later), b.max(while_held)];
        // It had its time to wait; a slow machine may have used it up.
        assert!(waited || took > WITHIN, "it did not wait");
        match answer.status {
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
    assert_eq!(caller.call(&pause(0)).await.unwrap().status, 200);
    let mut stopped = hold(&world, "tickets");
    let again = pause(0);

    let refused = caller.call(&again).await.unwrap();
    stopped.batch_execute("ROLLBACK").unwrap();
    let answered = caller.call(&again).await.unwrap();

    assert_eq!(refused.status, 503);
    assert!(refused.took < Duration::from_secs(3), "{:?}", refused.took);
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
