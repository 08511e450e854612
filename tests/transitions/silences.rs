//! Gates: they are read at the moment of asking, all of them, and never change a record.

use crate::requests::*;
use crate::world::*;
use baton::domain::decide::{Fact, Field};
use baton::domain::gate::{Connection, Gate};

#[test]
fn all_shut_gates_are_listed_the_strongest_first() {
    // given
    let mut world = World::new();
    world.closed(Field::Thread(THREAD));

    // when
    world.portal.ai_enabled = false;
    world.portal.ai_sender = None;

    // then
    let shut = [
        Gate::PortalKillSwitch,
        Gate::AiSenderNotSet,
        Gate::ConversationClosed,
    ];
    assert_eq!(world.gates(), shut);
}

#[test]
fn a_portal_that_is_not_connected_is_silent() {
    for (connection, gate) in [
        (Connection::NotConnected, Gate::NotConnected),
        (Connection::Unavailable, Gate::ConnectionUnavailable),
    ] {
        let mut world = World::new();
        world.portal.connection = connection;
        assert_eq!(world.gates(), [gate]);
    }
}

#[test]
fn another_ai_that_wrote_keeps_the_gate_shut_for_five_minutes() {
    // given
    let mut world = World::new();
    let at = world.now();

    // when
    world.tell(Fact::OtherAiWrote { thread: THREAD, at });

    // then
    assert_eq!(world.gates(), [Gate::OtherAi]);
    world.later(5);
    assert_eq!(world.gates(), []);
}

#[test]
fn the_portal_may_ignore_other_ais() {
    // given
    let mut world = World::new();
    world.portal.policies.ignore_other_ai = true;
    let at = world.now();

    // when
    world.tell(Fact::OtherAiWrote { thread: THREAD, at });

    // then
    assert_eq!(world.gates(), []);
}

#[test]
fn shutting_a_gate_and_opening_it_again_restores_exactly_what_was() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let before = (world.scope.clone(), world.live());

        world.portal.ai_enabled = false;
        assert_eq!(world.gates(), [Gate::PortalKillSwitch]);
        world.portal.ai_enabled = true;

        assert_eq!((world.scope.clone(), world.live()), before);
        assert_eq!(world.gates(), []);
    });
}
