//! What one late fact sets off: releases that only an undone one made possible, claim clocks that
//! ran out meanwhile, and closings that come after what they end was told once more.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::Field;
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::AfterHumanUnassign;
use baton::domain::time::{Span, Timestamp};

fn after(began: Timestamp, minutes: i64) -> Timestamp {
    began + Span::from_minutes(minutes)
}

/// The owner fields the test is about name somebody, as of then.
fn owned_at(world: &mut World, owner: &Owner, by: AssignedBy, at: Timestamp) {
    for field in world.placement.fields() {
        world.owner_of(*field, owner.clone(), by, at);
    }
}

fn return_to_ai() -> baton::domain::command::What {
    handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi)
}

#[test]
fn a_window_that_comes_back_undoes_a_later_resume_that_it_would_have_refused() {
    on_ticket_thread_and_both(|world| {
        // given a reply that a Send lifts, and a handoff that a Resume lifts after it
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        let began = world.now();
        world.anna_replies();
        world.later(12);
        world.workflow(send());
        world.later(1);
        owned_at(world, &Owner::Nobody, AssignedBy::Hand, after(began, 13));
        world.given(&workflow(), &handoff());
        world.later(1);
        assert_eq!(world.workflow(resume_and_cancel()), applied());
        assert_eq!(world.state(), AiState::AiActive);

        // when it turns out that Anna owned before the Send
        owned_at(world, &anna(), AssignedBy::Automation, after(began, 11));

        // then
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Handoff]);
    });
}

#[test]
fn a_later_resume_after_that_window_stays() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        let began = world.now();
        world.anna_replies();
        world.later(12);
        world.workflow(send());
        world.later(1);
        owned_at(world, &Owner::Nobody, AssignedBy::Hand, after(began, 13));
        world.later(20);
        world.given(&workflow(), &handoff());
        world.workflow(resume_and_cancel());

        owned_at(world, &anna(), AssignedBy::Automation, after(began, 11));

        assert_eq!(world.live(), []);
    });
}

#[test]
fn a_claim_clock_that_ran_out_meanwhile_is_spent() {
    on_ticket_thread_and_both(|world| {
        // given
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        let began = world.now();
        world.given(&workflow(), &return_to_ai());
        world.later(10);
        world.workflow(send());
        world.later(10);
        owned_at(world, &Owner::Nobody, AssignedBy::Hand, after(began, 17));

        // when: she owned when the clock ran out
        owned_at(world, &anna(), AssignedBy::Automation, after(began, 9));

        // then
        assert_eq!(world.state(), AiState::HandoffRequested);
        assert_eq!((world.due(), world.next_check()), (vec![], None));
        world.later(60);
        assert_eq!(world.claim_timers(), []);
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_claim_clock_that_still_runs_is_looked_at_in_its_time() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        let began = world.now();
        world.given(&workflow(), &return_to_ai());
        world.later(10);
        world.workflow(send());
        world.later(1);
        owned_at(world, &Owner::Nobody, AssignedBy::Hand, after(began, 11));
        owned_at(world, &anna(), AssignedBy::Automation, after(began, 9));
        assert_eq!(world.state(), AiState::HandoffRequested);
        assert!(world.next_check().is_some());
        world.later(6);
        world.look();
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn what_a_tickets_closing_ended_is_not_founded_again() {
    let mut world = World::new();
    world.anna_takes_it();
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::HandoffRequested);
    world.closed(Field::Ticket);
    assert_eq!(world.state(), AiState::AiActive);
    world.later(5);
    for owner in [
        Owner::Nobody,
        Owner::OtherAi("L-1".to_owned()),
        Owner::Nobody,
    ] {
        world.owner_is(&owner, AssignedBy::Hand);
        assert_eq!(world.state(), AiState::AiActive, "{owner:?}");
    }
}

#[test]
fn nor_is_it_if_the_closing_comes_late() {
    let mut world = World::new();
    world.anna_takes_it();
    world.nobody_owns_it();
    let closed_at = world.now() + Span::from_minutes(1);
    world.later(5);
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::HandoffRequested, "until it is told");

    let field = Field::Ticket;
    world.tell(baton::domain::decide::Fact::Closed {
        field,
        at: closed_at,
    });

    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn who_gives_it_up_after_the_closing_founds_a_handoff() {
    let mut world = World::new();
    world.anna_takes_it();
    world.closed(Field::Ticket);
    world.later(5);
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::HandoffRequested);
}

#[test]
fn who_takes_it_again_after_the_closing_may_give_it_up_again() {
    let mut world = World::new();
    world.anna_takes_it();
    world.nobody_owns_it();
    world.closed(Field::Ticket);
    world.later(5);
    world.anna_takes_it();
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::HandoffRequested);
}

#[test]
fn a_reread_that_finds_nobody_lets_go_too() {
    let mut world = World::new();
    world.anna_takes_it();
    for _ in 0..2 {
        world.later(1);
        let began_at = world.now();
        world.tell(baton::domain::decide::Fact::OwnerRead {
            field: Field::Ticket,
            found: Owner::Nobody.into(),
            began_at,
        });
    }
    assert_eq!(world.state(), AiState::HandoffRequested);
    world.closed(Field::Ticket);
    world.later(5);
    world.nobody_owns_it();
    assert_eq!(world.state(), AiState::AiActive);
}
