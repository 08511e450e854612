//! Closing and opening, of the thread and of the ticket.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::Field;
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::policy::OnReopenOwned;

const CONVERSATION: Field = Field::Thread(THREAD);

#[test]
fn closing_ends_pauses_handoffs_and_replies() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.given(&workflow(), &handoff());
        world.anna_replies();

        world.closed(CONVERSATION);

        assert_eq!(world.live(), []);
        assert_eq!(world.gates(), [Gate::ConversationClosed]);
    });
}

#[test]
fn closing_leaves_locks() {
    on_ticket_thread_and_both(|world| {
        world.given(&admin(), &What::Lock);
        world.closed(CONVERSATION);
        assert_eq!(world.live(), [HoldName::AdminLock]);
    });
}

#[test]
fn closing_leaves_what_is_placed_after_it() {
    on_ticket_thread_and_both(|world| {
        world.closed(CONVERSATION);
        world.given(&workflow(), &pause());
        world.opened(CONVERSATION);
        assert_eq!(world.live(), [HoldName::Pause]);
    });
}

#[test]
fn closing_the_ticket_ends_holds_but_no_reply_window_and_shuts_no_gate() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        world.given(&workflow(), &handoff());
        world.anna_replies();

        world.closed(Field::Ticket);

        assert_eq!(world.live(), [HoldName::PersonReplied]);
        assert_eq!(world.gates(), []);
    });
}

#[test]
fn closing_the_ticket_ends_a_derived_handoff() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.nobody_owns_it();
        world.closed(Field::Ticket);
        assert_eq!(world.live(), []);
    });
}

#[test]
fn closing_one_thread_leaves_the_tickets_pause_to_its_sibling() {
    // given
    let mut world = World::with_sibling();
    world.given(&workflow(), &pause());

    // when
    world.closed(CONVERSATION);

    // then
    assert_eq!(world.live(), []);
    assert_eq!(world.state_of(SIBLING), AiState::AiPaused);
}

#[test]
fn a_conversation_reopened_without_a_person_is_active() {
    // given
    let mut world = World::new();
    world.closed(CONVERSATION);

    // when
    world.opened(CONVERSATION);

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.gates(), []);
}

#[test]
fn a_customer_who_writes_opens_it() {
    // given
    let mut world = World::new();
    world.closed(CONVERSATION);

    // when
    world.customer_writes();

    // then
    assert_eq!(world.gates(), []);
}

#[test]
fn a_customer_who_writes_to_an_open_conversation_changes_no_version() {
    // given
    let mut world = World::new();
    let version = world.version();

    // when
    world.customer_writes();

    // then
    assert_eq!(world.version(), version);
}

#[test]
fn a_conversation_reopened_within_a_day_of_a_reply_is_handed_off() {
    // given
    let mut world = World::new();
    world.anna_replies();
    world.closed(CONVERSATION);
    world.later(23 * 60);

    // when
    world.opened(CONVERSATION);

    // then
    assert_eq!(world.live(), [HoldName::Handoff]);
}

#[test]
fn a_conversation_reopened_more_than_a_day_after_a_reply_is_active() {
    // given
    let mut world = World::new();
    world.anna_replies();
    world.closed(CONVERSATION);
    world.later(24 * 60);

    // when
    world.opened(CONVERSATION);

    // then
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn a_reply_before_the_ai_was_assigned_hands_nothing_off_at_the_opening() {
    on_ticket_thread_and_both(|world| {
        world.anna_replies();
        world.assigned_to_ai();
        world.closed(CONVERSATION);
        world.opened(CONVERSATION);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_person_who_owns_it_answers_after_the_opening() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.closed(CONVERSATION);
        world.opened(CONVERSATION);
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn the_portal_may_give_an_owned_conversation_to_the_ai_at_the_opening() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.on_reopen_owned = OnReopenOwned::Ai;
        world.anna_takes_it();
        world.closed(CONVERSATION);
        world.opened(CONVERSATION);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn the_portal_may_do_so_after_some_days_alone() {
    for (days, state) in [(1, AiState::HumanActive), (2, AiState::AiActive)] {
        on_ticket_thread_and_both(|world| {
            world.portal.policies.on_reopen_owned = OnReopenOwned::AiAfterDays(2);
            world.anna_takes_it();
            world.closed(CONVERSATION);
            world.later(days * 24 * 60);
            world.opened(CONVERSATION);
            assert_eq!(world.state(), state, "after {days} days");
        });
    }
}

#[test]
fn of_two_openings_at_one_time_the_one_that_keeps_the_person_counts() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.closed(CONVERSATION);
    let at = world.now();
    let opened = || baton::domain::decide::Fact::Opened {
        field: CONVERSATION,
        at: at + baton::domain::time::Span::from_secs(1),
    };

    // when
    world.portal.policies.on_reopen_owned = OnReopenOwned::Ai;
    world.tell(opened());
    world.portal.policies.on_reopen_owned = OnReopenOwned::Person;
    world.tell(opened());

    // then
    assert_eq!(world.state(), AiState::HumanActive);
}
