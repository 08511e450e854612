//! A thread that moves between tickets: told in any order, the AI is as silent as it is when each
//! thing is told as it happens, now and as time goes by; and no move frees it.

use crate::operation::{HOUR, MINUTE, SECOND_MS};
use crate::runs::{runner_of, sequences};
use baton::domain::assess::{AiState, View};
use baton::domain::decide::{
    Context, Fact, Field, MergedThread, hear_of_left, move_thread, moves, receive,
};
use baton::domain::facts::Link;
use baton::domain::gate::Portal;
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::record::{Scope, ThreadRecord, TicketRecord};
use baton::domain::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

const BEGINNING: i64 = 1_000_000_000_000;
const THREAD: ThreadId = ThreadId(9);
const TICKETS: usize = 3;
const PROBES: [i64; 4] = [0, 6 * MINUTE, 31 * MINUTE, 3 * HOUR];

/// A thread and the tickets it may belong to.
struct World {
    tickets: Vec<TicketRecord>,
    thread: ThreadRecord,
    decisions: u128,
    portal: Portal,
}

fn ticket(place: usize) -> TicketId {
    TicketId(1 + i64::try_from(place).expect("few"))
}

impl World {
    fn new() -> Self {
        let tickets = (0..TICKETS).map(|place| TicketRecord::untouched(ticket(place)));
        Self {
            tickets: tickets.collect(),
            thread: ThreadRecord::untouched(THREAD),
            decisions: 0,
            portal: Portal::unknown(),
        }
    }

    fn record(&self, id: TicketId) -> &TicketRecord {
        let mut tickets = self.tickets.iter();
        tickets.find(|ticket| ticket.id == id).expect("one of them")
    }

    /// The ticket with the thread, where it belongs to it.
    fn scope(&self, id: Option<TicketId>) -> Scope {
        let is_of_it = id.is_none() || self.thread.ticket() == id;
        Scope {
            ticket: id.map(|id| self.record(id).clone()),
            threads: is_of_it.then(|| self.thread.clone()).into_iter().collect(),
        }
    }

    fn keep(&mut self, scope: Scope) {
        if let Some(kept) = scope.ticket {
            self.tickets.retain(|ticket| ticket.id != kept.id);
            self.tickets.push(kept);
        }
        if let Some(thread) = scope.threads.into_iter().next() {
            self.thread = thread;
        }
    }

    /// Tells a fact as the decider and the service do: first itself, then what it means for the
    /// thread by the tickets that it left.
    fn tell(&mut self, fact: &Fact, of: Option<TicketId>, now: i64) {
        self.decisions += 1;
        let portal = self.portal.clone();
        let context = Context {
            decision: Uuid::from_u128(self.decisions),
            now: Timestamp::from_millis(now),
            placed_at: Timestamp::from_millis(now),
            portal: &portal,
        };
        let own = self.thread.ticket();
        if let Fact::Linked { ticket, at, .. } = fact {
            let link = Link::told(*ticket, *at);
            let left = own.map(|own| self.record(own).clone());
            let thread = self.thread.clone();
            let moved = MergedThread {
                thread: &thread,
                ticket: left.as_ref(),
            };
            let mut scope = self.scope(Some(own.unwrap_or(*ticket)));
            if moves(moved, link) {
                scope = self.scope(Some(*ticket));
                move_thread(&mut scope, moved, link, &context);
            } else {
                scope.threads = vec![thread];
                receive(&mut scope, fact, &context);
            }
            self.keep(scope);
            for (left, _) in self.thread.record.facts.left() {
                self.hear(left, &context);
            }
            return;
        }
        let mut scope = self.scope(of.or(own));
        receive(&mut scope, fact, &context);
        self.keep(scope);
        if let (Some(id), Some(owned_at)) = (of, fact.ticket_owned_at()) {
            let left = self.thread.record.facts.left();
            if left.iter().any(|(left, at)| *left == id && *at >= owned_at) {
                self.hear(id, &context);
            }
        }
    }

    fn hear(&mut self, left: TicketId, context: &Context<'_>) {
        let ticket = &self.record(left).clone();
        let mut scope = self.scope(self.thread.ticket());
        hear_of_left(&mut scope, THREAD, ticket, context);
        self.keep(scope);
    }

    fn state(&self, at: i64) -> AiState {
        let ticket = self.thread.ticket().map(|id| &self.record(id).record);
        let view = View {
            thread: &self.thread.record,
            ticket,
        };
        view.assess(Timestamp::from_millis(at)).state()
    }
}

/// What happened, and the time since what happened before it.
#[derive(Clone, Debug)]
enum What {
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

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        5 => (0..TICKETS).prop_map(What::Linked),
        5 => (0..TICKETS, owner(), by()).prop_map(|(of, owner, by)| What::Owned(of, owner, by)),
        2 => (owner(), by()).prop_map(|(owner, by)| What::Assigned(owner, by)),
        1 => Just(What::Replied),
        1 => Just(What::Closed),
        1 => Just(What::Opened),
    ]
}

/// The facts in the order in which they happened, with the tickets that they are about.
fn told(story: &[(i64, What)]) -> Vec<(i64, Option<TicketId>, Fact)> {
    let mut now = BEGINNING;
    let fact = |(wait, what): &(i64, What)| {
        now += wait;
        let at = Timestamp::from_millis(now);
        let field = Field::Thread(THREAD);
        let (of, fact) = match what.clone() {
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
        };
        (now, of, fact)
    };
    story.iter().map(fact).collect()
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
