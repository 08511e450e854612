//! Owner changes: the rows about owner -> person, -> AI and -> nobody.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::Field;
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::{AfterHumanUnassign, AssignedByAutomation};
use baton::domain::time::Span;

#[test]
fn a_person_who_takes_it_silences_the_ai() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::PersonOwns]);
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn an_owner_covers_a_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Pause]);
    });
}

#[test]
fn a_person_who_takes_it_claims_the_handoff_for_good() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        world.given(&workflow(), &handoff());

        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::PersonOwns]);
        world.nobody_owns_it();

        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn an_owner_claims_an_admins_handoff_too() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &handoff());
        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::PersonOwns]);
    });
}

#[test]
fn another_person_takes_the_place_of_the_first() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let ben = Owner::Person("A-ben".to_owned());
        world.owner_is(&ben, AssignedBy::Hand);

        let shown = world.live_hold(HoldName::PersonOwns);
        assert_eq!(shown.map(|hold| hold.by), Some("A-ben".to_owned()));
    });
}

#[test]
fn an_owner_under_a_lock_is_kept_beneath_it() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        world.anna_takes_it();
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::PersonOwns]);
    });
}

#[test]
fn an_owner_of_a_closed_conversation_is_recorded() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));
        let version = world.version();

        world.anna_takes_it();

        assert_eq!(world.live(), [HoldName::PersonOwns]);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
        assert!(world.version() > version);
    });
}

#[test]
fn a_person_who_owns_the_ticket_owns_all_its_threads() {
    // given
    let mut world = World::with_sibling();

    // when
    world.anna_takes_it();

    // then
    assert_eq!(world.state(), AiState::HumanActive);
    assert_eq!(world.state_of(SIBLING), AiState::HumanActive);
}

#[test]
fn a_person_who_owns_a_thread_leaves_its_sibling_alone() {
    // given
    let mut world = World::with_sibling();
    world.placement = Placement::Thread;

    // when
    world.anna_takes_it();

    // then
    assert_eq!(world.state(), AiState::HumanActive);
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn automation_silences_by_default_but_claims_no_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.owner_is(&anna(), AssignedBy::Automation);
        assert_eq!(world.live(), [HoldName::PersonOwns, HoldName::Handoff]);
    });
}

#[test]
fn automation_may_wait_for_the_first_reply() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;

        world.owner_is(&anna(), AssignedBy::Automation);
        assert_eq!(world.state(), AiState::AiActive);
        world.anna_replies();

        assert_eq!(
            world.live(),
            [HoldName::PersonOwns, HoldName::PersonReplied]
        );
    });
}

#[test]
fn an_assignment_that_waits_founds_no_handoff_when_it_ends() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;
        world.owner_is(&anna(), AssignedBy::Automation);
        world.nobody_owns_it();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn an_assignment_that_waits_does_not_hide_a_handoff_of_the_other_field() {
    // given
    let mut world = World::new();
    world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;
    let (ticket, thread) = (Field::Ticket, Field::Thread(THREAD));
    world.owner_of(ticket, anna(), AssignedBy::Hand, world.now());
    world.owner_of(ticket, Owner::Nobody, AssignedBy::Hand, world.now());

    // when
    world.owner_of(thread, anna(), AssignedBy::Automation, world.now());

    // then
    assert_eq!(world.state(), AiState::HandoffRequested);
}

#[test]
fn an_assignment_that_waits_and_takes_over_from_a_person_does_not_free_the_ai() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;
        world.anna_takes_it();

        world.owner_is(&Owner::Person("A-ben".to_owned()), AssignedBy::Automation);

        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn assigning_the_ai_to_an_active_conversation_changes_no_state() {
    on_ticket_thread_and_both(|world| {
        world.assigned_to_ai();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn assigning_the_ai_leaves_a_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.assigned_to_ai();
        assert_eq!(world.state(), AiState::AiPaused);
    });
}

#[test]
fn assigning_the_ai_withdraws_a_handoff() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.assigned_to_ai();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn assigning_the_ai_ends_ownership_and_reply_windows() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.anna_replies();
        world.assigned_to_ai();
        assert_eq!(world.live(), []);
    });
}

#[test]
fn assigning_the_ai_leaves_a_lock() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        world.assigned_to_ai();
        assert_eq!(world.state(), AiState::AiLocked);
    });
}

#[test]
fn assigning_the_ai_to_a_closed_conversation_is_recorded() {
    on_ticket_thread_and_both(|world| {
        world.closed(Field::Thread(THREAD));
        let version = world.version();
        world.assigned_to_ai();
        assert!(world.version() > version);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn a_person_who_gives_it_up_leaves_a_handoff() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.nobody_owns_it();
        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}

#[test]
fn one_field_given_up_while_the_other_is_a_person_changes_nothing() {
    // given
    let mut world = World::new();
    world.placement = Placement::Both;
    world.anna_takes_it();
    world.placement = Placement::Ticket;

    // when
    world.nobody_owns_it();

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn the_ai_may_speak_at_once_where_the_portal_says_so() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        world.anna_takes_it();
        world.nobody_owns_it();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn the_ai_may_speak_after_the_grace_where_the_portal_says_so() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiAfterGrace;
        world.anna_takes_it();
        world.nobody_owns_it();
        let until = world.live_hold(HoldName::Handoff).and_then(|it| it.until);
        assert_eq!(until, Some(world.now() + Span::from_minutes(10)));

        world.later(10);

        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_change_of_policy_does_not_reach_into_the_past() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.nobody_owns_it();

        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;

        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn another_ai_shuts_a_gate_and_holds_nothing() {
    on_ticket_thread_and_both(|world| {
        world.owner_is(&Owner::OtherAi("L-1".to_owned()), AssignedBy::Automation);
        assert_eq!(world.live(), []);
        assert_eq!(world.gates(), [Gate::OtherAi]);
    });
}
