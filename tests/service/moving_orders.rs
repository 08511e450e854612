//! Conversations that move between tickets: whatever the order in which HubSpot tells of it, the
//! rows are those of the order in which it happened.

use crate::claims::broken;
use crate::delivering::{AI, ANN, event, moved};
use crate::seeds::seed;
use crate::world::{Setup, World};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::webhook_event::{Change, WebhookEvent};
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

const SETS: usize = 400;
/// Other orders of arrival for each set.
const ORDERS: usize = 3;
const MOST_EVENTS: usize = 8;

/// What happened, each at a second of its own, in that order; of tickets 0 to 2.
fn random_set(rng: &mut StdRng) -> Vec<Happened> {
    let actors = [ANN, AI, "", "L-1"];
    let owners = ["81538001", "81538001", "81538009", ""];
    let sources = ["CRM_UI", "AUTOMATION_PLATFORM"];
    let count = rng.random_range(3..=MOST_EVENTS);
    let mut set: Vec<Happened> = (0..count)
        .map(|_| {
            let ticket = rng.random_range(0..3);
            let what = match rng.random_range(0..10) {
                0..=3 => What::Linked(ticket),
                4..=6 => What::Owned(ticket, owners.choose(rng).unwrap()),
                7 => What::ObjectOwned(ticket, owners.choose(rng).unwrap()),
                8 => What::Assigned(actors.choose(rng).unwrap()),
                _ => What::Status(["OPEN", "CLOSED"].choose(rng).unwrap()),
            };
            let source = sources.choose(rng).unwrap();
            (what, *source)
        })
        .collect();
    // It is in a ticket from the beginning.
    set.insert(0, (What::Linked(rng.random_range(0..3)), "CRM_UI"));
    set
}

