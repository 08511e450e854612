//! Source times: ties, the future, clocks that differ.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Fact, Field};
use baton::domain::hold::HoldName;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::time::Span;

const CONVERSATION: Field = Field::Thread(THREAD);

#[test]
fn of_two_owners_at_one_time_the_more_silent_stays_in_either_order() {
    for owners in [[Owner::Ai, anna()], [anna(), Owner::Ai]] {
        on_ticket_thread_and_both(|world| {
            let at = world.now();
            for owner in owners.clone() {
                for field in world.placement.fields() {
                    world.owner_of(*field, owner.clone(), AssignedBy::Hand, at);
                }
            }
            assert_eq!(world.state(), AiState::HumanActive);
        });
    }
}

#[test]
fn a_hold_placed_at_the_time_of_the_closing_stays() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let at = world.now();
        world.tell(Fact::Closed {
            field: CONVERSATION,
            at,
        });
        assert_eq!(world.live(), [HoldName::Pause]);
    });
}

#[test]
fn an_opening_at_the_time_of_the_closing_leaves_it_closed() {
    // given
    let mut world = World::new();
    let at = world.now();

    // when
    world.tell(Fact::Opened {
        field: CONVERSATION,
        at,
    });
    world.tell(Fact::Closed {
        field: CONVERSATION,
        at,
    });

    // then
    assert!(world.thread(THREAD).record.facts.is_closed());
}

#[test]
fn a_person_from_the_future_counts_as_of_receipt() {
    on_ticket_thread_and_both(|world| {
        let future = world.now() + Span::from_hours(5);
        for field in world.placement.fields() {
            world.owner_of(*field, anna(), AssignedBy::Hand, future);
        }
        assert_eq!(world.state(), AiState::HumanActive);

        world.assigned_to_ai();

        assert_eq!(world.state(), AiState::AiActive, "the future did not win");
    });
}

#[test]
fn a_release_from_the_future_changes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        let future = world.now() + Span::from_hours(5);
        let before = world.scope.clone();
        for field in world.placement.fields() {
            world.owner_of(*field, Owner::Ai, AssignedBy::Hand, future);
        }
        world.tell(Fact::Closed {
            field: CONVERSATION,
            at: future,
        });
        assert_eq!(world.scope, before);
    });
}

#[test]
fn an_event_on_a_clock_that_is_behind_releases_only_what_was_placed_before_it() {
    on_ticket_thread_and_both(|world| {
        world.offset = Span::from_secs(120);
        world.given(&workflow(), &handoff());

        world.assigned_to_ai();

        assert_eq!(world.state(), AiState::HandoffRequested);
    });
}

#[test]
fn an_older_event_never_moves_a_fact_back() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let earlier = world.now() - Span::from_minutes(5);
        for field in world.placement.fields() {
            world.owner_of(*field, Owner::Nobody, AssignedBy::Hand, earlier);
        }
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn who_waits_does_not_depend_on_the_order_of_arrival() {
    // given: an answer at 3, and messages before and after it
    let start = World::new().now();
    let mut waiting = Vec::new();
    for order in [[1, 4, 5, 3], [5, 4, 3, 1], [3, 5, 1, 4]] {
        let mut world = World::new();

        // when
        for second in order {
            let at = start + Span::from_secs(second);
            let message_id = second.to_string();
            let thread = THREAD;
            world.tell(if second == 3 {
                Fact::AiReplied { thread, at }
            } else {
                Fact::CustomerWrote {
                    thread,
                    message_id,
                    at,
                }
            });
        }
        waiting.push(world.thread(THREAD).record.facts.waiting.clone());
    }

    // then
    assert!(waiting[0].is_some());
    assert_eq!(waiting[0], waiting[1]);
    assert_eq!(waiting[0], waiting[2]);
}
