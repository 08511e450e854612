//! What was released in one ticket for a thread that moves to another: whatever would have refused it
//! is told late, of the thread or of the ticket that it left, or that it had left before.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Reach, What};
use baton::domain::decide::{Fact, Field, hear_of_left, undo_where_it_left};
use baton::domain::facts::Link;
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::record::{ThreadRecord, TicketRecord};
use baton::domain::time::Timestamp;

/// The ticket that is left, with its threads.
const OTHER: TicketId = TicketId(8);
const THEIRS: ThreadId = ThreadId(81);
const STAYS: ThreadId = ThreadId(82);

/// Two threads in the ticket that one of them will leave.
fn two_there() -> World {
    let mut world = World::new();
    world.other.ticket = Some(TicketRecord::untouched(OTHER));
    let threads = [THEIRS, STAYS].map(ThreadRecord::untouched);
    world.other.threads = threads.into();
    world.there(|world| {
        for thread in [THEIRS, STAYS] {
            let (ticket, at) = (OTHER, world.now());
            world.tell(Fact::Linked { thread, ticket, at });
        }
    });
    world.later(1);
    world
}

/// The thread moves, and what that means for those that stay.
fn move_at(world: &mut World, at: Timestamp) {
    let before = world.other.thread(THEIRS).expect("it is there").clone();
    world.move_thread(THEIRS, Link::told(TICKET, at));
    let after = world.thread(THEIRS).clone();
    world.there(|world| {
        world.scope.threads.retain(|thread| thread.id != THEIRS);
        let portal = world.portal.clone();
        let context = world.context(&portal);
        undo_where_it_left(&mut world.scope, (&before, &after), &context);
    });
}

fn moves(world: &mut World) {
    let at = world.now();
    move_at(world, at);
}

/// What is known of the ticket that it left reaches the thread.
fn hears(world: &mut World) {
    let portal = world.portal.clone();
    let context = world.context(&portal);
    let left = world.other.ticket.clone().expect("a ticket");
    hear_of_left(&mut world.scope, THEIRS, &left, &context);
}

fn asked_there(world: &mut World, reach: Reach, what: What) {
    world.there(|world| {
        world.ask_of(reach, workflow(), what);
    });
}

/// Something is asked there, a minute after one of the threads had left. Gives back when it had.
fn asked_after_it_left(world: &mut World, reach: Reach, what: What) -> Timestamp {
    world.later(5);
    let left_at = world.now();
    world.later(1);
    asked_there(world, reach, what);
    left_at
}

fn stays_as(world: &mut World) -> AiState {
    let mut state = AiState::AiActive;
    world.there(|world| state = world.state_of(STAYS));
    state
}

/// It was paused and sent to the AI in the ticket that it left then.
fn sent_and_moved(world: &mut World) -> Timestamp {
    let before = world.now();
    world.later(1);
    asked_there(world, Reach::AllOpen, pause());
    asked_there(world, Reach::Originating, send());
    world.later(1);
    moves(world);
    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
    before
}

#[test]
fn an_ownership_of_the_ticket_it_left_brings_back_what_was_lifted_there() {
    let mut world = two_there();
    let before = sent_and_moved(&mut world);

    world.there(|world| world.owner_of(Field::Ticket, anna(), AssignedBy::Hand, before));
    hears(&mut world);
    world.owner_of(Field::Ticket, Owner::Ai, AssignedBy::Hand, world.now());

    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}

#[test]
fn a_reply_told_after_the_move_brings_back_what_was_lifted_in_the_ticket_it_left() {
    let mut world = two_there();
    let at = sent_and_moved(&mut world);

    let (thread, actor) = (THEIRS, "A-anna".to_owned());
    world.tell(Fact::PersonReplied { thread, actor, at });
    world.later(60);

    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}

#[test]
fn what_was_lifted_before_the_move_stays_lifted_if_nothing_late_refuses_it() {
    let mut world = two_there();
    sent_and_moved(&mut world);
    world.later(1);
    hears(&mut world);
    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
    assert_eq!(world.thread(THEIRS).record.holds, []);
}

#[test]
fn a_pause_that_was_lifted_on_the_ticket_after_the_thread_had_left_it_went_along() {
    let mut world = two_there();
    asked_there(&mut world, Reach::AllOpen, pause());
    let left_at = asked_after_it_left(&mut world, Reach::AllOpen, resume());

    move_at(&mut world, left_at);

    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
    assert_eq!(stays_as(&mut world), AiState::AiActive);
}

#[test]
fn what_a_ticket_lifted_in_a_thread_that_had_left_it_is_back() {
    for (placed, lifted, reach) in [
        (pause(), resume(), Reach::AllOpen),
        (handoff(), resume_and_cancel(), Reach::AllOpen),
        (pause(), send(), Reach::Originating),
    ] {
        let mut world = two_there();
        asked_there(&mut world, Reach::Originating, placed);
        let left_at = asked_after_it_left(&mut world, reach, lifted.clone());

        move_at(&mut world, left_at);

        assert_ne!(world.state_of(THEIRS), AiState::AiActive, "{lifted:?}");
    }
}

#[test]
fn a_sending_of_a_thread_that_had_left_the_ticket_frees_no_other_thread_of_it() {
    let mut world = two_there();
    asked_there(&mut world, Reach::AllOpen, pause());
    let left_at = asked_after_it_left(&mut world, Reach::Originating, send());
    assert_eq!(stays_as(&mut world), AiState::AiActive);

    move_at(&mut world, left_at);

    assert_eq!(stays_as(&mut world), AiState::AiPaused);
    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}

#[test]
fn a_resume_of_the_whole_ticket_stays_for_those_that_are_there() {
    let mut world = two_there();
    asked_there(&mut world, Reach::AllOpen, pause());
    asked_there(&mut world, Reach::Originating, pause());
    let left_at = asked_after_it_left(&mut world, Reach::AllOpen, resume());

    move_at(&mut world, left_at);

    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
    assert_eq!(stays_as(&mut world), AiState::AiActive);
}

#[test]
fn a_handoff_that_ended_in_one_ticket_does_not_begin_again_in_the_next() {
    let mut world = two_there();
    asked_there(&mut world, Reach::Originating, handoff());
    world.later(1);
    let at = world.now();
    world.there(|world| world.owner_of(Field::Ticket, Owner::Ai, AssignedBy::Hand, at));
    world.later(1);

    moves(&mut world);

    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
}

#[test]
fn a_pause_of_before_never_takes_the_place_of_a_later_one() {
    let mut world = two_there();
    asked_there(&mut world, Reach::AllOpen, pause());
    world.later(1);
    let left_at = world.now();
    world.later(1);
    let closed_at = world.now();
    world.later(1);
    asked_there(&mut world, Reach::Originating, pause());
    world.later(1);

    move_at(&mut world, left_at);
    let field = Field::Thread(THEIRS);
    world.tell(Fact::Closed {
        field,
        at: closed_at,
    });
    world.opened(field);

    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}
