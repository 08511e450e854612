//! Merges of tickets and of threads: whatever silenced either side silences what they become.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::{Fact, Field, MergedThread};
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::AfterHumanUnassign;
use baton::domain::record::{ThreadRecord, TicketRecord};

/// The ticket that is merged into [`TICKET`], with its thread.
const OTHER: TicketId = TicketId(8);
const THEIRS: ThreadId = ThreadId(81);

/// Lives through something on the other ticket and its thread, at the same time as this world.
fn on_the_other(world: &mut World, lived: impl FnOnce(&mut World)) {
    let ours = std::mem::take(&mut world.scope.threads);
    let ticket = world.scope.ticket.replace(TicketRecord::untouched(OTHER));
    world.scope.threads.push(ThreadRecord::untouched(THEIRS));
    let at = world.now();
    world.tell(Fact::Linked {
        thread: THEIRS,
        ticket: OTHER,
        at,
    });
    lived(world);
    world.other.ticket = std::mem::replace(&mut world.scope.ticket, ticket);
    world.other.threads = std::mem::replace(&mut world.scope.threads, ours);
}

fn their_field() -> Field {
    Field::Thread(THEIRS)
}

#[test]
fn a_person_who_owned_the_merged_ticket_leaves_a_handoff() {
    for owner in [Owner::Nobody, Owner::Ai] {
        // given
        let mut world = World::new();
        on_the_other(&mut world, World::anna_takes_it);
        world.owner_is(&owner, AssignedBy::Hand);

        // when
        world.merge_tickets();

        // then
        assert_eq!(
            world.state_of(THEIRS),
            AiState::HandoffRequested,
            "{owner:?}"
        );
        assert_eq!(world.state(), AiState::HandoffRequested, "{owner:?}");
    }
}

#[test]
fn a_handoff_that_followed_from_facts_still_does() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        world.anna_takes_it();
        world.nobody_owns_it();
    });
    world.nobody_owns_it();

    // when
    world.merge_tickets();

    // then
    let shown = world.live_hold(HoldName::Handoff).expect("a handoff");
    let id = shown.handoff.and_then(|handoff| handoff.id);
    assert_eq!(id, None, "nobody placed it");
}

#[test]
fn a_pause_of_either_ticket_silences_all_their_threads() {
    for theirs_is_paused in [true, false] {
        // given
        let mut world = World::new();
        let pauses = |world: &mut World| world.given(&workflow(), &pause());
        if theirs_is_paused {
            on_the_other(&mut world, pauses);
        } else {
            on_the_other(&mut world, |_| {});
            pauses(&mut world);
        }

        // when
        world.merge_tickets();

        // then
        assert_eq!(world.state(), AiState::AiPaused);
        assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
    }
}

#[test]
fn a_copied_pause_outlives_the_survivors_earlier_closing() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&workflow(), &pause()));
    world.closed(Field::Ticket);

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}

#[test]
fn a_closing_told_late_does_not_end_a_copied_pause() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&workflow(), &pause()));
    let at = world.now();
    world.later(1);
    world.merge_tickets();

    // when
    let field = Field::Ticket;
    world.tell(Fact::Closed { field, at });

    // then
    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
}

#[test]
fn a_pause_of_the_merged_tickets_thread_outlives_the_survivors_past() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        world.placement = Placement::Thread;
        world.given(&workflow(), &pause());
    });
    world.closed(Field::Ticket);

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state_of(THEIRS), AiState::AiPaused);
    assert_eq!(
        world.state(),
        AiState::AiActive,
        "a thread's hold is its own"
    );
}

#[test]
fn a_pending_handoff_outlives_what_ended_the_survivors() {
    for by in [Owner::Ai, anna()] {
        // given
        let mut world = World::new();
        on_the_other(&mut world, |world| world.given(&workflow(), &handoff()));
        world.owner_is(&by, AssignedBy::Hand);
        world.portal.policies.after_human_unassign = AfterHumanUnassign::AiNow;
        world.nobody_owns_it();

        // when
        world.merge_tickets();

        // then
        assert_eq!(world.state_of(THEIRS), AiState::HandoffRequested, "{by:?}");
    }
}

#[test]
fn a_copied_handoff_keeps_its_clock_and_its_epoch() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        let back = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
        world.given(&workflow(), &back);
    });
    world.merge_tickets();

    // when
    world.later(16);
    world.claim_timers();

    // then
    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
}

#[test]
fn a_reply_in_the_survivor_claims_the_handoff_that_comes_to_it() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        let back = handoff_with(|request| request.on_timeout = OnTimeout::ReturnToAi);
        world.given(&workflow(), &back);
    });
    world.anna_replies();
    world.merge_tickets();

    // when
    world.later(31);
    let acted = world.claim_timers();

    // then
    assert_eq!(acted, []);
    assert_eq!(world.state_of(THEIRS), AiState::HandoffRequested);
}

