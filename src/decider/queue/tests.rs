//! The order in which writers take what waits.

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
    let ask = Ask::new(What::Lock, Reach::AllOpen, Requester::workflow(None));
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
fn beside_a_writer_at_work_another_begins_once_enough_wait_or_a_fact_does() {
    let queue = Queue::default();
    for thread in 1..=3 {
        push_for(&queue, Some(thread), ask());
    }
    let _in_hand = queue.take(0, 9).unwrap();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| threads(&queue.take(1, 9).unwrap()));
        for thread in 4..=5 {
            push_for(&queue, Some(thread), ask());
        }
        assert_eq!(other.join().unwrap(), [Some(4), Some(5)]);
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
