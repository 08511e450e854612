//! When a timer must look, and that looking is enough: afterwards nothing is due.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Due, Fact, Field};
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::AfterHumanUnassign;
use baton::domain::time::Span;

#[test]
fn the_clock_brings_nothing_to_what_has_no_end() {
    on_ticket_thread_and_both(|world| {
        assert_eq!(world.next_check(), None);
        world.given(&workflow(), &pause());
        world.anna_takes_it();
        world.given(&admin(), &baton::domain::command::What::Lock);
        assert_eq!(world.next_check(), None);
        world.later(100_000);
        assert_eq!(world.due(), []);
    });
}

#[test]
fn a_pause_that_ended_is_recorded_once_and_told() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause_for(15));
        let version = world.version();
        let next = world.next_check().expect("it ends");
        assert!(next > world.now() && next - world.now() <= Span::from_minutes(15));

        world.later(16);
        let acted = world.look();

        assert_eq!(acted.len(), 1);
        assert_eq!(world.version(), version + 1);
        assert!(acted[0].rows.iter().all(|row| row.changed));
        assert_eq!(acted[0].rows[0].after, AiState::AiActive);
        assert_eq!((world.due(), world.next_check()), (vec![], None));
    });
}

#[test]
fn a_lapse_that_a_decision_recorded_needs_no_timer() {
    let mut world = World::new();
    world.workflow(pause_for(15));
    world.later(16);
    world.workflow(resume());
    assert_eq!((world.due(), world.next_check()), (vec![], None));
}

#[test]
fn the_end_of_a_shorter_pause_beneath_a_longer_one_is_nothing_to_look_at() {
    let mut world = World::new();
    world.ask_of(
        baton::domain::command::Reach::AllOpen,
        workflow(),
        pause_for(60),
    );
    world.ask_of(
        baton::domain::command::Reach::Originating,
        workflow(),
        pause_for(15),
    );
    let next = world.next_check().expect("it ends");
    assert!(next - world.now() > Span::from_minutes(50), "{next}");
    world.later(20);
    assert_eq!(world.due(), []);
}

#[test]
fn a_reply_window_ends_by_a_timer() {
    let mut world = World::new();
    world.anna_replies();
    world.later(10);
    world.anna_replies();
    let next = world.next_check().expect("it ends");
    assert!(
        next - world.now() > Span::from_minutes(29),
        "the longest counts"
    );
    world.later(31);
    assert_eq!(world.due(), [Due::Lapse]);
    assert_eq!(world.look().len(), 1);
    assert_eq!(world.next_check(), None);
}

#[test]
fn damping_and_the_grace_after_unassignment_end_by_a_timer() {
    let mut world = World::new();
    world.portal.policies.loop_guard = true;
    world.portal.policies.after_human_unassign = AfterHumanUnassign::AiAfterGrace;
    for _ in 0..4 {
        world.workflow(pause_for(1));
        world.workflow(resume());
    }
    assert_eq!(world.live(), [HoldName::Damped]);
    assert!(world.next_check().is_some());
    world.later(11);
    assert_eq!(world.look().len(), 1);

    world.anna_takes_it();
    world.nobody_owns_it();
    assert_eq!(world.live(), [HoldName::Handoff]);
    assert!(world.next_check().is_some());
    world.later(11);
    assert_eq!(world.look().len(), 1);
    assert_eq!(
        (world.state(), world.next_check()),
        (AiState::AiActive, None)
    );
}

#[test]
fn a_claim_deadline_is_looked_at_wherever_the_handoff_lies() {
    on_ticket_thread_and_both(|world| {
        let wanted = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
        world.given(&workflow(), &wanted);
        assert!(world.next_check().is_some());
        world.later(14);
        assert_eq!(world.due(), []);
        world.later(2);
        world.look();
        assert_eq!(world.state(), AiState::AiActive);
        assert_eq!((world.due(), world.next_check()), (vec![], None));
    });
}

#[test]
fn a_deadline_of_a_handoff_that_is_over_is_never_looked_at() {
    type Over = fn(&mut World);
    let over: [Over; 4] = [
        |world| world.anna_takes_it(),
        |world| world.assigned_to_ai(),
        |world| world.closed(Field::Thread(THREAD)),
        |world| {
            world.workflow(send());
        },
    ];
    for end in over {
        on_ticket_thread_and_both(|world| {
            world.given(&workflow(), &handoff());
            end(world);
            world.later(60);
            assert_eq!(world.due(), []);
        });
    }
}

#[test]
fn a_claimed_handoff_is_looked_at_for_its_window_alone() {
    let mut world = World::new();
    world.workflow(handoff());
    world.anna_replies();
    world.later(16);
    assert_eq!(world.due(), []);
    world.later(16);
    assert_eq!(world.due(), [Due::Lapse]);
}

#[test]
fn a_deadline_under_a_person_is_spent_at_its_time() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.owner_is(&anna(), AssignedBy::Automation);
        world.later(16);
        assert!(!world.look().is_empty());
        assert_eq!((world.due(), world.next_check()), (vec![], None));
    });
}

#[test]
fn each_thread_has_its_own_times() {
    let mut world = World::with_sibling();
    world.workflow(pause_for(30));
    let at = world.now();
    world.tell(Fact::CustomerWrote {
        thread: SIBLING,
        message_id: "1".to_owned(),
        at,
    });
    let next = world.next_check().expect("the sibling's customer waits");
    assert_eq!(next, at + Span::from_minutes(15));
    world.later(40);
    assert_eq!(world.due().len(), 2);
    world.look();
    assert_eq!((world.due(), world.next_check()), (vec![], None));
}

#[test]
fn a_handoff_on_a_ticket_without_conversations_has_a_clock_too() {
    let mut world = World::new();
    world.scope.threads.clear();
    world.ask_of(
        baton::domain::command::Reach::AllOpen,
        workflow(),
        handoff(),
    );
    assert!(world.next_check().is_some());
    world.later(16);
    assert_eq!(world.look().len(), 1);
    assert_eq!(world.next_check(), None);
}

#[test]
fn an_assignment_to_nobody_changes_no_time() {
    let mut world = World::new();
    world.workflow(pause_for(30));
    let next = world.next_check();
    world.owner_is(&Owner::Nobody, AssignedBy::Hand);
    assert_eq!(world.next_check(), next);
}
