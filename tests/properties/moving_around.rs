//! A thread that moves between tickets, around actions at fixed times that name it or a ticket, while
//! HubSpot's clock is up to two minutes off: in whatever order it is told, the AI is never freer than
//! when each thing is told as it happens.

use crate::moving::{BEGINNING, PROBES, What, fact, what};
use crate::moving_world::{THREAD, TICKETS, World, ticket};
use crate::operation::{MINUTE, SECOND_MS};
use crate::runs::{runner_of, sequences};
use baton::domain::actor::Requester;
use baton::domain::assess::AiState;
use baton::domain::command::{
    Ask, Pause, Reach, RequestHandoff, ResponseMode, Resume, SendToAi, Subject, What as Wanted,
};
use baton::domain::decide::Fact;
use baton::domain::hold::{OnTimeout, Priority};
use baton::domain::ids::TicketId;
use baton::domain::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

/// By how much HubSpot's clock is ahead of ours, and what is added to ours for it: what is known, or
/// two minutes where nothing is.
const CLOCKS: [(i64, i64); 6] = [
    (0, 0),
    (2 * MINUTE, 2 * MINUTE),
    (-2 * MINUTE, -2 * MINUTE),
    (0, 2 * MINUTE),
    (-2 * MINUTE, 2 * MINUTE),
    (-2 * MINUTE, 0),
];

#[derive(Clone, Debug)]
enum Step {
    Happens(What),
    Asked(Named, Wanted),
}

/// What an action names.
#[derive(Clone, Copy, Debug)]
enum Named {
    Ticket(usize),
    Thread,
    /// The thread with the ticket that it belongs to in truth.
    Both,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let handoff = Wanted::RequestHandoff(RequestHandoff {
        target: None,
        priority: Priority::Normal,
        customer_message: None,
        claim_timeout: None,
        on_timeout: OnTimeout::Notify,
    });
    let send = Wanted::SendToAi(SendToAi {
        mode: ResponseMode::WaitForNext,
        take_over: false,
        reopen: false,
    });
    let resume = |cancel_pending_handoff| {
        Wanted::Resume(Resume {
            cancel_pending_handoff,
        })
    };
    prop_oneof![
        3 => Just(Wanted::Pause(Pause { lasts: None, replace: false })),
        2 => Just(handoff),
        1 => Just(resume(false)),
        2 => Just(resume(true)),
        2 => Just(send),
    ]
}

fn step() -> impl Strategy<Value = (i64, Step)> {
    let named = prop_oneof![
        (0..TICKETS).prop_map(Named::Ticket),
        Just(Named::Thread),
        Just(Named::Both),
    ];
    let wait = prop_oneof![SECOND_MS..20 * SECOND_MS, MINUTE..3 * MINUTE];
    let step = prop_oneof![
        3 => what().prop_map(Step::Happens),
        1 => (named, wanted()).prop_map(|(named, wanted)| Step::Asked(named, wanted)),
    ];
    (wait, step)
}

fn story() -> impl Strategy<Value = Vec<(i64, Step)>> {
    (0..TICKETS, vec(step(), 2..=9)).prop_map(|(first, mut story)| {
        story.insert(0, (SECOND_MS, Step::Happens(What::Linked(first))));
        story
    })
}

/// For each step how much later than it happens it is told: by how many actions, and then where.
fn lateness() -> impl Strategy<Value = Vec<(usize, u32)>> {
    vec(
        (prop_oneof![2 => Just(0), 1 => 0..4_usize], any::<u32>()),
        10,
    )
}

enum Done {
    Told(i64, Option<TicketId>, Fact),
    Asked(i64, Subject, Ask),
}

