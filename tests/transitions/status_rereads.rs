//! Re-reads of a conversation's status: what HubSpot dates counts at once, anything else once two of
//! them agree. A replica that lags never opens what was closed, and never ends a hold.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Decided, Fact, Field};
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::openings::Opening;
use baton::domain::owner::Owner;
use baton::domain::policy::{AfterHumanUnassign, OnReopenOwned};
use baton::domain::status::StatusReading;
use baton::domain::time::{Span, Timestamp};

const CONVERSATION: Field = Field::Thread(THREAD);
const GONE: StatusReading = StatusReading::Closed { at: None };

/// A reading that begins now and ends a second later.
fn read(world: &mut World, found: StatusReading) -> Decided {
    let began_at = world.now();
    read_as_of(world, found, began_at)
}

fn read_as_of(world: &mut World, found: StatusReading, began_at: Timestamp) -> Decided {
    world.tell(Fact::StatusRead {
        thread: THREAD,
        found,
        began_at,
    })
}

/// Two readings, a minute apart.
fn read_twice(world: &mut World, found: StatusReading) {
    for _ in 0..2 {
        world.later(1);
        read(world, found);
    }
}

fn closed_two_minutes_ago() -> World {
    let mut world = World::new();
    world.closed(CONVERSATION);
    world.later(2);
    world
}

/// A conversation that a reading has shown.
fn shown() -> World {
    let mut world = World::new();
    let began_at = world.now();
    world.tell(Fact::OwnerRead {
        field: CONVERSATION,
        found: Owner::Nobody.into(),
        began_at,
    });
    world
}

fn is_open(world: &World) -> bool {
    world.gates().is_empty()
}

fn reopened(world: &World) -> Option<Opening> {
    world.thread(THREAD).record.facts.reopened()
}

#[test]
fn one_reading_never_opens_a_conversation() {
    let mut world = closed_two_minutes_ago();
    let version = world.version();
    read(&mut world, StatusReading::Open);
    assert_eq!(world.gates(), [Gate::ConversationClosed]);
    assert_eq!(world.version(), version, "a doubt is no news");
}

#[test]
fn two_readings_less_than_ten_seconds_apart_open_nothing() {
    let mut world = closed_two_minutes_ago();
    let first = world.now();
    read_as_of(&mut world, StatusReading::Open, first);
    let second = first + Span::from_millis(9_999);
    read_as_of(&mut world, StatusReading::Open, second);
    assert!(!is_open(&world));
}

#[test]
fn two_readings_that_agree_open_it() {
    // given
    let mut world = closed_two_minutes_ago();
    let version = world.version();

    // when
    read_twice(&mut world, StatusReading::Open);

    // then
    assert!(is_open(&world));
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.version(), version + 1);
}

#[test]
fn a_replica_that_is_up_to_a_minute_behind_the_closing_opens_nothing() {
    let mut world = World::new();
    world.closed(CONVERSATION);
    let closed_at = world.now();
    for after in [15, 30, 45, 62] {
        let began_at = closed_at + Span::from_secs(after);
        read_as_of(&mut world, StatusReading::Open, began_at);
    }
    assert!(!is_open(&world));
}

#[test]
fn readings_that_began_before_the_closing_open_nothing() {
    let mut world = World::new();
    world.later(5);
    let before = world.now() - Span::from_minutes(3);
    world.closed(CONVERSATION);
    world.later(5);
    for after in [0, 60] {
        let began_at = before + Span::from_secs(after);
        read_as_of(&mut world, StatusReading::Open, began_at);
    }
    assert!(!is_open(&world));
}

#[test]
fn a_closing_told_between_two_readings_begins_the_wait_anew() {
    // given
    let mut world = closed_two_minutes_ago();
    read(&mut world, StatusReading::Open);
    let stale = world.now() - Span::from_minutes(90);

    // when
    world.later(1);
    let at = stale;
    world.tell(Fact::Closed {
        field: CONVERSATION,
        at,
    });
    world.later(1);
    read(&mut world, StatusReading::Open);

    // then
    assert!(!is_open(&world));
    world.later(1);
    read(&mut world, StatusReading::Open);
    assert!(is_open(&world));
}

#[test]
fn a_reading_that_a_closing_overtook_is_not_even_the_first() {
    // given
    let mut world = World::new();
    world.later(30);
    let late = world.now() - Span::from_minutes(5);
    let began_at = world.now();

    // when
    world.tell(Fact::Closed {
        field: CONVERSATION,
        at: late,
    });
    read_as_of(&mut world, StatusReading::Open, began_at);
    world.later(1);
    read(&mut world, StatusReading::Open);

    // then
    assert!(!is_open(&world));
}

