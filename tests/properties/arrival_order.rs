//! The order of arrival: what HubSpot tells may come late, twice and in any order, and must end
//! in the same; around actions at fixed times it must never leave the AI freer than in order.

use crate::operation::{Asking, FIRST, HOUR, MINUTE, News, SECOND, SECOND_MS, Wish, asking, news};
use crate::operation::{Change, change};
use crate::runs::runner;
use crate::service::Service;
use baton::domain::actor::Authority;
use baton::domain::assess::AiState;
use baton::domain::facts::Facts;
use baton::domain::hold::{Hold, OnTimeout};
use proptest::collection::vec;
use proptest::prelude::*;

const BEGINNING: i64 = 1_000_000_000_000;
const END: i64 = BEGINNING + 20 * HOUR;

/// Everything that is compared: facts, holds, and the states now and as time goes by.
#[derive(Debug, PartialEq)]
struct Ending {
    facts: [Facts; 3],
    holds: [Vec<Hold>; 3],
    states: Vec<AiState>,
}

fn linked(offset: i64) -> Service {
    let mut service = Service::new(BEGINNING);
    service.at(BEGINNING, BEGINNING + offset);
    service.link(SECOND);
    service
}

fn states(service: &Service) -> Vec<AiState> {
    let probes = [0, 6 * MINUTE, 31 * MINUTE, 25 * HOUR].map(|later| END + later);
    let threads = [FIRST, SECOND].into_iter();
    threads
        .flat_map(|thread| probes.map(|at| service.state(thread, at)))
        .collect()
}

fn ending(service: &Service) -> Ending {
    let records = [
        &service.ticket.record,
        &service.first.record,
        &service.second.record,
    ];
    Ending {
        facts: records.map(|record| record.facts.clone()),
        holds: records.map(|record| record.holds.clone()),
        states: states(service),
    }
}

/// Source times within a few hours, often equal.
fn events(most: usize) -> impl Strategy<Value = Vec<(News, i64)>> {
    let at = prop_oneof![
        2 => (0..30i64).prop_map(|minutes| minutes * MINUTE),
        1 => (0..10i64).prop_map(|hours| hours * HOUR),
    ];
    vec((news(), at), 1..most)
}

