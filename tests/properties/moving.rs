//! A thread that moves between tickets: told in any order, the AI is as silent as it is when each
//! thing is told as it happens, now and as time goes by; and no move frees it.

use crate::moving_world::{THREAD, TICKETS, World, ticket};
use crate::operation::{HOUR, MINUTE, SECOND_MS};
use crate::runs::{runner_of, sequences};
use baton::domain::assess::AiState;
use baton::domain::decide::{Fact, Field};
use baton::domain::ids::TicketId;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

pub const BEGINNING: i64 = 1_000_000_000_000;
pub const PROBES: [i64; 4] = [0, 6 * MINUTE, 31 * MINUTE, 3 * HOUR];

/// What happened, and the time since what happened before it.
#[derive(Clone, Debug)]
pub enum What {
    Linked(usize),
    Owned(usize, Owner, AssignedBy),
    Assigned(Owner, AssignedBy),
    Replied,
    Closed,
    Opened,
}

fn owner() -> impl Strategy<Value = Owner> {
    prop_oneof![
        2 => Just(Owner::Ai),
        1 => Just(Owner::Nobody),
        1 => Just(Owner::OtherAi("L-1".to_owned())),
        4 => Just(Owner::Person("A-1".to_owned())),
    ]
}

fn by() -> impl Strategy<Value = AssignedBy> {
    prop_oneof![Just(AssignedBy::Hand), Just(AssignedBy::Automation)]
}

pub fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        5 => (0..TICKETS).prop_map(What::Linked),
        5 => (0..TICKETS, owner(), by()).prop_map(|(of, owner, by)| What::Owned(of, owner, by)),
        2 => (owner(), by()).prop_map(|(owner, by)| What::Assigned(owner, by)),
        1 => Just(What::Replied),
        1 => Just(What::Closed),
        1 => Just(What::Opened),
    ]
}

/// What happened as a fact, with the ticket that it is about.
pub fn fact(what: &What, at: Timestamp) -> (Option<TicketId>, Fact) {
    let field = Field::Thread(THREAD);
    match what.clone() {
        What::Linked(of) => {
            let (thread, ticket) = (THREAD, ticket(of));
            (None, Fact::Linked { thread, ticket, at })
        }
        What::Owned(of, owner, by) => {
            let field = Field::Ticket;
            let fact = Fact::OwnerChanged {
                field,
                owner,
                by,
                at,
            };
            (Some(ticket(of)), fact)
        }
        What::Assigned(owner, by) => {
            let fact = Fact::OwnerChanged {
                field,
                owner,
                by,
                at,
            };
            (None, fact)
        }
        What::Replied => {
            let (thread, actor) = (THREAD, "A-1".to_owned());
            (None, Fact::PersonReplied { thread, actor, at })
        }
        What::Closed => (None, Fact::Closed { field, at }),
        What::Opened => (None, Fact::Opened { field, at }),
    }
}

/// The facts in the order in which they happened, with the tickets that they are about.
fn told(story: &[(i64, What)]) -> Vec<(i64, Option<TicketId>, Fact)> {
    let mut now = BEGINNING;
    let told = story.iter().map(|(wait, what)| {
        now += wait;
        let (of, fact) = fact(what, Timestamp::from_millis(now));
        (now, of, fact)
    });
    told.collect()
}

fn story() -> impl Strategy<Value = Vec<(i64, What)>> {
    let wait = prop_oneof![SECOND_MS..20 * SECOND_MS, MINUTE..3 * MINUTE];
    let step = (wait, what());
    (0..TICKETS, vec(step, 2..=8)).prop_map(|(first, mut story)| {
        story.insert(0, (SECOND_MS, What::Linked(first)));
        story
    })
}

/// An order of arrival, with some of it twice.
fn orders() -> impl Strategy<Value = Vec<usize>> {
    vec(0..100_usize, 0..4).prop_flat_map(|again| {
        let mut all: Vec<usize> = (0..9).collect();
        all.extend(again.into_iter().map(|place| place % 9));
        Just(all).prop_shuffle()
    })
}

#[test]
fn every_order_in_which_moves_are_told_ends_alike() {
    let mut runner = runner_of(sequences() * 4);
    let outcome = runner.run(&(story(), orders()), |(story, order)| {
        let facts = told(&story);
        let mut in_order = World::new();
        for (at, of, fact) in &facts {
            in_order.tell(fact, *of, *at);
        }
        let end = facts.last().expect("a story").0;
        let mut other = World::new();
        let mut now = end;
        for place in order {
            let Some((_, of, fact)) = facts.get(place) else {
                continue;
            };
            now += 1;
            other.tell(fact, *of, now);
        }
        for at in PROBES.map(|later| now + later) {
            let (wanted, found) = (in_order.state(at), other.state(at));
            prop_assert_eq!(found, wanted, "{} ms later", at - now);
        }
        prop_assert_eq!(&other.thread.record.holds, &in_order.thread.record.holds);
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

#[test]
fn no_move_that_is_told_as_it_happens_frees_the_ai() {
    let mut runner = runner_of(sequences() * 4);
    let outcome = runner.run(&story(), |story| {
        let mut world = World::new();
        for (at, of, fact) in &told(&story) {
            let before = PROBES.map(|later| world.state(at + later));
            world.tell(fact, *of, *at);
            if !matches!(fact, Fact::Linked { .. }) {
                continue;
            }
            for (was, later) in before.into_iter().zip(PROBES) {
                let is_freed =
                    was != AiState::AiActive && world.state(at + later) == AiState::AiActive;
                prop_assert!(!is_freed, "free {later} ms after {fact:?}, it was {was:?}");
            }
        }
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}
