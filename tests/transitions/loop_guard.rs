//! The loop guard: workflows that contradict one another are damped.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Reach, What};
use baton::domain::decide::Field;
use baton::domain::hold::HoldName;
use baton::domain::outcome::ReasonCode;

/// Seven changes of direction: one more than the guard lets pass. Ends with a pause.
fn damped_on_ticket() -> World {
    let mut world = World::new();
    world.portal.policies.loop_guard = true;
    for _ in 0..4 {
        world.workflow(resume());
        world.workflow(pause_for(5));
    }
    world
}

#[test]
fn six_changes_of_direction_pass_and_the_seventh_damps() {
    // given
    let mut world = World::new();
    world.portal.policies.loop_guard = true;
    for _ in 0..3 {
        world.workflow(pause());
        world.workflow(resume());
    }
    assert_eq!(world.live(), []);
    world.workflow(pause());
    assert_eq!(world.live(), [HoldName::Pause], "the sixth change");

    // when
    let verdict = world.workflow(resume());

    // then
    assert_eq!(verdict, refused(ReasonCode::LoopDamped));
    assert_eq!(world.live(), [HoldName::Damped], "the pause is lifted");
    assert_eq!(world.state(), AiState::AiPaused);
}

#[test]
fn a_pause_under_damping_is_kept_beneath_it() {
    let mut world = damped_on_ticket();
    assert_eq!(world.workflow(pause()), shadowed(ReasonCode::LoopDamped));
    assert_eq!(world.live(), [HoldName::Damped, HoldName::Pause]);
}

#[test]
fn send_under_damping_is_refused_and_lifts_the_pause_beneath() {
    let mut world = damped_on_ticket();
    assert_eq!(world.workflow(send()), refused(ReasonCode::LoopDamped));
    assert_eq!(world.live(), [HoldName::Damped]);
}

#[test]
fn a_handoff_under_damping_is_applied() {
    let mut world = damped_on_ticket();
    assert_eq!(world.workflow(handoff()), applied());
    assert_eq!(world.state(), AiState::HandoffRequested);
}

#[test]
fn damping_ends_ten_minutes_after_the_last_attempt() {
    // given
    let mut world = damped_on_ticket();
    world.later(9);
    world.workflow(resume());

    // when
    world.later(9);
    let still = world.live();
    world.later(1);

    // then
    assert_eq!(still, [HoldName::Damped]);
    assert_eq!(world.live(), []);
}

#[test]
fn closing_ends_damping_also_for_the_next_attempt() {
    // given
    let mut world = damped_on_ticket();
    world.later(2);

    // when
    world.closed(Field::Ticket);
    let after_closing = world.live();
    world.later(9);
    world.workflow(pause());

    // then
    assert_eq!(after_closing, []);
    assert_eq!(world.live(), [HoldName::Pause]);
}

#[test]
fn an_admin_is_not_damped_and_ends_damping() {
    let mut world = damped_on_ticket();
    assert_eq!(world.admin(resume()), applied());
    assert_eq!(world.live(), []);
}

#[test]
fn attempts_further_apart_than_the_window_never_damp() {
    // given
    let mut world = World::new();
    world.portal.policies.loop_guard = true;

    // when
    for _ in 0..10 {
        world.later(2);
        world.workflow(pause());
        world.later(2);
        world.workflow(resume());
    }

    // then
    assert_eq!(world.live(), []);
}

/// Workflows ask for one thread, in turns: so often as damps a record.
fn quarrel_about(world: &mut World, asked: &[(Reach, What)]) {
    world.portal.policies.loop_guard = true;
    for (reach, what) in asked.iter().cycle().take(8) {
        world.ask_of(*reach, workflow(), what.clone());
    }
}

#[test]
fn attempts_on_one_conversation_damp_it_and_no_other_of_its_ticket() {
    // given
    let mut world = World::with_sibling();
    let one = Reach::Thread(THREAD);

    // when
    quarrel_about(&mut world, &[(one, pause()), (one, resume())]);

    // then
    assert_eq!(world.live(), [HoldName::Damped]);
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn attempts_on_two_conversations_contradict_nobody() {
    // given
    let mut world = World::with_sibling();
    let (one, other) = (Reach::Thread(THREAD), Reach::Thread(SIBLING));

    // when
    quarrel_about(&mut world, &[(one, pause()), (other, send())]);

    // then
    assert_eq!(world.live(), [HoldName::Pause]);
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
}

#[test]
fn attempts_on_a_ticket_contradict_those_on_its_conversation() {
    // given: as the actions reach without inputs
    let mut world = World::with_sibling();
    let one = Reach::Thread(THREAD);

    // when
    quarrel_about(&mut world, &[(Reach::AllOpen, pause()), (one, send())]);

    // then
    assert!(world.live().contains(&HoldName::Damped));
    let ticket = world.scope.ticket_record().expect("a ticket");
    assert!(
        ticket
            .holds
            .iter()
            .all(|hold| hold.name() != HoldName::Damped)
    );
}
