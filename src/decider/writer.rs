//! A writer thread: takes what has queued, commits it, answers, and takes the next.

use super::batch::{self, Fate};
use super::command::{Line, NotDecided};
use super::queue::{Pending, Queue};
use crate::metrics::METRICS;
use crate::store::batch::lock::HeldLocks;
use crate::store::error::StoreError;
use crate::store::pool::{Connection, Store};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A command whose record was held elsewhere this often waits for it, alone.
const MOST_ROUNDS: u32 = 3;
/// After a failure of the database, the next attempt waits this long.
const BACK_OFF: Duration = Duration::from_millis(50);

/// What a writer works with.
pub struct Writer {
    /// Its number, from 0.
    pub number: usize,
    /// What waits for all writers.
    pub queue: Arc<Queue>,
    /// The database.
    pub store: Arc<Store>,
    /// Commands in one commit, at most.
    pub most_in_batch: usize,
}

impl Writer {
    /// Works until the queue is closed and empty. The connection is kept from batch to batch, and
    /// a new one is asked of the pool only after a failure.
    pub fn run(&self) {
        let mut conn = None;
        while let Some(taken) = self.queue.take(self.number, self.most_in_batch) {
            self.observe_depth();
            let now = Instant::now();
            let (waiting, abandoned) = split(taken, |one| !one.is_abandoned(now));
            for one in abandoned {
                one.give_up(NotDecided::TimedOut("it waited too long".to_owned()));
            }
            let (stuck, batch) = stuck_apart(waiting);
            if !batch.is_empty() {
                let returned = self.decide(&mut conn, batch, HeldLocks::AreSkipped);
                self.queue.put_back(returned);
            }
            // One at a time: whatever else has queued comes in between.
            let mut stuck = stuck.into_iter();
            if let Some(first) = stuck.next() {
                self.queue.put_back(stuck.collect());
                let returned = self.decide(&mut conn, vec![first], HeldLocks::AreAwaited);
                self.queue.put_back(returned);
            }
        }
    }

    /// Decides a batch; one that fails for a reason that does not pass is halved until the culprit is
    /// alone.
    /// Gives back, in their order, those that go back to the queue.
    fn decide(
        &self,
        conn: &mut Option<Connection>,
        pending: Vec<Pending>,
        held: HeldLocks,
    ) -> Vec<Pending> {
        let began = Instant::now();
        let kept = conn.take().map_or_else(|| self.store.writer(), Ok);
        let outcome = kept.and_then(|mut taken| {
            let fates = batch::run(&mut taken, &pending, held)?;
            *conn = Some(taken);
            Ok(fates)
        });
        match outcome {
            Ok(fates) => {
                METRICS.batch_size.observe(pending.len() as f64);
                METRICS.batch_seconds.observe(began.elapsed().as_secs_f64());
                answer(pending, fates)
            }
            Err(error) => self.recover(conn, pending, held, &error),
        }
    }

    fn recover(
        &self,
        conn: &mut Option<Connection>,
        mut pending: Vec<Pending>,
        held: HeldLocks,
        error: &StoreError,
    ) -> Vec<Pending> {
        if error.is_transient() {
            let is_lone_wait = held == HeldLocks::AreAwaited;
            METRICS
                .batch_failures
                .with_label_values(&["transient"])
                .inc();
            log::debug!("writer {}: a batch will run again: {error}", self.number);
            for one in pending.iter_mut().filter(|_| is_lone_wait) {
                one.rounds = 0;
            }
            let now = Instant::now();
            let (again, late) = split(pending, |one| !one.is_abandoned(now));
            for one in late {
                one.give_up(NotDecided::TimedOut(error.to_string()));
            }
            if !is_lone_wait {
                std::thread::sleep(BACK_OFF);
            }
            return again;
        }
        let cause = if error.is_of_data() {
            "data"
        } else {
            "unknown"
        };
        METRICS.batch_failures.with_label_values(&[cause]).inc();
        if pending.len() > 1 {
            let right = pending.split_off(pending.len() / 2);
            let mut returned = self.decide(conn, pending, held);
            // What stands behind a command that goes back must not overtake it.
            let lines: HashSet<Line> = returned.iter().map(|one| one.command.line()).collect();
            let (behind, right) = split(right, |one| lines.contains(&one.command.line()));
            returned.extend(behind);
            if !right.is_empty() {
                returned.extend(self.decide(conn, right, held));
            }
            return returned;
        }
        for one in pending {
            log::error!(
                portal_id = one.command.portal.0; "a command makes its batch fail: {error}"
            );
            one.give_up(NotDecided::alone(error));
        }
        Vec::new()
    }

    fn observe_depth(&self) {
        for (queue, depth) in self.queue.depth() {
            let gauge = METRICS.queue_depth.with_label_values(&[queue]);
            gauge.set(i64::try_from(depth).unwrap_or(i64::MAX));
        }
    }
}

/// Sends the answers, and gives back those that have none yet.
fn answer(pending: Vec<Pending>, fates: Vec<Fate>) -> Vec<Pending> {
    let mut returned = Vec::new();
    for (mut one, fate) in pending.into_iter().zip(fates) {
        let result = match fate {
            Fate::Answered(reply) => Ok(reply),
            Fate::Failed(why) => Err(why),
            Fate::GoesBack(linked) => {
                one.rounds += u32::from(linked.is_none());
                one.command.linked_ticket = linked.or(one.command.linked_ticket);
                METRICS.requeued.inc();
                returned.push(one);
                continue;
            }
        };
        // The caller may have gone; the answer is committed all the same.
        let _ = one.reply.send(result);
    }
    returned
}

/// Those that wait alone for their record, and the others. The first of each line speaks for all
/// of it, so that none of them overtakes another.
fn stuck_apart(all: Vec<Pending>) -> (Vec<Pending>, Vec<Pending>) {
    let mut lines = HashMap::new();
    all.into_iter().partition(|one| {
        let is_stuck = one.rounds >= MOST_ROUNDS;
        *lines.entry(one.command.line()).or_insert(is_stuck)
    })
}

/// Those for which it holds, and the others; both in their order.
fn split(all: Vec<Pending>, holds: impl Fn(&Pending) -> bool) -> (Vec<Pending>, Vec<Pending>) {
    all.into_iter().partition(holds)
}
