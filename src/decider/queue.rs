//! The queue that all writers share, in three parts: facts, which are taken first and never refused
//! because of a flood of commands; timers, with a small share of every batch that neither of the
//! others takes; commands.
//!
//! A line of commands is in the hands of one writer at a time, so they are decided in the order of
//! their arrival. Writers that owned a part of the lines each instead had batches of half the size,
//! and writers that took whatever was there, beside one at work, batches of two thirds.

use super::command::{Body, Command, Line, NotDecided, Reply};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// At most this many commands wait; at 5,000 a second that is less than their deadline.
const MOST_COMMANDS: usize = 8_192;
/// At most this many facts wait.
const MOST_FACTS: usize = 131_072;
/// At most this many timers wait; what does not fit is claimed again later.
const MOST_TIMERS: usize = 2_048;
/// Of every batch, one part in so many is kept for timers, where any wait.
const SHARE_OF_TIMERS: usize = 8;

/// A command that waits for its commit.
pub struct Pending {
    /// What to do.
    pub command: Command,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Reply, NotDecided>>,
    /// After this nobody waits for the answer any more.
    pub deadline: Instant,
    /// How often its record was held elsewhere.
    pub rounds: u32,
}

/// The queues.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    facts: VecDeque<Pending>,
    timers: VecDeque<Pending>,
    commands: VecDeque<Pending>,
    /// The lines of what each writer, by its number, took last.
    in_hand: HashMap<usize, HashSet<Line>>,
    is_closed: bool,
}

impl Queue {
    /// Adds at the end.
    ///
    /// # Errors
    /// [`NotDecided::QueueFull`] and [`NotDecided::Draining`].
    pub fn push(&self, pending: Pending) -> Result<(), NotDecided> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(NotDecided::Draining);
        }
        let (queue, most) = match pending.command.body {
            Body::Fact(_) => (&mut state.facts, MOST_FACTS),
            Body::Timer => (&mut state.timers, MOST_TIMERS),
            Body::Ask { .. } => (&mut state.commands, MOST_COMMANDS),
        };
        if queue.len() >= most {
            return Err(NotDecided::QueueFull);
        }
        queue.push_back(pending);
        let is_worth_it = state.is_worth_a_batch();
        drop(state);
        if is_worth_it {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Puts commands back at the front, in their order; also while draining.
    pub fn put_back(&self, returned: Vec<Pending>) {
        let mut state = self.lock();
        for pending in returned.into_iter().rev() {
            match pending.command.body {
                Body::Fact(_) => state.facts.push_front(pending),
                Body::Timer => state.timers.push_front(pending),
                Body::Ask { .. } => state.commands.push_front(pending),
            }
        }
    }

    /// Waits until a batch is worth it and takes up to `most` for this writer, whose last work is
    /// done: facts first, then the timers' share. What stands in a line that another writer has in
    /// hand stays. None: the queue is closed and empty.
    pub fn take(&self, writer: usize, most: usize) -> Option<Vec<Pending>> {
        let mut state = self.lock();
        // Others may have waited for the lines that were in this writer's hands. Only who lets go
        // of some wakes them: writers that wait must not wake one another.
        if state.in_hand.remove(&writer).is_some() {
            self.filled.notify_all();
        }
        loop {
            if state.is_worth_a_batch() {
                let taken = state.take(writer, most);
                if !taken.is_empty() {
                    return Some(taken);
                }
            }
            if state.is_closed && state.is_empty() {
                self.filled.notify_all();
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no more; what waits is still decided.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_all();
    }

    /// How many facts, timers and commands wait.
    pub fn depth(&self) -> [(&'static str, usize); 3] {
        let state = self.lock();
        [
            ("facts", state.facts.len()),
            ("timers", state.timers.len()),
            ("commands", state.commands.len()),
        ]
    }

    /// True when nothing waits and nothing is being decided.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        state.is_empty() && state.in_hand.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether a writer that has nothing to do begins. Two small batches cost more than one of
    /// both, so commands wait until there are two for every three that other writers have in hand,
    /// or those are done. Facts wait for nobody. Of 0, 40, 70 and 100 per cent, 70 let 32 callers
    /// do most.
    fn is_worth_a_batch(&self) -> bool {
        let waiting = self.commands.len() + self.timers.len();
        let in_hand: usize = self.in_hand.values().map(HashSet::len).sum();
        self.is_closed || !self.facts.is_empty() || waiting * 3 >= in_hand * 2
    }

    fn is_empty(&self) -> bool {
        let waiting = [&self.facts, &self.timers, &self.commands];
        waiting.iter().all(|queue| queue.is_empty())
    }

    fn take(&mut self, writer: usize, most: usize) -> Vec<Pending> {
        let elsewhere = &self.in_hand;
        let is_free = |one: &Pending| {
            let line = one.command.line();
            !elsewhere.values().any(|lines| lines.contains(&line))
        };
        let share = most.div_ceil(SHARE_OF_TIMERS);
        let timers = drain(&mut self.timers, share, is_free);
        let mut taken = drain(&mut self.facts, most - timers.len(), is_free);
        taken.extend(timers);
        let room = most - taken.len();
        taken.extend(drain(&mut self.commands, room, is_free));
        if !taken.is_empty() {
            let lines = taken.iter().map(|one| one.command.line()).collect();
            self.in_hand.insert(writer, lines);
        }
        taken
    }
}

/// Takes up to `most` of those that are free; the others stay, in their order.
fn drain(
    queue: &mut VecDeque<Pending>,
    most: usize,
    is_free: impl Fn(&Pending) -> bool,
) -> Vec<Pending> {
    let mut taken = Vec::with_capacity(most.min(queue.len()));
    let mut stay = Vec::new();
    while taken.len() < most {
        match queue.pop_front() {
            Some(one) if is_free(&one) => taken.push(one),
            Some(one) => stay.push(one),
            None => break,
        }
    }
    for one in stay.into_iter().rev() {
        queue.push_front(one);
    }
    taken
}

impl Pending {
    /// True when nobody waits for the answer any more.
    pub fn is_abandoned(&self, now: Instant) -> bool {
        now >= self.deadline || self.reply.is_closed()
    }

    /// Ends it without a decision.
    pub fn give_up(self, why: NotDecided) {
        // The caller may have gone; then nobody is left to tell.
        let _ = self.reply.send(Err(why));
    }
}

#[cfg(test)]
mod tests;
