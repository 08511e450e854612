//! A person's public reply.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::Field;
use baton::domain::gate::Gate;
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::time::Span;

#[test]
fn a_reply_silences_the_ai_for_its_window() {
    // given
    let mut world = World::new();

    // when
    world.anna_replies();

    // then
    assert_eq!(world.live(), [HoldName::PersonReplied]);
    world.later(30);
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn a_reply_covers_a_pause() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.anna_replies();
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Pause]);
    });
}

#[test]
fn a_reply_claims_a_handoff_which_is_pending_again_without_a_clock() {
    on_ticket_thread_and_both(|world| {
        let back = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
        world.given(&workflow(), &back);

        world.anna_replies();
        assert_eq!(world.live(), [HoldName::PersonReplied, HoldName::Handoff]);
        world.later(31);
        let acted = world.claim_timers();

        assert_eq!(acted, []);
        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn a_later_reply_moves_the_window() {
    // given
    let mut world = World::new();
    world.anna_replies();
    world.later(20);

    // when
    world.anna_replies();

    // then
    let until = world.live_hold(HoldName::PersonReplied);
    let until = until.and_then(|hold| hold.until);
    assert_eq!(until, Some(world.now() + Span::from_minutes(30)));
}

#[test]
fn a_reply_under_a_lock_is_kept_beneath_it() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        world.anna_replies();
        assert_eq!(world.live(), [HoldName::AdminLock, HoldName::PersonReplied]);
    });
}

#[test]
fn a_reply_opens_nothing() {
    // given
    let mut world = World::new();
    world.closed(Field::Thread(THREAD));

    // when
    world.anna_replies();

    // then
    assert_eq!(world.gates(), [Gate::ConversationClosed]);
}

#[test]
fn a_reply_counts_in_its_thread_alone() {
    // given
    let mut world = World::with_sibling();
    let version = world.thread(SIBLING).control_version;

    // when
    world.anna_replies();

    // then
    assert_eq!(world.state_of(SIBLING), AiState::AiActive);
    assert_eq!(world.thread(SIBLING).control_version, version);
}

#[test]
fn a_reply_a_window_before_the_asking_claims_it_too() {
    on_ticket_thread_and_both(|world| {
        let asked_at = world.now() + Span::from_secs(1);
        world.given(&workflow(), &handoff());

        world.anna_replied_at(asked_at - Span::from_minutes(29));

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        assert!(shown.is_some_and(|shown| shown.is_claimed));
    });
}

#[test]
fn a_reply_more_than_a_window_before_the_asking_claims_nothing() {
    on_ticket_thread_and_both(|world| {
        let before = world.now() - Span::from_minutes(30);
        world.given(&workflow(), &handoff());

        world.anna_replied_at(before);

        let shown = world.live_hold(HoldName::Handoff).and_then(|it| it.handoff);
        assert!(shown.is_some_and(|shown| !shown.is_claimed));
    });
}
