//! Merges: whatever silenced either side silences what they become, now and as time goes by.

use crate::operation::{FIRST, HOUR, MINUTE, News, Op, SECOND, Step, Telling, sequence};
use crate::runs::{runner_of, sequences};
use crate::service::Service;
use baton::domain::assess::{AiState, View};
use baton::domain::decide::{Context, MergedThread, merge_threads, merge_tickets};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::record::{Scope, ThreadRecord};
use baton::domain::time::{Span, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

const BEGINNING: i64 = 1_000_000_000_000;
const PROBES: [i64; 5] = [0, 6 * MINUTE, 31 * MINUTE, 3 * HOUR, 49 * HOUR];

/// Each merge has two pasts and is probed many times.
fn merges() -> TestRunner {
    runner_of(sequences() / 4)
}

/// A ticket with its threads, and when it was last heard of.
struct Side {
    scope: Scope,
    now: i64,
}

/// Plays a sequence on a ticket of this number, with threads and decisions of its own.
fn side(number: i64, (offset, steps): &(i64, Vec<Step>)) -> Side {
    let mut service = Service::new(BEGINNING).numbered_from(number.unsigned_abs().into());
    let (mut now, mut told) = (BEGINNING, Vec::<(News, i64)>::new());
    for step in steps {
        now += step.wait;
        service.at(now, now + offset);
        match &step.op {
            Op::Ask(asking) => drop(service.ask(asking)),
            Op::Tell(Telling { news, late }) => {
                told.push((news.clone(), now + offset - late));
                service.tell(news, now + offset - late);
            }
            Op::AtOnce(news) => drop(service.tell(news, now + offset)),
            Op::Repeat(which) => {
                if let Some((news, at)) = told.get(*which) {
                    service.tell(news, *at);
                }
            }
            Op::Link => drop(service.link(SECOND)),
            Op::Timer {
                handoff,
                other_epoch,
            } => drop(service.timer(*handoff, *other_epoch)),
            Op::Look => {
                for due in service.due() {
                    service.act(due);
                }
            }
            Op::Policy(change) => service.change(*change),
        }
    }
    let mut scope = Scope {
        ticket: Some(service.ticket.clone()),
        threads: vec![service.first.clone()],
    };
    if service.second_is_linked() {
        scope.threads.push(service.second.clone());
    }
    if let Some(ticket) = &mut scope.ticket {
        ticket.id = TicketId(number);
    }
    for (thread, place) in scope.threads.iter_mut().zip([FIRST, SECOND]) {
        thread.id = ThreadId(number + place as i64);
        if let Some(link) = &mut thread.record.facts.link {
            link.ticket = TicketId(number);
        }
    }
    Side { scope, now }
}

fn is_silent(scope: &Scope, thread: &ThreadRecord, at: i64) -> bool {
    let view = View {
        thread: &thread.record,
        ticket: scope.ticket_record(),
    };
    view.assess(Timestamp::from_millis(at)).state() != AiState::AiActive
}

/// Merges two sides later than anything that happened to either, and says when.
fn merged<T>(sides: &[Side; 2], merge: impl FnOnce(&Context<'_>) -> T) -> (i64, T) {
    let now = sides.iter().map(|side| side.now).max().expect("two sides") + MINUTE;
    let portal = Service::new(BEGINNING).portal;
    let context = Context {
        decision: Uuid::from_u128(u128::MAX - 1),
        now: Timestamp::from_millis(now),
        placed_at: Timestamp::from_millis(now) + Span::from_minutes(2),
        portal: &portal,
    };
    (now, merge(&context))
}

#[test]
fn no_merge_of_tickets_frees_a_thread() {
    let outcome = merges().run(&(sequence(), sequence()), |(ours, theirs)| {
        let sides = [side(1_000, &ours), side(2_000, &theirs)];
        let mut scope = sides[0].scope.clone();
        let (now, _) = merged(&sides, |context| {
            merge_tickets(&mut scope, sides[1].scope.clone(), context.now, context)
        });
        for before in sides.iter().map(|side| &side.scope) {
            for thread in &before.threads {
                let after = scope.thread(thread.id).expect("it went along");
                for at in PROBES.map(|later| now + later) {
                    let is_freed = is_silent(before, thread, at) && !is_silent(&scope, after, at);
                    prop_assert!(!is_freed, "{} is free {} ms later", thread.id, at - now);
                }
            }
        }
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

#[test]
fn no_merge_of_threads_frees_what_either_was_silent_in() {
    let outcome = merges().run(&(sequence(), sequence()), |(ours, theirs)| {
        let sides = [side(1_000, &ours), side(2_000, &theirs)];
        let [survivor, other] = [&sides[0].scope, &sides[1].scope];
        let (own, their) = (&survivor.threads[0], &other.threads[0]);
        let mut scope = survivor.clone();
        let thread = MergedThread {
            thread: their,
            ticket: other.ticket.as_ref(),
        };
        let (now, _) = merged(&sides, |context| {
            merge_threads(&mut scope, own.id, thread, context)
        });
        let after = scope.thread(own.id).expect("the survivor");
        for at in PROBES.map(|later| now + later) {
            let was_silent = is_silent(survivor, own, at) || is_silent(other, their, at);
            let is_freed = was_silent && !is_silent(&scope, after, at);
            prop_assert!(!is_freed, "free {} ms later", at - now);
        }
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}