#[test]
fn any_order_and_any_repetition_of_events_ends_alike() {
    let with_orders = events(24).prop_flat_map(|events| {
        let repeats = vec(0..events.len(), 0..8);
        let shuffled = Just(events.clone()).prop_shuffle();
        (Just(events), shuffled, repeats, vec(asking(), 0..6))
    });
    let outcome = runner().run(&with_orders, |(events, mut shuffled, repeats, actions)| {
        shuffled.extend(repeats.into_iter().map(|which| events[which].clone()));
        let play = |events: &[(News, i64)]| {
            // Only what is placed: a release is between the events, and has its own claim.
            let mut service = linked(0);
            let silencing = actions
                .iter()
                .filter(|asking| matches!(asking.what, Wish::Pause { .. } | Wish::Handoff { .. }));
            for action in silencing {
                service.ask(action);
            }
            service.at(END, END);
            for (news, at) in events {
                service.tell(news, BEGINNING + at);
            }
            ending(&service)
        };
        prop_assert_eq!(play(&events), play(&shuffled));
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

/// What happens at a fixed time, whenever the events arrive.
#[derive(Clone, Debug)]
enum Fixed {
    Ask(Asking),
    Timer(usize),
}

#[derive(Clone, Debug)]
enum Happening {
    Fixed(Fixed),
    Told(News, i64),
}

/// Actions and timers at fixed times, events with source times between them, and for each event
/// how long it takes to arrive.
type Story = (i64, Vec<Change>, Vec<(i64, Fixed)>, Vec<(i64, News, i64)>);

fn story() -> impl Strategy<Value = Story> {
    let offset = prop_oneof![Just(0), 0..2 * MINUTE];
    let time = || {
        prop_oneof![
            3 => 0..40 * MINUTE,
            1 => 0..4 * HOUR,
        ]
    };
    // What an admin released is never undone by a late fact, so only others release here.
    let action = asking().prop_map(|asking| {
        let releases = matches!(asking.what, Wish::Resume { .. } | Wish::Send { .. });
        let by = if releases {
            asking.by.min(Authority::Ai)
        } else {
            asking.by
        };
        let dry_run = false;
        Fixed::Ask(Asking {
            by,
            dry_run,
            ..asking
        })
    });
    let fixed = prop_oneof![5 => action, 1 => (0..3usize).prop_map(Fixed::Timer)];
    let delay = prop_oneof![
        2 => Just(0),
        2 => 0..10 * MINUTE,
        2 => 0..2 * HOUR,
    ];
    let actions = (vec((time(), fixed), 1..8), prop::option::of(unclaimed()));
    let actions = actions.prop_map(|(mut actions, unclaimed)| {
        actions.extend(unclaimed.into_iter().flatten());
        actions
    });
    (
        offset,
        vec(change(), 0..3),
        actions,
        vec((time(), news(), delay), 1..10),
    )
}

/// A handoff that returns to the AI, and the timers that may be its own when its clock runs out.
fn unclaimed() -> impl Strategy<Value = Vec<(i64, Fixed)>> {
    (0..30 * MINUTE, asking()).prop_map(|(at, asking)| {
        let on_timeout = OnTimeout::ReturnToAi;
        let handoff = Fixed::Ask(Asking {
            by: Authority::Workflow,
            what: Wish::Handoff { on_timeout },
            dry_run: false,
            ..asking
        });
        let timers = (0..3usize).map(|which| (at + 16 * MINUTE, Fixed::Timer(which)));
        std::iter::once((at, handoff)).chain(timers).collect()
    })
}

fn play((offset, policies, fixed, events): &Story, delayed: bool) -> Service {
    let mut service = linked(*offset);
    for change in policies {
        service.change(*change);
    }
    let mut timeline: Vec<(i64, usize, Happening)> = Vec::new();
    for (number, (at, fixed)) in fixed.iter().enumerate() {
        // Actions never fall on an event: which came first would be open.
        let at = at / SECOND_MS * SECOND_MS + 500;
        timeline.push((at, number, Happening::Fixed(fixed.clone())));
    }
    for (number, (at, news, delay)) in events.iter().enumerate() {
        let at = at / SECOND_MS * SECOND_MS;
        let delay = if delayed { *delay } else { 0 };
        let told = Happening::Told(news.clone(), at);
        timeline.push((at + delay, number, told));
    }
    timeline.sort_by_key(|(at, number, _)| (*at, *number));
    for (at, _, happening) in timeline {
        let now = BEGINNING + MINUTE + at;
        service.at(now, now + offset);
        match happening {
            Happening::Fixed(Fixed::Ask(asking)) => {
                service.ask(&asking);
            }
            Happening::Fixed(Fixed::Timer(handoff)) => {
                service.timer(handoff, false);
            }
            Happening::Told(news, at) => {
                service.tell(&news, BEGINNING + MINUTE + at);
            }
        }
    }
    service
}

#[test]
fn late_events_around_fixed_actions_never_leave_the_ai_freer() {
    let outcome = runner().run(&story(), |story| {
        let in_order = play(&story, false);
        let delayed = play(&story, true);
        for (thread, name) in [(FIRST, "first"), (SECOND, "second")] {
            for later in (0..60).map(|step| step * 7 * MINUTE) {
                let at = BEGINNING + 6 * HOUR + 2 * MINUTE + later;
                let (wanted, found) = (in_order.state(thread, at), delayed.state(thread, at));
                let is_freer = wanted != AiState::AiActive && found == AiState::AiActive;
                prop_assert!(!is_freer, "{name} is free, but {wanted:?} in order");
            }
        }
        Ok(())
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}
