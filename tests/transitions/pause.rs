//! Pause AI: the first row of the table.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::Field;
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::time::Span;

#[test]
fn pause_silences_an_active_ai() {
    on_ticket_thread_and_both(|world| {
        assert_eq!(world.workflow(pause()), applied());
        assert_eq!(world.state(), AiState::AiPaused);
    });
}

#[test]
fn pause_of_a_paused_ai_is_already_so() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let version = world.version();

        assert_eq!(world.workflow(pause_for(15)), already());
        assert_eq!(world.state(), AiState::AiPaused);
        assert_eq!(world.version(), version, "nothing that matters changed");
    });
}

#[test]
fn a_longer_pause_extends() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause_for(15));

        let verdict = world.workflow(pause_for(60));

        assert_eq!(verdict, (Outcome::Extended, ReasonCode::PauseExtended));
        let until = world.live_hold(HoldName::Pause).and_then(|it| it.until);
        assert_eq!(until, Some(world.now() + Span::from_minutes(60)));
    });
}

#[test]
fn replace_sets_the_end_exactly() {
    for reach in [Placement::Ticket, Placement::Thread] {
        let mut world = World::new();
        world.placement = reach;
        world.reach = reach.reaches()[0];
        world.given(&workflow(), &pause());

        assert_eq!(world.workflow(replace_by(15)), applied());
        let until = world.live_hold(HoldName::Pause).and_then(|it| it.until);
        assert_eq!(until, Some(world.now() + Span::from_minutes(15)));
    }
}

#[test]
fn pause_under_a_pending_handoff_is_kept_beneath_it() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());

        let verdict = world.workflow(pause());

        assert_eq!(verdict, shadowed(ReasonCode::HandoffPending));
        assert_eq!(world.state(), AiState::HandoffRequested);
        assert_eq!(world.live(), [HoldName::Handoff, HoldName::Pause]);
    });
}

#[test]
fn pause_under_an_owner_is_kept_beneath_them() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();

        let verdict = world.workflow(pause());

        assert_eq!(verdict, shadowed(ReasonCode::HumanAlreadyActive));
        assert_eq!(world.state(), AiState::HumanActive);
        assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Pause]);
    });
}

#[test]
fn pause_under_a_reply_outlives_its_window() {
    on_ticket_thread_and_both(|world| {
        world.anna_replies();
        let verdict = world.workflow(pause());
        assert_eq!(verdict, shadowed(ReasonCode::HumanAlreadyActive));

        world.later(31);

        assert_eq!(world.state(), AiState::AiPaused);
    });
}

#[test]
fn pause_under_a_lock_is_kept_beneath_it() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &baton::domain::command::What::Lock);

        let verdict = world.workflow(pause());

        assert_eq!(verdict, shadowed(ReasonCode::AdminLock));
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::Pause]);
    });
}

#[test]
fn pause_of_a_closed_conversation_applies_behind_the_gate() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));

        assert_eq!(world.workflow(pause()), applied());
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
        assert_eq!(world.state(), AiState::AiPaused);
    });
}

#[test]
fn a_timed_pause_ends_by_itself() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause_for(15));
        world.later(14);
        assert_eq!(world.state(), AiState::AiPaused);

        world.later(1);

        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_shadow_ends_with_its_own_end() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.given(&workflow(), &pause_for(15));

        world.later(15);

        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}
