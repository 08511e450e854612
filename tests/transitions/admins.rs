//! What an admin placed, only an admin lifts, shortens or replaces; locks and `force_ai`.

use crate::requests::*;
use crate::world::*;
use baton::domain::actor::{Authority, Requester};
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::Field;
use baton::domain::hold::HoldName;
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::time::Span;

fn ai() -> Requester {
    Requester::api(Authority::Ai, "platform")
}

#[test]
fn a_workflow_does_not_resume_an_admins_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &pause());
        assert_eq!(world.workflow(resume()), refused(ReasonCode::AdminLock));
        assert_eq!(world.workflow(send()), refused(ReasonCode::AdminLock));
        assert_eq!(world.state(), AiState::AiPaused);
        assert_eq!(world.admin(resume()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_workflow_does_not_shorten_an_admins_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &pause_for(60));
        let until = world.live_hold(HoldName::Pause).and_then(|it| it.until);

        let verdict = world.workflow(replace_by(15));

        assert_eq!(verdict, refused(ReasonCode::AdminLock));
        let kept = world.live_hold(HoldName::Pause).and_then(|it| it.until);
        assert_eq!(kept, until);
    });
}

#[test]
fn an_admins_pause_of_one_thread_keeps_no_pause_from_its_sibling() {
    // given
    let mut world = World::with_sibling();
    world.ask_of(Placement::Thread.reaches()[0], admin(), pause());

    // when
    let decided = world.ask_of(Placement::Ticket.reaches()[0], workflow(), replace_by(15));

    // then
    assert_eq!(decided.verdict, refused(ReasonCode::AdminLock));
    assert_eq!(world.state_of(SIBLING), AiState::AiPaused);
}

#[test]
fn a_workflow_may_outlast_an_admins_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &pause_for(15));
        let verdict = world.workflow(pause_for(60));
        assert_eq!(verdict, (Outcome::Extended, ReasonCode::PauseExtended));
        let until = world.live_hold(HoldName::Pause).and_then(|it| it.until);
        assert_eq!(until, Some(world.now() + Span::from_minutes(60)));
    });
}

#[test]
fn an_admins_pause_ends_by_its_own_end() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &pause_for(15));
        world.later(16);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_workflow_does_not_cancel_an_admins_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &handoff());
        let cancelled = world.workflow(resume_and_cancel());
        assert_eq!(cancelled, refused(ReasonCode::AdminLock));
        assert_eq!(world.workflow(send()), refused(ReasonCode::AdminLock));
        assert_eq!(world.admin(resume_and_cancel()), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn closing_and_the_ai_as_owner_end_nothing_of_an_admins() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &handoff());
        world.given(&admin(), &pause());
        world.assigned_to_ai();
        world.closed(Field::Thread(THREAD));
        world.closed(Field::Ticket);
        assert_eq!(world.live(), [HoldName::Handoff, HoldName::Pause]);
    });
}

#[test]
fn a_lock_silences_and_only_an_admin_unlocks() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        assert_eq!(world.state(), AiState::AiLocked);
        let by_ai = world.ask_of(world.reach, ai(), What::Unlock).verdict;
        assert_eq!(by_ai, refused(ReasonCode::AdminLock));
        assert_eq!(world.admin(What::Unlock), applied());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn the_ai_may_lock_itself_and_needs_an_admin_to_get_out() {
    on_ticket_thread_and_both(|world| {
        world.given(&ai(), &What::Lock);
        let verdict = world.ask_of(world.reach, ai(), send()).verdict;
        assert_eq!(verdict, refused(ReasonCode::AdminLock));
        assert_eq!(world.admin(What::Unlock), applied());
    });
}

#[test]
fn force_lifts_everything_but_locks() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &pause());
        world.given(&workflow(), &handoff());
        world.anna_takes_it();
        world.anna_replies();

        assert_eq!(world.admin(send()).0, Outcome::Applied);
        assert_eq!(world.live(), []);

        world.given(&admin(), &What::Lock);
        assert_eq!(world.admin(send()), refused(ReasonCode::AdminLock));
    });
}

#[test]
fn force_on_one_thread_frees_no_sibling_of_an_owned_ticket() {
    // given
    let mut world = World::with_sibling();
    world.anna_takes_it();

    // when
    world.admin(send());

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.state_of(SIBLING), AiState::HumanActive);
}

#[test]
fn the_next_owner_after_a_force_silences_again() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.admin(send());
        world.anna_takes_it();
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn an_admins_resume_under_a_person_is_refused_like_any_other() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let verdict = world.admin(resume());
        assert_eq!(verdict, refused(ReasonCode::HumanOwnsConversation));
    });
}
