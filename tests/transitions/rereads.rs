//! Re-reads of owners: they silence at once, and free only what two of them agree about.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::decide::{Decided, Fact, Field};
use baton::domain::gate::Gate;
use baton::domain::hold::HoldName;
use baton::domain::outcome::ReasonCode;
use baton::domain::owner::{AssignedBy, Owner, OwnerChange, OwnerFact, OwnerReading};
use baton::domain::policy::AssignedByAutomation;
use baton::domain::time::{Span, Timestamp};

const CONVERSATION: Field = Field::Thread(THREAD);

/// A re-read of every field the test is about, that began now and ends a second later.
fn read(world: &mut World, owner: &Owner) {
    let began_at = world.now();
    for field in world.placement.fields() {
        read_as_of(world, *field, owner, began_at);
    }
}

fn read_as_of(world: &mut World, field: Field, owner: &Owner, began_at: Timestamp) -> Decided {
    let owner = owner.clone();
    world.tell(Fact::OwnerRead {
        field,
        found: owner.into(),
        began_at,
    })
}

fn ben() -> Owner {
    Owner::Person("A-ben".to_owned())
}

#[test]
fn one_reread_never_ends_a_persons_ownership() {
    for found in [Owner::Nobody, Owner::Ai, Owner::OtherAi("L-1".to_owned())] {
        on_ticket_thread_and_both(|world| {
            world.anna_takes_it();
            world.later(1);
            read(world, &found);
            assert_eq!(world.live(), [HoldName::PersonOwns]);
        });
    }
}

#[test]
fn two_rereads_less_than_ten_seconds_apart_end_nothing() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.later(1);
    let first = world.now();

    // when
    read_as_of(&mut world, Field::Ticket, &Owner::Ai, first);
    let second = first + Span::from_millis(9_999);
    read_as_of(&mut world, Field::Ticket, &Owner::Ai, second);

    // then
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn two_rereads_that_find_the_ai_end_a_persons_ownership() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.later(1);
        read(world, &Owner::Ai);
        world.later(1);
        read(world, &Owner::Ai);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn two_rereads_that_find_nobody_leave_a_handoff() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        world.later(1);
        read(world, &Owner::Nobody);
        world.later(1);
        read(world, &Owner::Nobody);
        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}

#[test]
fn a_reread_in_between_that_agrees_does_not_restart_the_wait() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.later(1);
    let first = world.now();

    // when
    for after in [0, 6, 12] {
        let began_at = first + Span::from_secs(after);
        read_as_of(&mut world, Field::Ticket, &Owner::Ai, began_at);
    }

    // then
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn a_reread_that_finds_the_person_again_restarts_the_wait() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        for found in [Owner::Ai, anna(), Owner::Ai] {
            world.later(1);
            read(world, &found);
        }
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn two_rereads_that_disagree_end_nothing() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        for found in [Owner::Nobody, Owner::Ai] {
            world.later(1);
            read(world, &found);
        }
        assert_eq!(world.state(), AiState::HumanActive);
    });
}

#[test]
fn an_owner_event_between_two_rereads_restarts_the_wait() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    let stale = world.now() - Span::from_minutes(5);
    world.later(1);
    read(&mut world, &Owner::Ai);

    // when
    world.owner_of(Field::Ticket, ben(), AssignedBy::Hand, stale);
    world.later(1);
    read(&mut world, &Owner::Ai);

    // then
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn a_reread_that_an_owner_event_overtook_is_not_even_the_first() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.later(1);
    let began_at = world.now();

    // when
    let stale = world.now() - Span::from_minutes(2);
    world.owner_of(Field::Ticket, ben(), AssignedBy::Hand, stale);
    read_as_of(&mut world, Field::Ticket, &Owner::Ai, began_at);
    world.later(1);
    read(&mut world, &Owner::Ai);

    // then
    assert_eq!(world.state(), AiState::HumanActive);
    world.later(1);
    read(&mut world, &Owner::Ai);
    assert_eq!(world.state(), AiState::AiActive);
}