#[test]
fn a_reading_in_between_that_disagrees_begins_the_wait_anew() {
    for between in [
        GONE,
        StatusReading::Closed {
            at: Some(World::new().now()),
        },
    ] {
        let mut world = closed_two_minutes_ago();
        read(&mut world, StatusReading::Open);
        world.later(1);
        read(&mut world, between);
        world.later(1);
        read(&mut world, StatusReading::Open);
        assert!(!is_open(&world), "{between:?}");
    }
}

#[test]
fn a_reading_in_between_that_agrees_does_not_restart_the_wait() {
    let mut world = closed_two_minutes_ago();
    let first = world.now();
    for after in [0, 6, 12] {
        let began_at = first + Span::from_secs(after);
        read_as_of(&mut world, StatusReading::Open, began_at);
    }
    assert!(is_open(&world));
}

#[test]
fn a_reading_that_a_later_one_overtook_says_nothing() {
    // given
    let mut world = closed_two_minutes_ago();
    let early = world.now();
    world.later(5);
    let began_at = world.now();
    world.tell(Fact::OwnerRead {
        field: CONVERSATION,
        found: baton::domain::owner::Owner::Nobody.into(),
        began_at,
    });

    // when
    read_as_of(&mut world, StatusReading::Open, early);
    read_as_of(&mut world, StatusReading::Open, began_at);

    // then
    assert!(!is_open(&world));
}

#[test]
fn a_reading_of_the_future_opens_nothing() {
    let mut world = closed_two_minutes_ago();
    let future = world.now() + Span::from_hours(5);
    for after in [0, 60] {
        let began_at = future + Span::from_secs(after);
        read_as_of(&mut world, StatusReading::Open, began_at);
    }
    assert!(!is_open(&world));
}

#[test]
fn a_late_closing_ends_an_opening_that_only_readings_found() {
    // given
    let mut world = closed_two_minutes_ago();
    let late = world.now();
    read_twice(&mut world, StatusReading::Open);
    assert!(is_open(&world));

    // when
    world.tell(Fact::Closed {
        field: CONVERSATION,
        at: late,
    });

    // then
    assert_eq!(world.gates(), [Gate::ConversationClosed]);
}

#[test]
fn a_late_opening_says_when_it_was() {
    let told_first = {
        let mut world = closed_two_minutes_ago();
        let at = world.now();
        world.later(1);
        world.tell(Fact::Opened {
            field: CONVERSATION,
            at,
        });
        read_twice(&mut world, StatusReading::Open);
        reopened(&world)
    };
    let told_last = {
        let mut world = closed_two_minutes_ago();
        let at = world.now();
        world.later(1);
        read_twice(&mut world, StatusReading::Open);
        world.tell(Fact::Opened {
            field: CONVERSATION,
            at,
        });
        reopened(&world)
    };
    assert_eq!(told_first, told_last);
    assert_eq!(told_last.and_then(|opening| opening.read_at), None);
}

#[test]
fn a_stale_opening_takes_no_reading_away() {
    let mut world = closed_two_minutes_ago();
    let stale = world.now() - Span::from_minutes(10);
    read_twice(&mut world, StatusReading::Open);
    world.tell(Fact::Opened {
        field: CONVERSATION,
        at: stale,
    });
    assert!(is_open(&world));
}

#[test]
fn one_that_a_person_owns_is_that_persons_when_readings_open_it() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.closed(CONVERSATION);
        world.later(2);
        read_twice(world, StatusReading::Open);
        assert_eq!(world.live(), [HoldName::PersonOwns]);
    });
}

#[test]
fn the_portals_policy_may_give_one_that_a_person_owns_to_the_ai() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.on_reopen_owned = OnReopenOwned::Ai;
        world.anna_takes_it();
        world.closed(CONVERSATION);
        world.later(2);
        read_twice(world, StatusReading::Open);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_day_of_policy_begins_with_the_closing_since_nobody_knows_when_it_was_opened() {
    let mut world = World::new();
    world.portal.policies.on_reopen_owned = OnReopenOwned::AiAfterDays(1);
    world.anna_takes_it();
    world.closed(CONVERSATION);
    world.later(3 * 24 * 60);
    read_twice(&mut world, StatusReading::Open);
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn one_in_which_a_person_spoke_before_the_closing_or_since_is_handed_off() {
    for (minutes_closed, replies_after) in [(2, false), (23 * 60, true)] {
        // given
        let mut world = World::new();
        if !replies_after {
            world.anna_replies();
        }
        world.closed(CONVERSATION);
        world.later(minutes_closed);
        if replies_after {
            world.anna_replies();
        }
        world.later(60);

        // when
        read_twice(&mut world, StatusReading::Open);

        // then
        assert_eq!(world.live(), [HoldName::Handoff], "{minutes_closed}");
    }
}

#[test]
fn who_gave_it_up_while_it_may_have_been_open_leaves_a_handoff() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.after_human_unassign = AfterHumanUnassign::RequestHandoff;
        world.closed(CONVERSATION);
        world.later(2);
        world.anna_takes_it();
        world.nobody_owns_it();
        world.later(2);
        read_twice(world, StatusReading::Open);
        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}

