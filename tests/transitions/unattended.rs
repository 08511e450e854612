//! Alerts: a customer whom nobody answers, and a person who answers without an end.

use crate::requests::*;
use crate::world::*;
use baton::domain::alerts::Unattended;
use baton::domain::assess::AiState;
use baton::domain::command::What;
use baton::domain::decide::{Due, Effect, Fact, Field};
use baton::domain::gate::Mode;
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::time::{Span, Timestamp};

fn ai_replies(world: &mut World, at: Timestamp) {
    world.tell(Fact::AiReplied { thread: THREAD, at });
}

fn since_of(world: &World) -> Timestamp {
    let facts = &world.thread(THREAD).record.facts;
    facts.waiting.as_ref().expect("a customer waits").since
}

/// What a timer raises now.
fn raised(world: &mut World) -> Vec<(Unattended, AiState)> {
    let acted = world.look().into_iter();
    let alerts = acted.flat_map(|acted| acted.effects);
    alerts
        .filter_map(|effect| {
            let Effect::TellUnattended { alert, ai_state } = effect else {
                return None;
            };
            Some((alert, ai_state))
        })
        .collect()
}

#[test]
fn a_customer_who_waits_for_an_ai_that_may_answer_raises_one() {
    let mut world = World::new();
    world.customer_writes();
    let since = since_of(&world);
    assert_eq!(world.next_check(), Some(since + Span::from_minutes(15)));

    world.later(14);
    assert_eq!(raised(&mut world), []);
    world.later(1);
    let alert = Unattended::NobodyAnswers { since };
    assert_eq!(raised(&mut world), [(alert, AiState::AiActive)]);
}

#[test]
fn one_who_waits_while_the_ai_is_silent_raises_one_too() {
    let silences: [(What, AiState); 3] = [
        (pause(), AiState::AiPaused),
        (handoff(), AiState::HandoffRequested),
        (What::Lock, AiState::AiLocked),
    ];
    for (what, state) in silences {
        on_ticket_thread_and_both(|world| {
            world.given(&admin(), &what);
            world.customer_writes();
            let since = since_of(world);
            world.later(16);
            let alert = Unattended::NobodyAnswers { since };
            assert_eq!(raised(world), [(alert, state)]);
        });
    }
}

#[test]
fn it_is_raised_once_however_often_a_timer_looks_and_the_customer_writes() {
    let mut world = World::new();
    world.customer_writes();
    world.later(16);
    assert_eq!(raised(&mut world).len(), 1);
    for _ in 0..5 {
        world.customer_writes();
        world.later(20);
        assert_eq!(raised(&mut world), []);
    }
    assert_eq!(world.next_check(), None);
}

#[test]
fn an_earlier_message_that_arrives_late_belongs_to_the_same_wait() {
    let mut world = World::new();
    world.customer_writes();
    world.later(16);
    raised(&mut world);
    let at = since_of(&world) - Span::from_minutes(5);
    world.tell(Fact::CustomerWrote {
        thread: THREAD,
        message_id: "late".to_owned(),
        at,
    });
    assert_eq!(since_of(&world), at);
    assert_eq!(raised(&mut world), []);
}

#[test]
fn an_answer_of_anybody_ends_the_wait_and_the_next_one_is_another() {
    type Answer = fn(&mut World);
    let answers: [Answer; 3] = [
        |world| ai_replies(world, world.now()),
        |world| {
            let at = world.now();
            world.anna_replied_at(at);
        },
        |world| {
            let at = world.now();
            world.tell(Fact::OtherAiWrote { thread: THREAD, at });
        },
    ];
    for answer in answers {
        let mut world = World::new();
        world.customer_writes();
        world.later(16);
        assert_eq!(raised(&mut world).len(), 1);
        answer(&mut world);
        world.later(60);
        assert_eq!(raised(&mut world), []);
        world.customer_writes();
        world.later(16);
        assert_eq!(raised(&mut world).len(), 1, "a new wait");
    }
}