/// Everything in the order in which it happened, by our clock.
fn done(story: &[(i64, Step)], ahead: i64) -> Vec<Done> {
    let mut now = BEGINNING;
    let mut of = None;
    let mut all = Vec::new();
    for (wait, step) in story {
        now += wait;
        all.push(match step {
            Step::Happens(what) => {
                if let What::Linked(to) = what {
                    of = Some(ticket(*to));
                }
                let (named, fact) = fact(what, Timestamp::from_millis(now + ahead));
                Done::Told(now, named, fact)
            }
            Step::Asked(named, wanted) => {
                let named = match (named, wanted) {
                    // Which of a ticket's conversations is sent depends on what has arrived.
                    (Named::Ticket(_), Wanted::SendToAi(_)) => &Named::Both,
                    _ => named,
                };
                let (subject, reach) = match named {
                    Named::Ticket(place) => (Subject::of_ticket(ticket(*place)), Reach::AllOpen),
                    Named::Thread => (Subject::of_thread(THREAD), Reach::Thread(THREAD)),
                    Named::Both => {
                        let (ticket, thread) = (of, Some(THREAD));
                        (Subject { ticket, thread }, Reach::Originating)
                    }
                };
                let ask = Ask::new(wanted.clone(), reach, Requester::workflow(None));
                Done::Asked(now, subject, ask)
            }
        });
    }
    all
}

fn in_order(all: &[Done], offset: i64) -> World {
    let mut world = World::new();
    world.offset = offset;
    for done in all {
        match done {
            Done::Told(now, of, fact) => world.tell(fact, *of, *now),
            Done::Asked(now, subject, ask) => world.ask(*subject, ask, *now),
        }
    }
    world
}

/// What is told comes before the action that follows it, or before a later one, in any order.
fn told_late(all: &[Done], late: &[(usize, u32)], offset: i64, end: i64) -> World {
    let mut world = World::new();
    world.offset = offset;
    let mut phases: Vec<Vec<(u32, Option<TicketId>, &Fact)>> = vec![Vec::new()];
    let asked: Vec<_> = all
        .iter()
        .filter_map(|done| match done {
            Done::Asked(now, subject, ask) => Some((*now, *subject, ask)),
            Done::Told(..) => None,
        })
        .collect();
    phases.resize_with(asked.len() + 1, Vec::new);
    let mut phase = 0;
    for (done, (by, place)) in all.iter().zip(late) {
        match done {
            Done::Told(_, of, fact) => {
                let told_in = (phase + by).min(asked.len());
                phases[told_in].push((*place, *of, fact));
            }
            Done::Asked(..) => phase += 1,
        }
    }
    for (number, mut phase) in phases.into_iter().enumerate() {
        phase.sort_by_key(|(place, ..)| *place);
        let ends = asked.get(number).map_or(end + 100, |(now, ..)| *now);
        let mut now = ends - 50;
        for (_, of, fact) in phase {
            now += 1;
            world.tell(fact, of, now);
        }
        if let Some((now, subject, ask)) = asked.get(number) {
            world.ask(*subject, ask, *now);
        }
    }
    world
}

#[test]
fn no_order_of_moves_around_fixed_actions_frees_the_ai() {
    let mut runner = runner_of(sequences() * 8);
    let cases = (story(), lateness(), 0..CLOCKS.len());
    let outcome = runner.run(&cases, |(story, late, clock)| {
        let (ahead, offset) = CLOCKS[clock];
        let all = done(&story, ahead);
        let end = BEGINNING + story.iter().map(|(wait, _)| wait).sum::<i64>();
        let (wanted, found) = (in_order(&all, offset), told_late(&all, &late, offset, end));
        for later in PROBES {
            let at = end + 200 + later;
            let (wanted, found) = (wanted.state(at), found.state(at));
            let is_freer = wanted != AiState::AiActive && found == AiState::AiActive;
            prop_assert!(
                !is_freer,
                "{later} ms later it is not {wanted:?}: {story:?} {late:?} {clock}"
            );
        }
        Ok(())
    });
    if let Err(found) = outcome {
        let found = found.to_string();
        panic!(
            "{}",
            found.split("minimal failing").next().unwrap_or_default()
        );
    }
}
