//! Two replicas on one database: random histories of actions and events, told to either or both
//! of them at once, about few conversations.

use crate::claims;
use crate::delivering::{AI, ANN, BEN, about, event, moved};
use crate::seeds::seed;
use crate::world::{AI_KEY, PORTAL, Setup, THREAD, TICKET, World, insist, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::caller::Caller;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeSet;

const HISTORIES: i64 = 200;
/// Histories under way at once.
const AT_ONCE: i64 = 2;
/// Conversations of a history; two of them share a ticket.
const CONVERSATIONS: i64 = 3;
/// Turns of a history: what happens in one turn happens at once.
const TURNS: usize = 4;

/// What one replica, or both, are told.
enum Told {
    Action(Box<ActionRequest>),
    Events(Vec<WebhookEvent>),
}

/// The two, as HubSpot calls them.
struct Replicas {
    worlds: [World; 2],
    callers: [Caller; 2],
}

fn ticket_of(conversation: i64) -> i64 {
    conversation - i64::from(conversation % CONVERSATIONS == 2)
}

fn any_action(history: i64, rng: &mut StdRng) -> ActionRequest {
    let conversation = history * CONVERSATIONS + rng.random_range(0..CONVERSATIONS);
    let ticket = TicketId(TICKET.0 + ticket_of(conversation));
    let thread = ThreadId(THREAD.0 + conversation);
    let enrolled = Enrolled::Ticket(ticket, Some(thread));
    let kind = *ActionKind::ALL.choose(rng).unwrap();
    request(kind, enrolled, &[])
}

fn any_event(history: i64, rng: &mut StdRng) -> WebhookEvent {
    let pick = |of: &[&str], rng: &mut StdRng| of.choose(rng).copied().unwrap().to_owned();
    let change = match rng.random_range(0..6) {
        0..=2 => Change::Assignee(THREAD, pick(&[ANN, BEN, AI, "", "L-1"], rng)),
        3 => Change::TicketOwner(TICKET, pick(&["81538001", "81538009", ""], rng)),
        4 => Change::Status(THREAD, pick(&["OPEN", "CLOSED"], rng)),
        _ => Change::Created(THREAD),
    };
    let of_ticket = matches!(change, Change::TicketOwner(..));
    let conversation = history * CONVERSATIONS + rng.random_range(0..CONVERSATIONS);
    let place = match of_ticket {
        true => ticket_of(conversation),
        false => conversation,
    };
    let event = moved(event(change), -rng.random_range(0..=120));
    about(&[event], place).remove(0)
}

impl Replicas {
    async fn start() -> Self {
        let one = World::start().await;
        one.know_owners();
        let two = World::start_on(one.database_url.clone(), Setup::default()).await;
        let callers = [one.hubspot(), two.hubspot()];
        Self {
            worlds: [one, two],
            callers,
        }
    }

    async fn tell(&self, replica: usize, told: &Told) {
        match told {
            Told::Action(request) => {
                let answer = insist(&self.callers[replica], request).await;
                let body = String::from_utf8_lossy(&answer.body);
                assert_eq!(answer.status, 200, "{body}");
            }
            Told::Events(events) => self.worlds[replica].deliver(events).await,
        }
    }

    /// Plays a history: in each turn some actions and deliveries at once, some of them at both.
    /// Gives back how many actions and events it had.
    async fn play(&self, history: i64, seed: u64) -> (usize, Vec<WebhookEvent>) {
        let mut rng = StdRng::seed_from_u64(seed);
        let first = history * CONVERSATIONS;
        let linked = (first..first + CONVERSATIONS).map(|conversation| {
            let ticket = TicketId(TICKET.0 + ticket_of(conversation));
            let thread = ThreadId(THREAD.0 + conversation);
            moved(event(Change::Linked(ticket, thread)), -3_600)
        });
        let (mut actions, mut events) = (0, linked.collect::<Vec<_>>());
        self.worlds[0].deliver(&events).await;
        for _ in 0..TURNS {
            let mut turn = Vec::new();
            for _ in 0..rng.random_range(2..=4) {
                let told = if rng.random_ratio(1, 2) {
                    actions += 1;
                    Told::Action(Box::new(any_action(history, &mut rng)))
                } else {
                    let count = rng.random_range(1..=4);
                    let told: Vec<_> = (0..count).map(|_| any_event(history, &mut rng)).collect();
                    events.extend(told.iter().cloned());
                    Told::Events(told)
                };
                let replicas: &[usize] = match rng.random_range(0..5) {
                    0 | 1 => &[0],
                    2 | 3 => &[1],
                    _ => &[0, 1],
                };
                turn.push((told, replicas));
            }
            let all = turn.iter().flat_map(|(told, replicas)| {
                replicas
                    .iter()
                    .map(move |replica| self.tell(*replica, told))
            });
            join_all(all).await;
        }
        (actions, events)
    }

    /// What each replica shows of a conversation, which has to be the same.
    async fn agree_on(&self, conversation: i64) {
        let thread = THREAD.0 + conversation;
        let path = format!("/v1/portals/{PORTAL}/conversations/{thread}");
        let show = async |world: &World, path: &str| {
            let (status, mut body) = world.get(AI_KEY, path).await;
            assert_eq!(status, 200, "{body}");
            body.as_object_mut().unwrap().remove("checked_at");
            body
        };
        for path in [path.clone(), format!("{path}/decisions")] {
            let [one, two] = &self.worlds;
            assert_eq!(show(one, &path).await, show(two, &path).await, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_under_random_actions_and_events_number_every_version_and_agree() {
    let replicas = Replicas::start().await;
    let seed = seed();
    let (mut actions, mut keys) = (0, BTreeSet::new());

    for first in (0..HISTORIES).step_by(AT_ONCE.unsigned_abs() as usize) {
        let some = first..first + AT_ONCE;
        let played = some.map(|history| replicas.play(history, seed ^ history.unsigned_abs()));
        for (acted, events) in join_all(played).await {
            actions += acted;
            keys.extend(events.into_iter().map(|event| event.event_id));
        }
    }

    let [one, _] = &replicas.worlds;
    assert_eq!(claims::broken(&mut one.sql()), Vec::<String>::new());
    let count = |of: usize| i64::try_from(of).unwrap();
    assert_eq!(one.count("action_receipts"), count(actions));
    assert_eq!(one.count("event_receipts"), count(keys.len()));
    assert_eq!(one.count("kept_events"), 0);
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(one.texts(deadlocks), ["0"]);
    for conversation in (0..HISTORIES * CONVERSATIONS).step_by(2) {
        replicas.agree_on(conversation).await;
    }
}