type Happened = (What, &'static str);

#[derive(Clone, Copy, Debug)]
enum What {
    Linked(usize),
    Owned(usize, &'static str),
    ObjectOwned(usize, &'static str),
    Assigned(&'static str),
    Status(&'static str),
}

fn thread(place: usize) -> ThreadId {
    ThreadId(20_001 + i64::try_from(place).unwrap())
}

/// One of the three tickets of a place.
fn ticket(place: usize, of: usize) -> TicketId {
    TicketId(900_001 + i64::try_from(3 * place + of).unwrap())
}

/// The events of a set, about a conversation and tickets of this place.
fn events(set: &[Happened], began: i64, place: usize) -> Vec<WebhookEvent> {
    let ticket = |of: usize| ticket(place, of);
    let thread = thread(place);
    let event_of = |(second, (what, source)): (i64, &Happened)| {
        let change = match *what {
            What::Linked(of) => Change::Linked(ticket(of), thread),
            What::Owned(of, owner) => Change::TicketOwner(ticket(of), owner.to_owned()),
            What::ObjectOwned(of, owner) => Change::ObjectOwner(ticket(of), owner.to_owned()),
            What::Assigned(actor) => Change::Assignee(thread, actor.to_owned()),
            What::Status(status) => Change::Status(thread, status.to_owned()),
        };
        let mut event = event(change).by(source, "enrollmentId:7");
        event.occurred_at_ms = began + second * 1_000;
        event
    };
    (0_i64..).zip(set).map(event_of).collect()
}

/// A quarter of them twice, all in any order.
pub fn in_any_order(mut events: Vec<WebhookEvent>, rng: &mut StdRng) -> Vec<WebhookEvent> {
    let again = events.iter().filter(|_| rng.random_ratio(1, 4));
    let again = again.map(|event| WebhookEvent {
        attempt: 2,
        ..event.clone()
    });
    let again: Vec<WebhookEvent> = again.collect();
    events.extend(again);
    events.shuffle(rng);
    events
}

/// Each conversation is told its next event, until none has any left.
async fn tell(world: &World, mut all: Vec<Vec<WebhookEvent>>) {
    while all.iter().any(|events| !events.is_empty()) {
        let next = |events: &mut Vec<WebhookEvent>| (!events.is_empty()).then(|| events.remove(0));
        let turn: Vec<WebhookEvent> = all.iter_mut().filter_map(next).collect();
        for delivery in turn.chunks(100) {
            world.deliver(delivery).await;
        }
    }
}

/// What became of the conversation and the tickets of each place, but for our own times: its state,
/// and the rows with the tickets named as in the set.
fn endings(world: &World, places: usize) -> Vec<(String, String)> {
    let conversations = world.texts(&format!(
        "SELECT concat_ws(' ', c.state, c.facts - 'owner_event_received_at', c.holds) \
         FROM generate_series({}, {}) AS w (thread_id) \
         LEFT JOIN conversations c USING (thread_id) ORDER BY w.thread_id",
        thread(0),
        thread(places - 1)
    ));
    let tickets = world.texts(&format!(
        "SELECT concat_ws(' ', coalesce(t.facts - 'owner_event_received_at', '{{}}'), \
            coalesce(t.holds, '[]')) \
         FROM generate_series({}, {}) AS w (ticket_id) \
         LEFT JOIN tickets t USING (ticket_id) ORDER BY w.ticket_id",
        ticket(0, 0),
        ticket(places - 1, 2)
    ));
    let of_place = |place: usize| {
        let state = conversations[place].split(' ').next().unwrap_or_default();
        let mut rows = conversations[place].clone();
        for row in &tickets[3 * place..3 * place + 3] {
            rows = format!("{rows}\n{row}");
        }
        for of in 0..3 {
            rows = rows.replace(&ticket(place, of).to_string(), &format!("T{of}"));
        }
        (state.to_owned(), rows)
    };
    (0..places).map(of_place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_of_arrival_ends_in_the_rows_of_the_order_in_which_it_happened() {
    let world = World::start().await;
    world.know_owners();
    let mut rng = StdRng::seed_from_u64(seed());
    let began = moved(event(Change::Created(thread(0))), -3_600).occurred_at_ms;
    let sets: Vec<Vec<Happened>> = (0..SETS).map(|_| random_set(&mut rng)).collect();
    let mut all = Vec::new();
    let mut orders = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        for order in 0..=ORDERS {
            let told = events(set, began, number * (ORDERS + 1) + order);
            let told = match order {
                0 => told,
                _ => in_any_order(told, &mut rng),
            };
            orders.push(told.clone());
            all.push(told);
        }
    }

    tell(&world, all).await;

    let endings = endings(&world, orders.len());
    let mut silent = 0;
    for (number, set) in sets.iter().enumerate() {
        let first = number * (ORDERS + 1);
        let (state, rows) = &endings[first];
        silent += usize::from(state != "ai_active");
        for place in first + 1..=first + ORDERS {
            let seconds = |event: &WebhookEvent| (event.occurred_at_ms - began) / 1_000;
            let arrived: Vec<i64> = orders[place].iter().map(seconds).collect();
            let (found, found_rows) = &endings[place];
            assert_eq!(found, state, "{set:#?} in the order {arrived:?}");
            assert_eq!(found_rows, rows, "{set:#?} in the order {arrived:?}");
        }
    }
    println!("{silent} of {SETS} silent");
    assert!(silent > SETS / 3, "few are silent: {silent}");
    assert_eq!(world.count("kept_events"), 0);
    assert_eq!(broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_and_what_a_person_did_before_it_told_at_once_on_two_replicas_silence_it() {
    const PLACES: usize = 120;
    let one = World::start().await;
    let two = World::start_on(one.database_url.clone(), Setup::default()).await;
    two.until_ready().await;
    one.know_owners();
    let began = moved(event(Change::Created(thread(0))), -3_600).occurred_at_ms;
    let happened = [
        (What::Linked(0), "CRM_UI"),
        (What::Owned(0, "81538001"), "CRM_UI"),
        (What::Linked(1), "CRM_UI"),
    ];
    let mut turns: [Vec<WebhookEvent>; 3] = std::array::from_fn(|_| Vec::new());
    for place in 0..PLACES {
        for (turn, event) in turns.iter_mut().zip(events(&happened, began, place)) {
            turn.push(event);
        }
    }
    let [linked, taken, left] = turns;
    for delivery in linked.chunks(100) {
        one.deliver(delivery).await;
    }

    // Small deliveries, so that many are under way side by side.
    for (taken, left) in taken.chunks(6).zip(left.chunks(6)) {
        tokio::join!(one.deliver(taken), two.deliver(left));
    }

    let states = "SELECT DISTINCT concat_ws(' ', state, ticket_id % 3) FROM conversations";
    let next = (900_001 + 1) % 3;
    assert_eq!(one.texts(states), [format!("handoff_requested {next}")]);
    assert_eq!(broken(&mut one.sql()), Vec::<String>::new());
}