#[test]
fn an_admins_lock_goes_along() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&admin(), &What::Lock));

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state(), AiState::AiLocked);
    assert_eq!(world.state_of(THEIRS), AiState::AiLocked);
}

#[test]
fn a_hold_that_was_over_does_not_come_back() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        world.given(&workflow(), &pause());
        world.given(&workflow(), &handoff());
        world.closed(Field::Ticket);
    });

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
}

#[test]
fn a_merge_with_a_ticket_the_ai_was_given_back_silences_nobody() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        world.anna_takes_it();
        world.assigned_to_ai();
    });
    world.nobody_owns_it();

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.state_of(THEIRS), AiState::AiActive);
}

#[test]
fn the_survivors_owner_stands() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, World::assigned_to_ai);
    world.anna_takes_it();

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
    assert_eq!(world.state_of(THEIRS), AiState::HumanActive);
}

#[test]
fn a_reply_window_outlives_the_survivors_assignment_to_the_ai() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        let at = world.now();
        world.tell(Fact::PersonReplied {
            thread: THEIRS,
            actor: "A-anna".to_owned(),
            at,
        });
    });
    world.assigned_to_ai();

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state_of(THEIRS), AiState::HumanActive);
    world.later(31);
    assert_eq!(
        world.state_of(THEIRS),
        AiState::AiActive,
        "no longer than its window"
    );
}

#[test]
fn what_was_lifted_before_a_merge_is_silent_again() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |_| {});
    world.anna_takes_it();
    world.admin(send());
    assert_eq!(world.state(), AiState::AiActive);

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn a_merge_told_twice_changes_nothing() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&workflow(), &pause()));
    world.merge_tickets();
    world.admin(resume());
    let version = world.version();

    // when
    world.merge_tickets();

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.version(), version);
}

#[test]
fn the_versions_of_every_thread_go_on() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&workflow(), &pause()));
    let (ours, theirs) = (world.version(), world.other.threads[0].control_version);

    // when
    let decided = world.merge_tickets();

    // then
    assert_eq!(world.version(), ours + 1);
    assert_eq!(world.thread(THEIRS).control_version, theirs + 1);
    assert_eq!(world.thread(THEIRS).ticket(), Some(TICKET));
    let of_theirs = decided.rows.iter().find(|row| row.thread == Some(THEIRS));
    let before = of_theirs.map(|row| row.before);
    assert_eq!(before, Some(AiState::AiPaused), "silent by its own ticket");
    assert!(decided.ticket_changed);
}

/// Merges their thread, and their ticket's silence with it, into ours.
fn merge_threads(world: &mut World) {
    let other = world.other.clone();
    let merged = MergedThread {
        thread: other.threads.first().expect("their thread"),
        ticket: other.ticket.as_ref(),
    };
    world.merge_threads(THREAD, merged);
}

#[test]
fn a_thread_takes_over_the_holds_of_the_one_merged_into_it() {
    for placement in [Placement::Ticket, Placement::Thread, Placement::Both] {
        // given
        let mut world = World::new();
        on_the_other(&mut world, |world| {
            world.placement = placement;
            world.given(&workflow(), &pause());
        });
        world.closed(Field::Thread(THREAD));

        // when
        merge_threads(&mut world);

        // then
        assert_eq!(world.state(), AiState::AiPaused);
        let facts = &world.thread(THREAD).record.facts;
        assert!(facts.is_closed(), "the survivor's status stands");
    }
}

#[test]
fn a_person_who_owned_the_merged_thread_leaves_a_handoff() {
    for owner in [Owner::Nobody, Owner::Ai] {
        // given
        let mut world = World::new();
        on_the_other(&mut world, |world| {
            let at = world.now();
            world.owner_of(their_field(), anna(), AssignedBy::Hand, at);
        });
        world.placement = Placement::Thread;
        world.owner_is(&owner, AssignedBy::Hand);

        // when
        merge_threads(&mut world);

        // then
        assert_eq!(world.state(), AiState::HandoffRequested, "{owner:?}");
    }
}

#[test]
fn a_thread_takes_over_the_replies_and_who_waits() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| {
        let at = world.now();
        world.tell(Fact::PersonReplied {
            thread: THEIRS,
            actor: "A-anna".to_owned(),
            at,
        });
        world.later(1);
        world.tell(Fact::CustomerWrote {
            thread: THEIRS,
            message_id: "1".to_owned(),
            at: world.now(),
        });
    });

    // when
    merge_threads(&mut world);

    // then
    assert_eq!(world.live(), [HoldName::PersonReplied]);
    assert!(world.thread(THREAD).record.facts.waiting.is_some());
}

#[test]
fn a_thread_merged_twice_changes_nothing() {
    // given
    let mut world = World::new();
    on_the_other(&mut world, |world| world.given(&workflow(), &pause()));
    merge_threads(&mut world);
    world.admin(resume());
    let version = world.version();

    // when
    merge_threads(&mut world);

    // then
    assert_eq!(world.state(), AiState::AiActive);
    assert_eq!(world.version(), version);
}
