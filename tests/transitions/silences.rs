//! Gates: they are read at the moment of asking, all of them, and never change a record.

use crate::requests::*;
use crate::world::*;
use baton::domain::decide::{Fact, Field};
use baton::domain::gate::{Connection, Gate};
use baton::domain::hold::HoldName;
use baton::domain::hours::{Hours, OpenInterval, Weekday};
use baton::domain::ids::ChannelId;
use baton::domain::owner::Owner;
use baton::domain::policy::{Channels, Policies};
use baton::domain::time::{Span, Timestamp};

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
fn after_a_dead_time_owner_and_messages_are_both_to_be_read_again() {
    // given
    let read_owner = |world: &mut World, field: Field| {
        let (owner, began_at) = (Owner::Nobody, world.now());
        world.tell(Fact::OwnerRead {
            field,
            found: owner.into(),
            began_at,
        });
    };
    let read_messages = |world: &mut World| {
        let (thread, up_to) = (THREAD, world.now());
        world.tell(Fact::MessagesRead { thread, up_to });
    };
    let mut world = World::new();
    read_owner(&mut world, Field::Thread(THREAD));
    read_messages(&mut world);
    world.portal.missed_until = Some(world.now());
    let missed = world.gates();

    // when
    world.later(1);
    read_owner(&mut world, Field::Thread(THREAD));
    read_owner(&mut world, Field::Ticket);
    let only_the_owner = world.gates();
    read_messages(&mut world);

    // then
    assert_eq!(missed, [Gate::OwnerUnknown]);
    assert_eq!(only_the_owner, [Gate::OwnerUnknown]);
    assert_eq!(world.gates(), []);
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

const CHAT: ChannelId = ChannelId(1000);
const EMAIL: ChannelId = ChannelId(1002);

fn channel(channel: ChannelId, at: Timestamp) -> Fact {
    Fact::ChannelKnown {
        thread: THREAD,
        channel,
        at,
    }
}

#[test]
fn a_channel_that_is_not_allowed_shuts_the_gate() {
    // given
    let mut world = World::new();
    world.portal.policies.channels = Channels::Only(vec![EMAIL]);
    assert_eq!(world.gates(), [Gate::ChannelDisabled], "not known yet");

    // when
    let at = world.now();
    world.tell(channel(CHAT, at));

    // then
    assert_eq!(world.gates(), [Gate::ChannelDisabled]);
    world.tell(channel(EMAIL, at + Span::from_secs(1)));
    assert_eq!(world.gates(), []);
}

#[test]
fn the_channel_does_not_depend_on_the_order_of_arrival() {
    let at = World::new().now();
    let told = [channel(CHAT, at), channel(EMAIL, at)];
    let mut known = Vec::new();
    for order in [[0, 1, 0], [1, 0, 1]] {
        let mut world = World::new();
        for which in order {
            world.tell(told[which].clone());
        }
        known.push(world.thread(THREAD).record.facts.channel);
    }
    assert_eq!(known[0], known[1]);
}

#[test]
fn a_channel_told_again_grows_no_version() {
    // given
    let mut world = World::new();
    let at = world.now();
    world.tell(channel(CHAT, at));
    let version = world.version();

    // when
    world.tell(channel(CHAT, at + Span::from_secs(1)));

    // then
    assert_eq!(world.version(), version);
}

#[test]
fn outside_the_hours_the_gate_is_shut_and_the_pause_stays_beneath() {
    // given
    let mut world = World::new();
    world.given(&workflow(), &pause());
    let all_day = |day| OpenInterval {
        day,
        from_minute: 0,
        to_minute: 1440,
    };
    // The tests begin on a Sunday.
    let open = |day| Hours::Weekly {
        time_zone: chrono_tz::Tz::UTC,
        open: vec![all_day(day)],
    };

    // when
    world.portal.policies.hours = open(Weekday::Monday);

    // then
    assert_eq!(world.gates(), [Gate::OutsideHours]);
    assert_eq!(world.live(), [HoldName::Pause]);
    world.portal.policies.hours = open(Weekday::Sunday);
    assert_eq!(world.gates(), []);
    assert_eq!(world.live(), [HoldName::Pause]);
}

#[test]
fn hours_and_channels_are_open_unless_a_portal_says_otherwise() {
    let unset: Policies = serde_json::from_str("{}").expect("defaults");
    assert_eq!(unset, Policies::default());
    assert_eq!(unset.channels, Channels::All);
    assert_eq!(unset.hours, Hours::Always);
}
