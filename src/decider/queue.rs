//! A writer's three queues: facts, which are taken first and never refused because of a flood of
//! commands; timers, with a small share of every batch that neither of the others takes; commands.

use super::command::{Body, Command, NotDecided, Reply};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::oneshot;

/// At most this many commands wait for one writer; at 5,000 a second that is less than their
/// deadline.
const MOST_COMMANDS: usize = 4_096;
/// At most this many facts wait for one writer.
const MOST_FACTS: usize = 65_536;
/// At most this many timers wait for one writer; what does not fit is claimed again later.
const MOST_TIMERS: usize = 1_024;
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
    in_hand: usize,
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
        drop(state);
        self.filled.notify_one();
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

    /// Waits until something is there and takes up to `most`: facts first, then the timers' share. None: the queue is
    /// closed and empty.
    pub fn take(&self, most: usize) -> Option<Vec<Pending>> {
        let mut state = self.lock();
        state.in_hand = 0;
        loop {
            let share = most.div_ceil(SHARE_OF_TIMERS);
            let timers = state.timers.len().min(share);
            let facts = state.facts.len().min(most - timers);
            let commands = state.commands.len().min(most - timers - facts);
            if facts + timers + commands > 0 {
                let mut taken: Vec<Pending> = state.facts.drain(..facts).collect();
                taken.extend(state.timers.drain(..timers));
                taken.extend(state.commands.drain(..commands));
                state.in_hand = taken.len();
                return Some(taken);
            }
            if state.is_closed {
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
        let waiting = [&state.facts, &state.timers, &state.commands];
        waiting.iter().all(|queue| queue.is_empty()) && state.in_hand == 0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
