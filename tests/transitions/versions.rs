//! Versions and timelines: they grow if and only if something that matters changed.

use crate::requests::*;
use crate::world::*;
use baton::domain::assess::AiState;
use baton::domain::command::{Ask, Reach, Subject};
use baton::domain::decide::{Fact, Field};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::owner::{AssignedBy, Owner};

#[test]
fn a_renewed_pause_alone_grows_no_version() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let version = world.version();
        world.workflow(pause());
        assert_eq!(world.version(), version);
    });
}

#[test]
fn a_lapse_is_recorded_once_by_the_next_decision() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause_for(5));
        let version = world.version();
        world.later(6);

        world.workflow(resume());
        assert_eq!(world.version(), version + 1);
        world.workflow(resume());

        assert_eq!(world.version(), version + 1);
    });
}

#[test]
fn a_repeated_fact_leaves_no_line() {
    on_ticket_thread_and_both(|world| {
        let at = world.now();
        let field = world.placement.fields()[0];
        let fact = || Fact::OwnerChanged {
            field,
            owner: anna(),
            by: AssignedBy::Hand,
            at,
        };
        world.tell(fact());
        let before = world.scope.clone();

        let repeated = world.tell(fact());

        assert_eq!(repeated.rows, []);
        assert_eq!(world.scope, before);
    });
}

#[test]
fn a_fact_of_one_thread_takes_no_line_of_the_ticket() {
    // given
    let mut world = World::new();
    let position = |world: &World| world.scope.ticket.as_ref().map(|ticket| ticket.position);
    let before = position(&world);

    // when
    world.customer_writes();
    world.anna_replies();

    // then
    assert_eq!(position(&world), before);
}

#[test]
fn the_last_silencing_version_stays_when_the_ai_is_free() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let silenced = world.thread(THREAD).silenced_at_version;
        assert_eq!(silenced, world.version());

        world.workflow(resume());

        assert_eq!(world.thread(THREAD).silenced_at_version, silenced);
        assert_eq!(world.version(), silenced + 1);
    });
}

#[test]
fn a_send_that_lifts_nothing_grows_no_version() {
    on_ticket_thread_and_both(|world| {
        world.anna_replies();
        world.assigned_to_ai();
        world.nobody_owns_it();
        world.later(60);
        world.workflow(send());
        let version = world.version();

        assert_eq!(world.workflow(send()), already());
        assert_eq!(world.admin(send()), already());
        assert_eq!(world.version(), version);
    });
}

#[test]
fn a_ticket_wide_change_moves_every_thread_on() {
    // given
    let mut world = World::with_sibling();
    let (first, second) = (world.version(), world.thread(SIBLING).control_version);

    // when
    world.owner_of(Field::Ticket, Owner::Ai, AssignedBy::Hand, world.now());

    // then
    assert_eq!(world.version(), first + 1);
    assert_eq!(world.thread(SIBLING).control_version, second + 1);
}

#[test]
fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    on_ticket_thread_and_both(|world| {
        world.given(&workflow(), &pause());
        let before = world.scope.clone();
        let ask = Ask {
            dry_run: true,
            ..Ask::new(resume(), world.reach, workflow())
        };
        let subject = Subject {
            ticket: Some(TICKET),
            thread: Some(THREAD),
        };

        let decided = world.try_ask(&ask, subject).expect("decided");

        assert_eq!(decided.verdict, (Outcome::DryRun, ReasonCode::Applied));
        assert_eq!(decided.effects, []);
        assert_eq!(world.state(), AiState::AiPaused);
        assert_eq!(world.version(), before.threads[0].control_version);
        assert_eq!(world.thread(THREAD).record, before.threads[0].record);
    });
}

#[test]
fn of_several_conversations_the_answer_is_about_the_most_silent() {
    // given
    let mut world = World::with_sibling();
    world.placement = Placement::Thread;
    world.anna_takes_it();

    // when
    let decided = world.ask_of(Reach::AllOpen, workflow(), pause());

    // then
    assert_eq!(decided.verdict, shadowed(ReasonCode::HumanAlreadyActive));
    let verdicts: Vec<_> = decided.rows.iter().map(|row| row.verdict).collect();
    assert_eq!(verdicts, [decided.verdict, applied()]);
}

#[test]
fn of_conversations_equally_silent_the_answer_is_about_one_that_changed() {
    for one in [THREAD, SIBLING] {
        let mut world = World::with_sibling();

        world.ask_of(Reach::Thread(one), workflow(), pause());
        let paused = world.ask_of(Reach::AllOpen, workflow(), pause());
        assert_eq!(
            paused.verdict,
            applied(),
            "the other one was not paused yet"
        );
        assert_ne!(paused.shown, Some(one));

        world.ask_of(Reach::AllOpen, workflow(), resume());
        world.ask_of(Reach::Thread(one), workflow(), pause());
        let resumed = world.ask_of(Reach::AllOpen, workflow(), resume());
        assert_eq!(resumed.verdict, applied(), "one of them was paused");
        assert_eq!(resumed.shown, Some(one));
    }
}