#[test]
fn a_reread_that_a_later_one_overtook_is_not_even_the_first() {
    // given
    let mut world = World::new();
    world.anna_takes_it();
    world.later(1);
    let first = world.now();

    // when
    for (after, found) in [(20, anna()), (0, Owner::Ai), (30, Owner::Ai)] {
        let began_at = first + Span::from_secs(after);
        read_as_of(&mut world, Field::Ticket, &found, began_at);
    }

    // then
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn a_reread_older_than_the_owner_fact_frees_nothing() {
    // given
    let mut world = World::new();
    let before = world.now();
    world.later(1);
    world.anna_takes_it();

    // when
    for after in [0, 15] {
        let began_at = before + Span::from_secs(after);
        read_as_of(&mut world, Field::Ticket, &Owner::Ai, began_at);
    }

    // then
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn a_reread_that_finds_a_person_silences_at_once() {
    on_ticket_thread_and_both(|world| {
        world.assigned_to_ai();
        world.later(1);
        read(world, &anna());
        assert_eq!(world.live(), [HoldName::PersonOwns]);
    });
}

#[test]
fn a_person_found_counts_two_seconds_before_the_request() {
    // given
    let mut world = World::new();
    let began_at = world.now();

    // when
    read_as_of(&mut world, Field::Ticket, &anna(), began_at);

    // then
    let facts = &world.scope.ticket_record().expect("a ticket").facts;
    let counts_at = began_at - Span::from_secs(2);
    assert_eq!(facts.last_person_owner_at, Some(counts_at));
    assert_eq!(facts.owner_checked_at, Some(counts_at));
}

#[test]
fn a_person_found_late_undoes_the_release_it_would_have_refused() {
    // given
    let mut world = World::new();
    world.given(&workflow(), &handoff());
    world.later(1);
    let began_at = world.now();
    world.later(1);
    world.workflow(send());

    // when
    let decided = read_as_of(&mut world, CONVERSATION, &anna(), began_at);

    // then
    assert_eq!(decided.verdict.1, ReasonCode::ReleaseVoidedLateHumanReply);
    assert_eq!(world.state(), AiState::HumanActive);
}

#[test]
fn another_ai_found_shuts_its_gate() {
    // given
    let mut world = World::new();
    world.assigned_to_ai();
    world.later(1);

    // when
    read(&mut world, &Owner::OtherAi("L-1".to_owned()));

    // then
    assert_eq!(world.gates(), [Gate::OtherAi]);
}

#[test]
fn a_reread_that_finds_the_ai_spares_the_handoff_placed_after_the_fact_it_replaces() {
    on_ticket_thread_and_both(|world| {
        world.nobody_owns_it();
        world.later(1);
        world.given(&workflow(), &handoff());
        world.later(1);
        read(world, &Owner::Ai);
        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}

#[test]
fn a_reread_that_finds_the_ai_ends_the_handoff_placed_before_the_fact_it_replaces() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.later(1);
        world.nobody_owns_it();
        world.later(1);
        read(world, &Owner::Ai);
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_reread_that_finds_the_ai_spares_the_reply_window_after_the_fact_it_replaces() {
    on_ticket_thread_and_both(|world| {
        world.nobody_owns_it();
        world.later(1);
        world.anna_replies();
        world.later(1);
        read(world, &Owner::Ai);
        assert_eq!(world.live(), [HoldName::PersonReplied]);
    });
}

#[test]
fn a_first_reread_that_finds_the_ai_replaces_no_fact_and_ends_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &handoff());
        world.later(1);
        read(world, &Owner::Ai);
        assert_eq!(world.live(), [HoldName::Handoff]);
    });
}

#[test]
fn a_reread_is_about_its_own_field_only() {
    // given
    let mut world = World::new();
    world.placement = Placement::Both;
    world.anna_takes_it();

    // when
    for _ in 0..2 {
        world.later(1);
        let began_at = world.now();
        read_as_of(&mut world, Field::Ticket, &Owner::Ai, began_at);
    }

    // then
    assert_eq!(world.live(), [HoldName::PersonOwns]);
}

#[test]
fn a_reread_that_agrees_is_written_without_a_version() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let version = world.version();
        let since = world.live_hold(HoldName::PersonOwns).map(|hold| hold.since);
        world.later(1);

        read(world, &anna());

        assert_eq!(world.version(), version);
        let shown = world.live_hold(HoldName::PersonOwns);
        assert_eq!(shown.map(|hold| hold.since), since);
    });
}

#[test]
fn a_first_reading_that_finds_nobody_is_no_decision_and_one_that_finds_a_person_is() {
    on_ticket_thread_and_both(|world| {
        let version = world.version();
        for field in world.placement.fields() {
            let decided = read_as_of(world, *field, &Owner::Nobody, world.now());
            assert_eq!(decided.rows, []);
        }
        assert_eq!(
            (world.version(), world.state()),
            (version, AiState::AiActive)
        );
        world.later(1);
        read(world, &anna());
        assert_eq!(world.state(), AiState::HumanActive);
        assert!(world.version() > version);
    });
}

