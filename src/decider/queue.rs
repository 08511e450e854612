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
    /// both, so commands wait until as many wait as other writers have in hand, or those are done.
    /// Facts wait for nobody.
    fn is_worth_a_batch(&self) -> bool {
        let waiting = self.commands.len() + self.timers.len();
        let in_hand: usize = self.in_hand.values().map(HashSet::len).sum();
        self.is_closed || !self.facts.is_empty() || waiting >= in_hand
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
mod tests {
    use super::*;
    use crate::decider::command::AnswerShape;
    use crate::domain::actor::Requester;
    use crate::domain::command::{Ask, Reach, Subject, What};
    use crate::domain::decide::Fact;
    use crate::domain::ids::{PortalId, ThreadId};
    use crate::domain::time::Timestamp;
    use std::time::Duration;

    fn push(queue: &Queue, body: Body) {
        push_for(queue, None, body);
    }

    fn push_for(queue: &Queue, thread: Option<i64>, body: Body) {
        let command = Command {
            portal: PortalId(1),
            subject: Subject {
                ticket: None,
                thread: thread.map(ThreadId),
            },
            linked_ticket: None,
            body,
        };
        let pending = Pending {
            command,
            reply: oneshot::channel().0,
            deadline: Instant::now() + Duration::from_secs(9),
            rounds: 0,
        };
        queue.push(pending).unwrap();
    }

    fn fact() -> Body {
        let thread = ThreadId(1);
        let at = Timestamp::from_millis(0);
        Body::Fact(crate::decider::command::Told {
            fact: Fact::AiReplied { thread, at },
            event: None,
        })
    }

    fn ask() -> Body {
        let ask = Ask {
            what: What::Lock,
            reach: Reach::AllOpen,
            by: Requester::workflow(None),
            note: None,
            reason_code: None,
            metadata: None,
            dry_run: false,
            waits: false,
        };
        Body::Ask {
            ask: Box::new(ask),
            once: None,
            shape: AnswerShape::Api,
        }
    }

    fn gist(taken: &[Pending]) -> String {
        let letter = |one: &Pending| match one.command.body {
            Body::Fact(_) => 'f',
            Body::Timer => 't',
            Body::Ask { .. } => 'a',
        };
        taken.iter().map(letter).collect()
    }

    #[test]
    fn timers_have_a_share_of_every_batch_however_many_facts_and_commands_wait() {
        let queue = Queue::default();
        for _ in 0..20 {
            push(&queue, ask());
            push(&queue, fact());
            push(&queue, Body::Timer);
        }

        let batches: Vec<String> = (0..3).map(|_| gist(&queue.take(0, 16).unwrap())).collect();

        let expected = ["fffffffffffffftt", "ffffffttaaaaaaaa", "ttaaaaaaaaaaaa"];
        assert_eq!(batches, expected);
    }

    #[test]
    fn a_batch_of_one_takes_timers_too() {
        let queue = Queue::default();
        push(&queue, fact());
        push(&queue, Body::Timer);

        let taken = [queue.take(0, 1), queue.take(0, 1)].map(|taken| gist(&taken.unwrap()));

        assert_eq!(taken, ["t", "f"]);
    }
    fn threads(taken: &[Pending]) -> Vec<Option<i64>> {
        let thread = |one: &Pending| one.command.subject.thread.map(|thread| thread.0);
        taken.iter().map(thread).collect()
    }

    #[test]
    fn what_stands_in_a_line_that_another_writer_has_in_hand_stays_in_its_order() {
        let queue = Queue::default();
        for thread in [7, 7, 8, 7] {
            push_for(&queue, Some(thread), ask());
        }

        let first = queue.take(0, 1).unwrap();
        let beside = queue.take(1, 9).unwrap();
        push_for(&queue, Some(9), fact());
        let still_beside = queue.take(1, 9).unwrap();
        let after = queue.take(0, 9).unwrap();

        assert_eq!(threads(&first), [Some(7)]);
        assert_eq!(threads(&beside), [Some(8)]);
        assert_eq!(threads(&still_beside), [Some(9)]);
        assert_eq!(threads(&after), [Some(7), Some(7)]);
    }

    #[test]
    fn beside_a_writer_at_work_another_begins_once_as_many_wait_or_a_fact_does() {
        let queue = Queue::default();
        for thread in 1..=3 {
            push_for(&queue, Some(thread), ask());
        }
        let _in_hand = queue.take(0, 9).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| threads(&queue.take(1, 9).unwrap()));
            for thread in 4..=6 {
                push_for(&queue, Some(thread), ask());
            }
            assert_eq!(other.join().unwrap(), [Some(4), Some(5), Some(6)]);
        });
        push_for(&queue, Some(7), ask());
        assert!(!queue.lock().is_worth_a_batch());
        push_for(&queue, Some(8), fact());
        assert_eq!(threads(&queue.take(2, 9).unwrap()), [Some(8), Some(7)]);
    }

    #[test]
    fn what_was_not_worth_a_batch_is_taken_once_the_writer_at_work_is_done() {
        let queue = Queue::default();
        for thread in 1..=3 {
            push_for(&queue, Some(thread), ask());
        }
        let _in_hand = queue.take(0, 9).unwrap();
        push_for(&queue, Some(4), ask());

        assert_eq!(threads(&queue.take(0, 9).unwrap()), [Some(4)]);
    }

    #[test]
    fn a_writer_that_waits_for_a_line_goes_on_when_it_is_put_back_or_let_go() {
        let queue = Queue::default();
        for thread in [7, 8, 7] {
            push_for(&queue, Some(thread), ask());
        }
        let taken = queue.take(0, 2).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| queue.take(1, 9).map(|taken| threads(&taken)));
            queue.put_back(taken);
            // The writer's own next batch lets its lines go, all but the one of it.
            let again = queue.take(0, 1).unwrap();

            assert_eq!(threads(&again), [Some(7)]);
            assert_eq!(other.join().unwrap(), Some(vec![Some(8)]));
        });
        queue.close();
        assert_eq!(threads(&queue.take(0, 9).unwrap()), [Some(7)]);
    }

    #[test]
    fn a_closed_queue_ends_each_writer_once_it_is_empty() {
        let queue = Queue::default();
        push_for(&queue, Some(7), ask());
        push_for(&queue, Some(7), ask());
        let _in_hand = queue.take(0, 1).unwrap();
        queue.close();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| queue.take(1, 9).is_none());

            let last = queue.take(0, 9).map(|taken| threads(&taken));

            assert_eq!(last, Some(vec![Some(7)]));
            assert!(!queue.is_idle(), "it is still being decided");
            assert!(other.join().unwrap());
            assert!(queue.take(0, 9).is_none() && queue.is_idle());
        });
    }

    #[cfg(target_os = "linux")]
    mod waiting;
}