#[test]
fn nobody_waits_in_a_conversation_that_is_closed() {
    let mut world = World::new();
    world.customer_writes();
    world.closed(Field::Thread(THREAD));
    world.later(60);
    assert_eq!(world.next_check(), None);
    assert_eq!(raised(&mut world), []);
    world.opened(Field::Thread(THREAD));
    assert_eq!(raised(&mut world).len(), 1, "it was never answered");
}

#[test]
fn an_alert_of_another_wait_raises_nothing() {
    let mut world = World::new();
    world.customer_writes();
    world.later(16);
    let due = world.due();
    let now = world.now();
    ai_replies(&mut world, now);
    world.customer_writes();
    world.later(16);
    let before = world.scope.clone();
    for stale in due {
        assert_eq!(world.act(stale), None);
    }
    assert_eq!(world.scope, before);
}

#[test]
fn an_alert_stands_in_the_timeline_under_the_version_of_then() {
    let mut world = World::with_sibling();
    world.customer_writes();
    world.later(16);
    let (version, lines) = (world.version(), world.thread(THREAD).position);

    let acted = world.look();

    let [acted] = acted.as_slice() else {
        panic!("{acted:?}");
    };
    assert_eq!(acted.verdict, (Outcome::Applied, ReasonCode::Applied));
    assert_eq!(acted.rows.len(), 1, "the sibling's timeline has no line");
    assert!(!acted.rows[0].changed);
    assert_eq!(world.version(), version);
    assert_eq!(world.thread(THREAD).position, lines + 1);
}

#[test]
fn the_policy_says_after_how_long() {
    let mut world = World::new();
    world.portal.policies.unattended_after = Span::from_minutes(90);
    world.customer_writes();
    world.later(89);
    assert_eq!(raised(&mut world), []);
    world.later(2);
    assert_eq!(raised(&mut world).len(), 1);
}

#[test]
fn an_observed_portal_is_told_as_well() {
    let mut world = World::new();
    world.portal.mode = Mode::Observe;
    world.given(&workflow(), &pause());
    world.customer_writes();
    world.later(16);
    let alerts = raised(&mut world);
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].1, AiState::AiActive, "the pause does not bind");
}

/// Anna answers every 25 minutes for this many hours; her windows last 30.
fn answers_on(world: &mut World, hours: i64) {
    for _ in 0..hours * 60 / 25 {
        world.anna_replies();
        world.later(25);
    }
}

#[test]
fn twelve_hours_of_a_persons_answers_raise_one_and_end_nothing() {
    let mut world = World::new();
    let began = world.now();
    answers_on(&mut world, 11);
    assert_eq!(raised(&mut world), []);

    answers_on(&mut world, 2);

    let alerts = raised(&mut world);
    let [(Unattended::PersonAnswersOn { since }, state)] = alerts.as_slice() else {
        panic!("{alerts:?}");
    };
    assert!(*since - began < Span::from_minutes(1));
    assert_eq!(*state, AiState::HumanActive, "no cap ends it");
    assert_eq!(raised(&mut world), [], "once");
    answers_on(&mut world, 20);
    assert_eq!(raised(&mut world), [], "and not again the next day");
}

#[test]
fn a_gap_begins_the_twelve_hours_anew() {
    let mut world = World::new();
    answers_on(&mut world, 8);
    world.later(6);
    answers_on(&mut world, 8);
    assert_eq!(raised(&mut world), []);
    answers_on(&mut world, 5);
    assert_eq!(raised(&mut world).len(), 1);
}

#[test]
fn the_timer_looks_when_the_twelve_hours_are_over() {
    let mut world = World::new();
    answers_on(&mut world, 13);
    let alert = |due: &Due| matches!(due, Due::Unattended(_, Unattended::PersonAnswersOn { .. }));
    assert!(world.due().iter().any(alert));
    let next = world.next_check().expect("something is due");
    assert!(next <= world.now());
}

#[test]
fn one_who_never_pauses_is_told_of_every_other_day() {
    let mut world = World::new();
    let mut told = 0;
    for _ in 0..10 * 24 * 60 / 25 {
        world.anna_replies();
        world.later(25);
        told += raised(&mut world).len();
    }
    assert!((5..=6).contains(&told), "{told} in ten days");
}