#[test]
fn a_person_told_of_after_a_reading_that_found_nobody_silences_until_two_readings_agree() {
    on_ticket_thread_and_both(|world| {
        let before = world.now();
        world.later(60);
        read(world, &Owner::Nobody);
        for field in world.placement.fields() {
            let fact = Fact::OwnerChanged {
                field: *field,
                owner: anna(),
                by: AssignedBy::Hand,
                at: before,
            };
            world.tell(fact);
        }
        assert_ne!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_first_doubt_is_written_without_a_version() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let version = world.version();
        world.later(1);
        read(world, &Owner::Nobody);
        assert_eq!(world.version(), version);
    });
}

#[test]
fn a_reread_that_agrees_leaves_an_assignment_that_waits_waiting() {
    on_ticket_thread_and_both(|world| {
        world.portal.policies.assigned_by_automation = AssignedByAutomation::WaitsForFirstReply;
        world.owner_is(&anna(), AssignedBy::Automation);
        world.later(1);
        read(world, &anna());
        assert_eq!(world.state(), AiState::AiActive);
    });
}

#[test]
fn a_person_read_in_the_future_counts_as_of_receipt() {
    on_ticket_thread_and_both(|world| {
        let future = world.now() + Span::from_hours(5);
        for field in world.placement.fields() {
            read_as_of(world, *field, &anna(), future);
        }
        assert_eq!(world.state(), AiState::HumanActive);

        world.later(1);
        world.assigned_to_ai();

        assert_eq!(world.state(), AiState::AiActive, "the future did not win");
    });
}

#[test]
fn a_freedom_read_in_the_future_changes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.anna_takes_it();
        let before = world.scope.clone();
        let future = world.now() + Span::from_hours(5);
        for field in world.placement.fields() {
            read_as_of(world, *field, &Owner::Ai, future);
        }
        assert_eq!(world.scope.threads, before.threads);
    });
}

/// A reading of the ticket's owner that tells who is called so elsewhere, and how it came to be.
fn read_with(
    world: &mut World,
    also_named: Option<&str>,
    change: Option<OwnerChange>,
    began_at: Timestamp,
) {
    world.tell(Fact::OwnerRead {
        field: Field::Ticket,
        found: OwnerReading {
            owner: ben(),
            also_named: also_named.map(str::to_owned),
            change,
        },
        began_at,
    });
}

fn ticket_owner(world: &World) -> OwnerFact {
    let ticket = world.scope.ticket_record().expect("a ticket");
    ticket.facts.owner.clone().expect("an owner")
}

#[test]
fn a_person_found_under_another_name_keeps_since_when_and_by_whom() {
    // given
    let mut world = World::new();
    let at = world.now();
    world.tell(Fact::OwnerChanged {
        field: Field::Ticket,
        owner: Owner::Person("owner 2".to_owned()),
        by: AssignedBy::Automation,
        at,
    });
    world.later(30);
    let before = ticket_owner(&world);

    // when
    let began_at = world.now();
    read_with(&mut world, Some("owner 2"), None, began_at);

    // then
    let owner = ben();
    assert_eq!(ticket_owner(&world), OwnerFact { owner, ..before });
    let ticket = world.scope.ticket_record().expect("a ticket");
    assert_eq!(ticket.facts.last_claim_at, None);
}

#[test]
fn another_person_is_no_other_name() {
    let mut world = World::new();
    world.anna_takes_it();
    world.later(30);
    let began_at = world.now();
    read_with(&mut world, Some("owner 2"), None, began_at);
    assert_eq!(ticket_owner(&world).owner, ben());
    assert_eq!(ticket_owner(&world).by, AssignedBy::Hand);
    assert!(ticket_owner(&world).at > began_at - Span::from_secs(3));
}

#[test]
fn the_change_a_reading_tells_counts_since_then_unless_something_later_is_known() {
    for (known_after, by) in [(false, AssignedBy::Automation), (true, AssignedBy::Hand)] {
        // given
        let mut world = World::new();
        let assigned_at = world.now();
        world.later(60);
        if known_after {
            let at = world.now();
            world.tell(Fact::OwnerChanged {
                field: Field::Ticket,
                owner: Owner::Nobody,
                by: AssignedBy::Hand,
                at,
            });
        }
        world.later(60);

        // when
        let change = OwnerChange {
            at: assigned_at,
            by: AssignedBy::Automation,
        };
        let began_at = world.now();
        read_with(&mut world, None, Some(change), began_at);

        // then
        let found = ticket_owner(&world);
        assert_eq!((&found.owner, found.by), (&ben(), by));
        assert_eq!(found.at == assigned_at, !known_after);
    }
}
