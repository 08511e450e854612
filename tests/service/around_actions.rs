//! Sets of events around actions at a fixed time, while HubSpot's clock is up to two minutes off:
//! whatever the order of arrival, the rows of the run in order, and the AI never freer on the way.
//! Where the conversation moves between tickets, the AI is never freer at the end.

use crate::claims;
use crate::delivering::{AI, ANN, BEN, about, event, moved};
use crate::seeds::seed;
use crate::wire::now_ms;
use crate::world::{THREAD, TICKET, World, insist, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::action_request::{ActionRequest, Enrolled};
use baton::simulator::webhook_event::{Change, WebhookEvent};
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

/// By how many seconds HubSpot's clock is ahead of ours, and what is known of that. Unknown
/// counts as two minutes. Nothing is told from a future that Baton cannot know of: that is judged
/// by when it arrives.
const CLOCKS: [(i64, Option<i64>); 7] = [
    (0, Some(0)),
    (120, Some(120)),
    (-120, Some(-120)),
    (120, None),
    (0, None),
    (-120, None),
    (-120, Some(0)),
];
const SETS_OF_EACH_CLOCK: usize = 75;
/// Between the tickets of one conversation, so that those of no two are the same.
const NEXT_TICKET: i64 = 1_000_000;
/// Deliveries and actions under way at once.
const AT_ONCE: usize = 40;

/// One set: what was told before the actions, the actions, and what was told after them.
struct Set {
    before: Vec<WebhookEvent>,
    actions: Vec<(ActionKind, Vec<(&'static str, &'static str)>)>,
    /// The ticket that the actions name, with the conversation or alone.
    named: (TicketId, bool),
    after: Vec<WebhookEvent>,
    moves: bool,
}

impl Set {
    fn random(rng: &mut StdRng) -> Self {
        let before = (0..rng.random_range(1..=6)).map(|_| any_event(rng, -40..=-1));
        let before: Vec<WebhookEvent> = before.collect();
        let after = (0..rng.random_range(0..=3)).map(|_| any_event(rng, 1..=1));
        let after = after.collect();
        let placing = [
            (PauseAi, vec![]),
            (PauseAi, vec![("conversations", "originating")]),
            (RequestHandoff, vec![]),
            (RequestHandoff, vec![("on_timeout", "return_to_ai")]),
        ];
        let releasing = [
            (ResumeAi, vec![]),
            (ResumeAi, vec![("cancel_pending_handoff", "true")]),
            (SendToAi, vec![]),
        ];
        let mut actions = vec![placing.choose(rng).unwrap().clone()];
        if rng.random_ratio(1, 3) {
            actions.push(releasing.choose(rng).unwrap().clone());
        }
        Self {
            before,
            actions,
            named: (TICKET, true),
            after,
            moves: false,
        }
    }

    /// The same of a conversation that moves between tickets, with actions that name the one to which
    /// it belongs by then, or any of them alone.
    fn with_moves(rng: &mut StdRng) -> Self {
        let mut set = Self::random(rng);
        for _ in 0..rng.random_range(1..=2) {
            set.before.push(any_move(rng, -40..=-1));
        }
        if rng.random_ratio(1, 3) {
            set.after.push(any_move(rng, 1..=1));
        }
        for event in set.before.iter_mut().chain(&mut set.after) {
            if let Change::TicketOwner(of, _) | Change::ObjectOwner(of, _) = &mut event.change {
                *of = any_ticket(rng);
            }
        }
        let links = set.before.iter().filter_map(|event| {
            let Change::Linked(ticket, _) = event.change else {
                return None;
            };
            Some((event.occurred_at_ms, ticket))
        });
        let own = links.max().map_or(TICKET, |(_, ticket)| ticket);
        let sends = set.actions.iter().any(|(kind, _)| *kind == SendToAi);
        set.named = match rng.random_ratio(1, 3) && !sends {
            true => (any_ticket(rng), false),
            false => (own, true),
        };
        set.moves = true;
        set
    }

    /// Nothing but what is placed: a release depends on what is known when it is asked for. What is
    /// taken along from ticket to ticket are copies.
    fn ends_in_equal_rows(&self) -> bool {
        self.actions.len() == 1 && !self.moves
    }
}

/// An event that changes a record, so many half minutes from now.
fn any_event(rng: &mut StdRng, half_minutes: std::ops::RangeInclusive<i64>) -> WebhookEvent {
    let actors = [ANN, BEN, AI, "", "L-1"];
    let owners = ["81538001", "81538009", "81538100", ""];
    let mut pick = |of: &[&str]| of.choose(rng).copied().unwrap().to_owned();
    let (actor, owner, status) = (pick(&actors), pick(&owners), pick(&["OPEN", "CLOSED"]));
    let source = pick(&["CRM_UI", "AUTOMATION_PLATFORM", ""]);
    let change = match rng.random_range(0..8) {
        0..=3 => Change::Assignee(THREAD, actor),
        4 => Change::TicketOwner(TICKET, owner),
        5 => Change::ObjectOwner(TICKET, owner),
        _ => Change::Status(THREAD, status),
    };
    let seconds = rng.random_range(half_minutes) * 30;
    moved(event(change).by(&source, "enrollmentId:7"), seconds)
}

fn any_ticket(rng: &mut StdRng) -> TicketId {
    TicketId(TICKET.0 + rng.random_range(0..3) * NEXT_TICKET)
}

/// The conversation belongs to some ticket, so many half minutes from now.
fn any_move(rng: &mut StdRng, half_minutes: std::ops::RangeInclusive<i64>) -> WebhookEvent {
    let linked = event(Change::Linked(any_ticket(rng), THREAD));
    moved(linked, rng.random_range(half_minutes) * 30)
}

/// True if a person holds the conversation by these events: the newest word about either of its
/// two fields names one. Of several of one moment the most silent counts.
fn is_held_by_a_person(told: &[WebhookEvent]) -> bool {
    let names_person = |value: &str| [ANN, BEN, "81538001"].contains(&value);
    let of_thread = told.iter().filter_map(|event| {
        let Change::Assignee(_, actor) = &event.change else {
            return None;
        };
        Some((event.occurred_at_ms, names_person(actor)))
    });
    let of_ticket = told.iter().filter_map(|event| {
        let (Change::TicketOwner(_, owner) | Change::ObjectOwner(_, owner)) = &event.change else {
            return None;
        };
        Some((event.occurred_at_ms, names_person(owner)))
    });
    let newest = [of_thread.max(), of_ticket.max()];
    newest.into_iter().flatten().any(|(_, person)| person)
}

/// A third of them twice, all in any order.
fn in_any_order(events: &[WebhookEvent], rng: &mut StdRng) -> Vec<WebhookEvent> {
    let again = events.iter().filter(|_| rng.random_ratio(1, 3));
    let again = again.map(|event| WebhookEvent {
        attempt: 2,
        ..event.clone()
    });
    let mut all: Vec<WebhookEvent> = again.collect();
    all.extend(events.iter().cloned());
    all.shuffle(rng);
    all
}

/// The same at HubSpot's clock.
fn at_hubspot(events: &[WebhookEvent], ahead: i64) -> Vec<WebhookEvent> {
    let events = events.iter().cloned();
    events.map(|event| moved(event, ahead)).collect()
}

fn thread(place: usize) -> ThreadId {
    ThreadId(THREAD.0 + i64::try_from(place).unwrap())
}

fn ticket(of: TicketId, place: usize) -> TicketId {
    TicketId(of.0 + i64::try_from(place).unwrap())
}

/// One conversation's part of a run: where, and what it is told, in this order.
struct Told {
    place: usize,
    events: Vec<WebhookEvent>,
    received: Vec<WebhookEvent>,
    moves: bool,
}

impl World {
    /// Tells each conversation its next event, until none has any left; after each turn, looks.
    async fn tell(&self, all: &mut [Told]) {
        for turn in 0.. {
            let mut delivery = Vec::new();
            for told in all.iter_mut() {
                if let Some(event) = told.events.get(turn).cloned() {
                    let place = i64::try_from(told.place).unwrap();
                    delivery.extend(about(std::slice::from_ref(&event), place));
                    told.received.push(event);
                }
            }
            if delivery.is_empty() {
                return;
            }
            for part in delivery.chunks(100) {
                self.deliver(part).await;
            }
            self.look(all);
        }
    }

    /// Nobody whom a person holds, by what was received so far, may be answered by the AI.
    fn look(&self, all: &[Told]) {
        let states = self.texts(
            "SELECT concat_ws(' ', thread_id, state) FROM conversations WHERE state = 'ai_active'",
        );
        for told in all.iter().filter(|told| !told.moves) {
            let is_free = states.contains(&format!("{} ai_active", thread(told.place)));
            let is_held = is_held_by_a_person(&told.received);
            assert!(!(is_free && is_held), "{:#?}", told.received);
        }
    }

    /// The actions of each set on each of its two conversations, one after the other.
    async fn act_on_all(&self, sets: &[Set], first_place: usize) {
        let hubspot = self.hubspot();
        let act = async |requests: Vec<ActionRequest>| {
            for request in requests {
                let answer = insist(&hubspot, &request).await;
                assert_eq!(answer.status, 200);
                let outputs = answer.outputs.unwrap();
                assert_ne!(outputs["reason_code"], "INPUT_INVALID", "{outputs:?}");
            }
        };
        let both = sets.iter().enumerate().flat_map(|(number, set)| {
            let place = first_place + 2 * number;
            [place, place + 1].map(|place| {
                let (of, with_thread) = set.named;
                let named = with_thread.then(|| thread(place));
                let enrolled = Enrolled::Ticket(ticket(of, place), named);
                let of_set = set.actions.iter();
                let requests = of_set.map(|(kind, inputs)| request(*kind, enrolled, inputs));
                requests.collect::<Vec<_>>()
            })
        });
        let all: Vec<_> = both.collect();
        for some in all.chunks(AT_ONCE) {
            join_all(some.iter().cloned().map(&act)).await;
        }
    }

    /// What became of the conversations and their tickets from this place on, but for ids and our
    /// own times: the state of each, and its rows.
    fn endings(&self, first_place: usize) -> Vec<(String, String)> {
        let facts = |of: &str| format!("{of}.facts - '{{owner_event_received_at,link}}'::text[]");
        let holds = |of: &str| {
            format!(
                "(SELECT jsonb_agg(hold - '{{id,decided_at,placed_at,claim_deadline}}'::text[] \
                 ORDER BY hold ->> 'kind') FROM jsonb_array_elements({of}.holds) AS each (hold))"
            )
        };
        let sql = format!(
            "SELECT concat_ws(' | ', c.state, {}, {}, {}, {}) FROM conversations c \
             JOIN tickets t USING (portal_id, ticket_id) WHERE thread_id >= {} ORDER BY thread_id",
            facts("c"),
            holds("c"),
            facts("t"),
            holds("t"),
            thread(first_place)
        );
        let rows = self.texts(&sql).into_iter();
        let with_state = rows.map(|rows| {
            let (state, _) = rows.split_once(" | ").unwrap();
            (state.to_owned(), rows)
        });
        with_state.collect()
    }
}

/// Plays a set in order at an even place and in any order at the next one, and compares.
async fn play(world: &World, sets: &[Set], first_place: usize, ahead: i64, rng: &mut StdRng) {
    let (mut in_order, mut shuffled, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for (number, set) in sets.iter().enumerate() {
        let place = first_place + 2 * number;
        let linked = event(Change::Linked(TICKET, THREAD));
        let linked = moved(linked, ahead - 3_600);
        let mut events = at_hubspot(&set.before, ahead);
        let mut any_order = in_any_order(&events, rng);
        let early = rng.random_range(0..=any_order.len());
        late.push(any_order.split_off(early));
        events.sort_by_key(|event| event.occurred_at_ms);
        for (place, mut events, run) in [
            (place, events, &mut in_order),
            (place + 1, any_order, &mut shuffled),
        ] {
            events.insert(0, linked.clone());
            run.push(Told {
                place,
                events,
                received: Vec::new(),
                moves: set.moves,
            });
        }
    }
    world.tell(&mut in_order).await;
    world.tell(&mut shuffled).await;

    world.act_on_all(sets, first_place).await;

    let acted_at = now_ms();
    for ((set, late), (one, other)) in sets
        .iter()
        .zip(late)
        .zip(in_order.iter_mut().zip(&mut shuffled))
    {
        let mut after = at_hubspot(&set.after, ahead);
        for event in &mut after {
            // A moment after the last action, and not so far ahead that it could not be true.
            let since = rng.random_range(1..=40) * 1_000;
            event.occurred_at_ms = acted_at + ahead * 1_000 + since;
        }
        let mut arriving = late;
        arriving.extend(after.clone());
        other.events = in_any_order(&arriving, rng);
        after.sort_by_key(|event| event.occurred_at_ms);
        one.events = after;
    }
    world.tell(&mut in_order).await;
    world.tell(&mut shuffled).await;

    let endings = world.endings(first_place);
    assert_eq!(endings.len(), 2 * sets.len());
    for ((set, pair), number) in sets.iter().zip(endings.chunks(2)).zip(0..) {
        let (wanted, wanted_rows) = &pair[0];
        let (found, found_rows) = &pair[1];
        let (in_order, told): (&Told, &Told) = (&in_order[number], &shuffled[number]);
        let (in_order, told) = (&in_order.received, &told.received);
        let is_freer = wanted != "ai_active" && found == "ai_active";
        assert!(
            !is_freer,
            "{wanted}, not free: {:#?} {told:#?}",
            set.actions
        );
        if set.ends_in_equal_rows() {
            assert_eq!(
                found_rows, wanted_rows,
                "{:#?} {told:#?} in order {in_order:#?}",
                set.actions
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_in_any_order_around_fixed_actions_never_leave_the_ai_freer() {
    play_at_all_clocks(Set::random).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_in_any_order_around_fixed_actions_never_leave_the_ai_freer() {
    play_at_all_clocks(Set::with_moves).await;
}

async fn play_at_all_clocks(set: impl Fn(&mut StdRng) -> Set) {
    let world = World::start().await;
    world.know_owners();
    let mut rng = StdRng::seed_from_u64(seed());

    for (number, (ahead, known)) in CLOCKS.into_iter().enumerate() {
        world.execute("DELETE FROM hubspot_clock");
        if let Some(known) = known {
            let ahead_ms = known * 1_000;
            let seen = format!("INSERT INTO hubspot_clock VALUES (true, {ahead_ms}, now())");
            world.execute(&seen);
        }
        let sets: Vec<Set> = (0..SETS_OF_EACH_CLOCK).map(|_| set(&mut rng)).collect();
        let first_place = number * SETS_OF_EACH_CLOCK * 2;
        play(&world, &sets, first_place, ahead, &mut rng).await;
    }

    assert_eq!(world.count("kept_events"), 0);
    assert_eq!(claims::broken(&mut world.sql()), Vec::<String>::new());
}
