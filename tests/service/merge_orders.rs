//! Tickets that are merged, with their conversations: whatever the order in which HubSpot tells of
//! the merge and of what happened to either ticket before, the rows are those of the order in which
//! it happened. HubSpot tells nothing of a ticket that is gone, so nothing happens to it afterwards.
//!
//! Not compared is the ticket that is gone: nobody is judged by it any more.

use crate::claims::broken;
use crate::delivering::{AI, ANN, event, moved};
use crate::moving_orders::in_any_order;
use crate::seeds::seed;
use crate::world::{World, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::PauseAi;
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use std::time::{Duration, Instant};

const SETS: usize = 24;
/// Other orders of arrival for each set.
const ORDERS: usize = 3;
const MOST_EVENTS: usize = 9;
/// A merge is carried out within seconds.
const WITHIN: Duration = Duration::from_secs(120);

/// Of each place: the ticket that is gone, the one that it was merged into, the one that this was
/// merged into in turn, and one beside them.
const TICKETS: usize = 4;
/// A conversation that begins in each of the first two.
const THREADS: usize = 2;

#[derive(Clone, Copy, Debug)]
enum What {
    /// A conversation comes to a ticket.
    Linked(usize, usize),
    Owned(usize, &'static str),
    Assigned(usize, &'static str),
    Status(usize, &'static str),
    /// The second was merged into the first.
    Merged(usize, usize),
}

type Happened = (What, &'static str);

fn thread(place: usize, of: usize) -> ThreadId {
    ThreadId(20_001 + i64::try_from(THREADS * place + of).unwrap())
}

fn ticket(place: usize, of: usize) -> TicketId {
    TicketId(900_001 + i64::try_from(TICKETS * place + of).unwrap())
}

/// What happened, each at a second of its own, in that order.
fn random_set(rng: &mut StdRng) -> Vec<Happened> {
    let actors = [ANN, AI, "", "L-1"];
    let owners = ["81538001", "81538001", "81538009", ""];
    let count = rng.random_range(3..=MOST_EVENTS);
    let merged_after = rng.random_range(1..=count);
    let merged_again_after = rng.random_range(merged_after..=count + 3);
    let sources = ["CRM_UI", "AUTOMATION_PLATFORM"];
    let mut set = vec![
        (What::Linked(0, 0), "CRM_UI"),
        (What::Linked(1, 1), "CRM_UI"),
    ];
    let mut live: Vec<usize> = (0..TICKETS).collect();
    for number in 0..=count {
        if number == merged_after {
            set.push((What::Merged(1, 0), "CRM_UI"));
            live.retain(|of| *of != 0);
        }
        if number == merged_again_after {
            set.push((What::Merged(2, 1), "CRM_UI"));
            live.retain(|of| *of != 1);
        }
        let (ticket, thread) = (*live.choose(rng).unwrap(), rng.random_range(0..THREADS));
        let what = match rng.random_range(0..10) {
            0..=5 => What::Owned(ticket, owners.choose(rng).unwrap()),
            6 => What::Linked(thread, ticket),
            7 | 8 => What::Assigned(thread, actors.choose(rng).unwrap()),
            _ => What::Status(thread, ["OPEN", "CLOSED"].choose(rng).unwrap()),
        };
        set.push((what, *sources.choose(rng).unwrap()));
    }
    set
}

/// The events of a set at this place.
fn events(set: &[Happened], began: i64, place: usize) -> Vec<WebhookEvent> {
    let event_of = |(second, (what, source)): (i64, &Happened)| {
        let change = match *what {
            What::Linked(of, to) => Change::Linked(ticket(place, to), thread(place, of)),
            What::Owned(of, owner) => Change::TicketOwner(ticket(place, of), owner.to_owned()),
            What::Assigned(of, actor) => Change::Assignee(thread(place, of), actor.to_owned()),
            What::Status(of, status) => Change::Status(thread(place, of), status.to_owned()),
            What::Merged(into, gone) => Change::Merged(ticket(place, into), ticket(place, gone)),
        };
        let mut event = event(change).by(source, "enrollmentId:7");
        event.occurred_at_ms = began + second * 1_000;
        event
    };
    (0_i64..).zip(set).map(event_of).collect()
}

async fn until_merged(world: &World) {
    let began = Instant::now();
    while world.count("ticket_merges") > 0 {
        assert!(began.elapsed() < WITHIN, "merges are not carried out");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Each place is told its next event, until none has any left; then every merge is carried out.
async fn tell(world: &World, mut all: Vec<Vec<WebhookEvent>>) {
    while all.iter().any(|events| !events.is_empty()) {
        let next = |events: &mut Vec<WebhookEvent>| (!events.is_empty()).then(|| events.remove(0));
        let turn: Vec<WebhookEvent> = all.iter_mut().filter_map(next).collect();
        for delivery in turn.chunks(100) {
            world.deliver(delivery).await;
        }
    }
    until_merged(world).await;
}

/// The same, with each merge carried out before anything is told that happened after it.
async fn tell_in_order(world: &World, mut all: Vec<Vec<WebhookEvent>>) {
    while all.iter().any(|events| !events.is_empty()) {
        let up_to_a_merge = |events: &mut Vec<WebhookEvent>| {
            let is_merge = |event: &WebhookEvent| matches!(event.change, Change::Merged(..));
            let place = events.iter().position(is_merge);
            let rest = events.split_off(place.map_or(events.len(), |place| place + 1));
            std::mem::replace(events, rest)
        };
        tell(world, all.iter_mut().map(up_to_a_merge).collect()).await;
    }
}

/// What became of each place, but for our own times and the tickets that are gone: its states, and
/// the rows with tickets and conversations named as in the set.
fn endings(world: &World, set_of: &[&Vec<Happened>]) -> Vec<(Vec<String>, String)> {
    let places = set_of.len();
    let conversations = world.texts(&format!(
        "SELECT concat_ws(' ', c.state, c.facts - 'owner_event_received_at', c.holds) \
         FROM generate_series({}, {}) AS w (thread_id) \
         LEFT JOIN conversations c USING (thread_id) ORDER BY w.thread_id",
        thread(0, 0),
        thread(places - 1, THREADS - 1)
    ));
    let tickets = world.texts(&format!(
        "SELECT concat_ws(' ', coalesce(t.facts - 'owner_event_received_at', '{{}}'), \
            coalesce(t.holds, '[]')) \
         FROM generate_series({}, {}) AS w (ticket_id) \
         LEFT JOIN tickets t USING (ticket_id) ORDER BY w.ticket_id",
        ticket(0, 0),
        ticket(places - 1, TICKETS - 1)
    ));
    let of_place = |(place, set): (usize, &&Vec<Happened>)| {
        let own = &conversations[THREADS * place..THREADS * (place + 1)];
        let states = own
            .iter()
            .map(|row| row.split(' ').next().unwrap().to_owned());
        let is_gone = |of: usize| {
            let mut merges = set.iter();
            merges.any(|(what, _)| matches!(what, What::Merged(_, gone) if *gone == of))
        };
        let stay = (0..TICKETS).filter(|of| !is_gone(*of));
        let rows: Vec<String> = own
            .iter()
            .cloned()
            .chain(stay.map(|of| tickets[TICKETS * place + of].clone()))
            .collect();
        let mut rows = rows.join("\n");
        for of in 0..TICKETS {
            rows = rows.replace(&ticket(place, of).to_string(), &format!("T{of}"));
        }
        (states.collect(), rows)
    };
    set_of.iter().enumerate().map(of_place).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_told_in_any_order_end_in_the_rows_of_the_order_in_which_they_happened() {
    let world = World::start().await;
    world.know_owners();
    let mut rng = StdRng::seed_from_u64(seed());
    let began = moved(event(Change::Created(thread(0, 0))), -3_600).occurred_at_ms;
    let sets: Vec<Vec<Happened>> = (0..SETS).map(|_| random_set(&mut rng)).collect();
    let (mut in_order, mut shuffled, mut orders) = (Vec::new(), Vec::new(), Vec::new());
    let mut set_of = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        for order in 0..=ORDERS {
            let told = events(set, began, number * (ORDERS + 1) + order);
            set_of.push(set);
            match order {
                0 => {
                    orders.push(told.clone());
                    in_order.push(told);
                }
                _ => {
                    let told = in_any_order(told, &mut rng);
                    orders.push(told.clone());
                    shuffled.push(told);
                }
            }
        }
    }

    tell_in_order(&world, in_order).await;
    tell(&world, shuffled).await;

    let endings = endings(&world, &set_of);
    let mut silent = 0;
    for (number, set) in sets.iter().enumerate() {
        let first = number * (ORDERS + 1);
        let (states, rows) = &endings[first];
        silent += usize::from(states.iter().all(|state| state != "ai_active"));
        for place in first + 1..=first + ORDERS {
            let seconds = |event: &WebhookEvent| (event.occurred_at_ms - began) / 1_000;
            let arrived: Vec<i64> = orders[place].iter().map(seconds).collect();
            let (found, found_rows) = &endings[place];
            assert_eq!(found, states, "{set:#?} in the order {arrived:?}");
            assert_eq!(found_rows, rows, "{set:#?} in the order {arrived:?}");
        }
    }
    println!("{silent} of {SETS} silent");
    assert!(silent > SETS / 4, "few are silent: {silent}");
    assert_eq!(world.count("kept_events"), 0);
    assert_eq!(broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_had_the_merged_ticket_silences_all_conversations_of_the_one_that_stayed() {
    let world = World::start().await;
    world.know_owners();
    let began = moved(event(Change::Created(thread(0, 0))), -3_600).occurred_at_ms;
    let happened = [
        (What::Linked(0, 0), "CRM_UI"),
        (What::Linked(1, 1), "CRM_UI"),
        (What::Owned(0, "81538001"), "CRM_UI"),
        (What::Merged(1, 0), "CRM_UI"),
    ];
    // The person's taking it is told last.
    let told = events(&happened, began, 0);
    world.deliver(&[&told[..2], &told[3..]].concat()).await;
    until_merged(&world).await;
    let states = "SELECT state FROM conversations ORDER BY thread_id";
    assert_eq!(world.texts(states), ["ai_active", "ai_active"]);

    world.deliver(&told[2..3]).await;

    assert_eq!(
        world.texts(states),
        ["handoff_requested", "handoff_requested"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_of_the_merged_ticket_that_is_told_late_is_judged_by_the_one_that_stayed() {
    let world = World::start().await;
    world.know_owners();
    let began = moved(event(Change::Created(thread(0, 0))), -3_600).occurred_at_ms;
    let happened = [
        (What::Linked(0, 0), "CRM_UI"),
        (What::Owned(1, "81538001"), "CRM_UI"),
        (What::Merged(1, 0), "CRM_UI"),
    ];
    let told = events(&happened, began, 0);
    world.deliver(&told[1..]).await;
    until_merged(&world).await;
    let paused = Enrolled::Ticket(ticket(0, 1), None);
    world.call(&request(PauseAi, paused, &[])).await;

    world.deliver(&told[..1]).await;

    let stands = "SELECT concat_ws(' ', ticket_id, state) FROM conversations";
    let expected = format!("{} human_active", ticket(0, 1));
    assert_eq!(world.texts(stands), [expected]);
}
