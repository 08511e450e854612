//! Threads and their ticket: linking later, and tickets whose conversation is not known.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Ask, Reach, Subject, What};
use baton::domain::decide::{Decided, Field};
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::owner::AssignedBy;
use baton::domain::record::ThreadRecord;

fn without_a_thread() -> World {
    let mut world = World::new();
    world.scope.threads.clear();
    world
}

fn ask_ticket(world: &mut World, what: What) -> Decided {
    let ask = ask_for(what, Reach::AllOpen);
    let subject = Subject {
        ticket: Some(TICKET),
        thread: None,
    };
    world.try_ask(&ask, subject).expect("decided on the ticket")
}

fn ask_for(what: What, reach: Reach) -> Ask {
    Ask::new(what, reach, workflow())
}

#[test]
fn pause_and_handoff_of_a_ticket_without_a_thread_are_queued() {
    for what in [pause(), handoff()] {
        let mut world = without_a_thread();

        let decided = ask_ticket(&mut world, what);

        assert_eq!(decided.verdict, (Outcome::Queued, ReasonCode::Applied));
        assert_eq!(decided.rows.len(), 1);
        assert_eq!(decided.rows[0].thread, None, "its line is the ticket's");
    }
}

#[test]
fn resume_of_a_ticket_without_a_thread_is_applied_or_already_so() {
    // given
    let mut world = without_a_thread();
    ask_ticket(&mut world, pause());

    // when
    let first = ask_ticket(&mut world, resume());
    let second = ask_ticket(&mut world, resume());

    // then
    assert_eq!(first.verdict, applied());
    assert_eq!(second.verdict, already());
}

#[test]
fn what_waits_on_the_ticket_counts_once_a_thread_is_linked() {
    // given
    let mut world = without_a_thread();
    ask_ticket(&mut world, pause());
    world.scope.threads.push(ThreadRecord::untouched(THREAD));

    // when
    let decided = world.link(THREAD);

    // then
    assert_eq!(world.state(), AiState::AiPaused);
    assert_eq!(decided.rows.len(), 1);
    assert_eq!(decided.rows[0].before, AiState::AiActive);
    assert_eq!(decided.rows[0].after, AiState::AiPaused);
    assert_eq!(world.version(), 1);
    assert_eq!(world.thread(THREAD).silenced_at_version, 1);
}

#[test]
fn an_action_that_names_both_links_them_in_its_own_decision() {
    // given
    let mut world = without_a_thread();
    world.scope.threads.push(ThreadRecord::untouched(THREAD));
    let subject = Subject {
        ticket: Some(TICKET),
        thread: Some(THREAD),
    };

    // when
    let ask = ask_for(pause(), Reach::Originating);
    let decided = world.try_ask(&ask, subject).expect("decided");

    // then
    assert_eq!(decided.rows.len(), 1);
    assert_eq!(world.version(), 1);
    assert_eq!(world.thread(THREAD).ticket(), Some(TICKET));
}

#[test]
fn a_linked_thread_keeps_its_own_holds_and_versions() {
    // given
    let mut world = without_a_thread();
    let ticket = world.scope.ticket.take();
    world.scope.threads.push(ThreadRecord::untouched(THREAD));
    let alone = Subject {
        ticket: None,
        thread: Some(THREAD),
    };
    let ask = ask_for(pause(), Reach::Thread(THREAD));
    world.try_ask(&ask, alone).expect("decided");
    world.scope.ticket = ticket;

    // when
    world.link(THREAD);

    // then
    assert_eq!(world.state(), AiState::AiPaused);
    assert_eq!(world.version(), 2);
}

#[test]
fn a_link_to_the_same_ticket_again_changes_nothing_but_its_time() {
    // given
    let mut world = World::new();
    world.given(&workflow(), &pause());
    world.workflow(send());

    // when
    let decided = world.link(THREAD);

    // then
    assert_eq!(decided.verdict, applied());
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn the_replies_of_a_thread_claim_the_handoffs_of_the_ticket_it_is_linked_to() {
    // given
    let mut world = without_a_thread();
    let back = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
    ask_ticket(&mut world, back);
    let ticket = world.scope.ticket.take();
    world.scope.threads.push(ThreadRecord::untouched(THREAD));
    world.anna_replies();
    world.scope.ticket = ticket;

    // when
    world.link(THREAD);
    world.later(31);

    // then
    assert_eq!(world.claim_timers(), []);
    assert_eq!(world.state(), AiState::HandoffRequested);
}

#[test]
fn a_link_undoes_what_the_tickets_owner_would_have_refused() {
    // given
    let mut world = without_a_thread();
    world.owner_of(Field::Ticket, anna(), AssignedBy::Automation, world.now());
    let ticket = world.scope.ticket.take();
    world.scope.threads.push(ThreadRecord::untouched(THREAD));
    let alone = Subject {
        ticket: None,
        thread: Some(THREAD),
    };
    for what in [handoff(), send()] {
        let ask = ask_for(what, Reach::Thread(THREAD));
        world.try_ask(&ask, alone).expect("decided");
    }
    world.scope.ticket = ticket;

    // when
    let decided = world.link(THREAD);

    // then
    assert_eq!(decided.verdict.1, ReasonCode::ReleaseVoidedLateHumanReply);
    assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Handoff]);
}

#[test]
fn neither_a_ticket_nor_a_thread_is_not_found() {
    // given
    let mut world = without_a_thread();
    world.scope.ticket = None;

    // when
    let ask = ask_for(pause(), Reach::AllOpen);
    let decided = world.try_ask(&ask, Subject::default()).expect("decided");

    // then
    let not_found = (Outcome::NotFound, ReasonCode::ConversationNotFound);
    assert_eq!(decided.verdict, not_found);
}