#[test]
fn what_was_placed_while_it_was_closed_is_live_once_readings_open_it() {
    let mut world = closed_two_minutes_ago();
    world.given(&workflow(), &pause());
    world.later(1);
    read_twice(&mut world, StatusReading::Open);
    assert_eq!(world.live(), [HoldName::Pause]);
}

#[test]
fn a_customer_who_waited_is_alerted_of_once_readings_open_it() {
    // given
    let mut world = World::new();
    world.customer_writes();
    world.closed(CONVERSATION);
    world.later(60);
    assert!(world.due().is_empty(), "nobody waits where it is closed");

    // when
    read_twice(&mut world, StatusReading::Open);

    // then
    assert_eq!(world.due().len(), 1);
}

#[test]
fn a_closing_that_hubspot_dates_counts_at_once_and_ends_what_was_before_it_alone() {
    on_ticket_thread_and_both(|world| {
        // given
        world.given(&workflow(), &handoff());
        world.later(1);
        let at = world.now();
        world.later(1);
        world.given(&workflow(), &pause());

        // when
        read(world, StatusReading::Closed { at: Some(at) });

        // then
        assert_eq!(world.live(), [HoldName::Pause]);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn a_replica_that_still_shows_the_closing_closes_nothing_and_ends_no_hold() {
    // given
    let mut world = World::new();
    world.closed(CONVERSATION);
    let at = world.thread(THREAD).record.facts.closed_at;
    world.later(1);
    world.opened(CONVERSATION);
    world.given(&workflow(), &pause());

    // when
    read_twice(&mut world, StatusReading::Closed { at });

    // then
    assert_eq!(world.live(), [HoldName::Pause]);
    assert!(is_open(&world));
}

#[test]
fn what_only_readings_opened_a_reading_closes_again_and_no_hold_ends() {
    // given
    let mut world = closed_two_minutes_ago();
    let at = world.thread(THREAD).record.facts.closed_at;
    let before = world.now();
    read_twice(&mut world, StatusReading::Open);
    world.given(&workflow(), &pause());
    world.later(1);

    // when
    read_as_of(&mut world, StatusReading::Closed { at }, before);
    assert!(is_open(&world), "an older reading says nothing of it");
    read(&mut world, StatusReading::Closed { at });

    // then
    assert_eq!(world.live(), [HoldName::Pause]);
    assert_eq!(world.gates(), [Gate::ConversationClosed]);
    read_twice(&mut world, StatusReading::Open);
    assert!(is_open(&world));
}

#[test]
fn one_reading_that_finds_it_gone_closes_nothing_and_ends_no_hold() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.later(1);
        read(world, GONE);
        assert_eq!(world.live(), [HoldName::Pause]);
        assert!(is_open(world));
    });
}

#[test]
fn two_readings_that_find_it_gone_close_it_as_of_the_first() {
    // given
    let mut world = shown();
    world.given(&workflow(), &handoff());
    world.later(1);
    read(&mut world, GONE);
    world.later(1);
    world.given(&workflow(), &pause());
    world.later(1);

    // when
    read(&mut world, GONE);

    // then
    assert_eq!(world.live(), [HoldName::Pause]);
    assert_eq!(world.gates(), [Gate::ConversationClosed]);
}

#[test]
fn one_that_no_reading_has_shown_yet_is_gone_only_after_five_minutes() {
    let mut world = World::new();
    world.given(&workflow(), &pause());
    world.later(1);
    read(&mut world, GONE);
    for _ in 0..4 {
        world.later(1);
        read(&mut world, GONE);
        assert_eq!(world.live(), [HoldName::Pause]);
        assert!(is_open(&world));
    }
    world.later(1);
    read(&mut world, GONE);
    assert!(!is_open(&world));
}

#[test]
fn one_that_is_shown_after_all_has_to_be_missed_twice_again() {
    let mut world = shown();
    world.later(1);
    read(&mut world, GONE);
    world.later(1);
    // Somebody decides something while it is read.
    let began_at = world.now();
    world.given(&workflow(), &pause());
    read_as_of(&mut world, StatusReading::Open, began_at);
    world.later(1);
    read(&mut world, GONE);
    assert!(is_open(&world));
    assert_eq!(world.live(), [HoldName::Pause]);
}

#[test]
fn a_closing_of_the_future_is_one_without_a_time() {
    let mut world = shown();
    world.later(1);
    let at = Some(world.now() + Span::from_hours(5));
    read(&mut world, StatusReading::Closed { at });
    assert!(is_open(&world));
    world.later(1);
    read(&mut world, StatusReading::Closed { at });
    assert!(!is_open(&world));
    world.opened(CONVERSATION);
    assert!(is_open(&world), "the future did not win");
}
