//! Claim deadlines: the row of the table about nobody coming in time.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::{ClaimDeadline, Field};
use baton::domain::hold::{HandoffTarget, HoldName, OnTimeout, Priority};
use baton::domain::policy::AfterHumanUnassign;

fn handoff_that(on_timeout: OnTimeout) -> What {
    handoff_with(|request| request.on_timeout = on_timeout)
}

#[test]
fn notify_leaves_the_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::Notify));
        world.later(16);
        assert!(!world.claim_timers().is_empty());
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn return_to_ai_frees_the_ai() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.later(16);
        world.claim_timers();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn escalate_makes_it_urgent_and_aims_at_the_default() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.default_target = HandoffTarget::Team(3);
        world.given(&workflow(), &handoff_that(OnTimeout::Escalate));
        world.later(16);

        world.claim_timers();

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        let shown = shown.expect("it stays");
        assert_eq!(shown.priority, Priority::Urgent);
        assert_eq!(shown.target, HandoffTarget::Team(3));
    });
}

#[test]
fn a_timer_does_nothing_before_its_time() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.later(14);
        let before = world.scope.clone();
        assert_eq!(world.claim_timers(), []);
        assert_eq!(world.scope, before);
    });
}

#[test]
fn a_timer_of_another_epoch_does_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.later(16);
        let before = world.scope.clone();
        let hold = world.another_epoch();
        let deadlines = world.deadlines();
        for timer in deadlines {
            let other = ClaimDeadline { hold, ..timer };
            assert_eq!(world.claim_timer(other), None);
        }
        assert_eq!(world.scope, before);
    });
}

#[test]
fn a_handoff_claimed_by_an_owner_never_times_out() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.given(&workflow(), &pause());
        world.anna_takes_it();
        world.nobody_owns_it();
        world.later(16);
        assert_eq!(world.claim_timers(), []);
        assert_eq!(world.live(), [HoldName::Pause]);
    });
}

#[test]
fn a_deadline_under_an_owner_is_spent_not_postponed() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        let automation = baton::domain::owner::AssignedBy::Automation;
        world.owner_is(&anna(), automation);
        world.later(16);
        world.claim_timers();
        world.nobody_owns_it();
        world.later(16);

        assert_eq!(world.claim_timers(), []);
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_deadline_under_a_lock_is_spent() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.given(&admin(), &What::Lock);
        world.later(16);
        world.claim_timers();
        world.admin(What::Unlock);
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_deadline_after_the_closing_does_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff_that(OnTimeout::ReturnToAi));
        world.closed(Field::Thread(THREAD));
        world.later(16);
        let before = world.scope.clone();
        assert_eq!(world.claim_timers(), []);
        assert_eq!(world.scope, before);
    });
}

#[test]
fn the_timer_of_an_admins_handoff_has_an_admins_authority() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &handoff_that(OnTimeout::ReturnToAi));
        world.later(16);
        world.claim_timers();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_handoff_that_came_with_damping_still_times_out() {
    // given
    let mut world = World::new();
    world.portal.policies.loop_guard = true;
    for _ in 0..4 {
        world.workflow(resume());
        world.workflow(handoff_that(OnTimeout::ReturnToAi));
    }
    assert_eq!(world.live(), [HoldName::Handoff, HoldName::Damped]);

    // when
    world.later(16);
    world.claim_timers();

    // then
    assert_eq!(world.state(), AiState::AiActive);
}
