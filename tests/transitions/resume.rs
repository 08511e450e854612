//! Resume AI: the second row of the table.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::Field;
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::outcome::ReasonCode;

#[test]
fn resume_of_an_active_ai_is_already_so() {
    on_ticket_thread_and_both(|world| {
        let version = world.version();

        assert_eq!(world.workflow(resume()), already());
        assert_eq!(world.version(), version);
    });
}

#[test]
fn resume_lifts_a_pause_wherever_it_lies() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(resume()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn resume_under_a_handoff_is_refused_and_lifts_the_pause_beneath() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.given(&workflow(), &pause());
        let version = world.version();

        let verdict = world.workflow(resume());

        assert_eq!(verdict, refused(ReasonCode::HandoffPending));
        assert_eq!(world.live(), [HoldName::Handoff]);
        assert_eq!(world.version(), version + 1);
    });
}

#[test]
fn resume_with_cancel_withdraws_the_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(resume_and_cancel()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn resume_under_an_owner_is_refused_and_lifts_the_pause_beneath() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_takes_it();

        let verdict = world.workflow(resume_and_cancel());

        assert_eq!(verdict, refused(ReasonCode::HumanOwnsConversation));
        assert_eq!(world.live(), [HoldName::PersonOwns]);
    });
}

#[test]
fn resume_under_a_reply_is_refused_and_lifts_the_pause_beneath() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_replies();

        let verdict = world.workflow(resume());

        assert_eq!(verdict, refused(ReasonCode::HumanRecentlyReplied));
        assert_eq!(world.live(), [HoldName::PersonReplied]);
    });
}

#[test]
fn resume_with_cancel_under_a_reply_leaves_the_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.anna_replies();

        let verdict = world.workflow(resume_and_cancel());

        assert_eq!(verdict, refused(ReasonCode::HumanRecentlyReplied));
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Handoff]);
    });
}

#[test]
fn resume_under_a_lock_is_refused_and_lifts_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.given(&admin(), &What::Lock);

        let verdict = world.workflow(resume_and_cancel());

        assert_eq!(verdict, refused(ReasonCode::AdminLock));
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::Pause]);
    });
}

#[test]
fn resume_of_a_closed_conversation_applies_behind_the_gate() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(resume()), applied());
        assert_eq!(world.state(), AiState::AiActive);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn resume_frees_siblings_of_a_ticket_wide_pause_and_counts_them() {
    // given
    let mut world = World::with_sibling();
    world.ask_of(Placement::Ticket.reaches()[0], workflow(), pause());

    // when
    let decided = world.ask_of(Placement::Thread.reaches()[0], workflow(), resume());

    // then
    let affected = decided.rows.iter().filter(|row| row.affects_thread());
    assert_eq!(affected.count(), 2);
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn a_pause_of_one_thread_leaves_its_sibling_alone() {
    // given
    let mut world = World::with_sibling();

    // when
    let decided = world.ask_of(Placement::Thread.reaches()[0], workflow(), pause());

    // then
    assert_eq!(decided.rows.len(), 1);
    assert_eq!(world.state(), AiState::AiPaused);
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn resume_with_cancel_lifts_the_tickets_handoff_though_it_is_over_for_this_thread() {
    // given
    let mut world = World::with_sibling();
    world.given(&workflow(), &handoff());
    world.placement = Placement::Thread;
    world.assigned_to_ai();

    // when
    let verdict = world.workflow(resume_and_cancel());

    // then
    assert_eq!(verdict, already());
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}
