//! Sets of events of every kind that changes a record, messages among them, in any order, with
//! repeats and in deliveries of any size, while HubSpot's clock is up to two minutes off: the rows
//! of the order in which it happened, and around actions at a fixed time the AI never freer.
//!
//! Messages are announced over HTTP and read through HubSpot's API afterwards, so an order may show
//! them before their announcements. Owners are not read meanwhile: a reading is no timestamped event.
//!
//! Not compared are our own times (when an owner was told, up to when messages were read, ids and
//! placing times of holds), and of a ticket when anybody replied in any of its conversations: it
//! is theirs to say, and a conversation that moves takes it along.

use crate::alone::Alone;
use crate::claims;
use crate::delivering::{AI, ANN, BEN, event};
use crate::desk::{app, inbox, message, rfc3339};
use crate::seeds::seed;
use crate::wire::now_ms;
use crate::world::{Setup, World, new_database, request};
use baton::domain::ids::{PortalId, ThreadId, TicketId};
use baton::service::read_messages;
use baton::simulator::action_kind::ActionKind;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use baton::store::unread_messages::Which;
use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use serde_json::Value;

/// By how many seconds HubSpot's clock is ahead of ours, and what is known of that.
const CLOCKS: [(i64, Option<i64>); 4] = [
    (0, Some(0)),
    (120, Some(120)),
    (-120, Some(-120)),
    (-120, None),
];
const SETS_OF_EACH_CLOCK: usize = 24;
/// Other orders of arrival for each set.
const ORDERS: usize = 2;
/// Deliveries, readings and actions under way at once.
const AT_ONCE: usize = 40;
const OUR_APP: i64 = 2_438_001;
/// Of tickets and conversations alike.
const OUR_TIMES: &str = "owner_event_received_at,owner_checked_at,messages_read_at";
/// An action that names a conversation whose ticket nobody told of links it, at its own time.
const LINKS: &str = "link,past_links";

/// What happened, so many seconds from now.
#[derive(Clone, Debug)]
struct Happened {
    seconds: i64,
    what: What,
    source: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Created,
    Deleted,
    Restored,
    Linked(usize),
    Assigned(&'static str),
    Owned(usize, &'static str),
    ObjectOwned(usize, &'static str),
    Status(&'static str),
    Wrote(Author),
}

#[derive(Clone, Copy, Debug)]
enum Author {
    Customer,
    Ann,
    Ai,
    OtherAi,
    System,
}

type Action = (ActionKind, Vec<(&'static str, &'static str)>);

/// One set: what happened before the actions, the actions, and what happened after them.
struct Set {
    before: Vec<Happened>,
    actions: Vec<Action>,
    after: Vec<Happened>,
}

impl Set {
    /// In one of two tickets, one after the other; or in the first alone.
    fn random(rng: &mut StdRng, tickets: usize) -> Self {
        let count = rng.random_range(3..=9);
        // No window of a reply ends while the test runs.
        let ago = |rng: &mut StdRng| -rng.random_range(1..=14) * 300 - 150;
        let mut before: Vec<Happened> = (0..count)
            .map(|_| Happened::random(ago(rng), tickets, rng))
            .collect();
        before.push(Happened::at(-7_200, What::Linked(0)));
        Self {
            before,
            actions: Vec::new(),
            after: Vec::new(),
        }
    }

    /// The same around one action that places, and perhaps one that releases.
    fn around_actions(rng: &mut StdRng) -> Self {
        let placing: [Action; 3] = [
            (PauseAi, vec![]),
            (RequestHandoff, vec![]),
            (RequestHandoff, vec![("on_timeout", "return_to_ai")]),
        ];
        let releasing: [Action; 3] = [
            (ResumeAi, vec![]),
            (ResumeAi, vec![("cancel_pending_handoff", "true")]),
            (SendToAi, vec![]),
        ];
        let mut actions = vec![placing.choose(rng).unwrap().clone()];
        if rng.random_ratio(1, 2) {
            actions.push(releasing.choose(rng).unwrap().clone());
        }
        let after = (0..rng.random_range(0..=3)).map(|_| {
            let seconds = rng.random_range(1..=40);
            Happened::random(seconds, 1, rng)
        });
        Self {
            actions,
            after: after.collect(),
            ..Self::random(rng, 1)
        }
    }
}

impl Happened {
    fn at(seconds: i64, what: What) -> Self {
        Self {
            seconds,
            what,
            source: "CRM_UI",
        }
    }

    fn random(seconds: i64, tickets: usize, rng: &mut StdRng) -> Self {
        let ticket = rng.random_range(0..tickets);
        let actors = [ANN, BEN, AI, "", "L-1"];
        let owners = ["81538001", "81538009", "81538100", ""];
        let authors = [
            Author::Customer,
            Author::Customer,
            Author::Ann,
            Author::Ai,
            Author::OtherAi,
            Author::System,
        ];
        let what = match rng.random_range(0..14) {
            0 => What::Created,
            1 => What::Deleted,
            2 => What::Restored,
            3 => What::Linked(ticket),
            4 | 5 => What::Assigned(actors.choose(rng).unwrap()),
            6 => What::Owned(ticket, owners.choose(rng).unwrap()),
            7 => What::ObjectOwned(ticket, owners.choose(rng).unwrap()),
            8 => What::Status(["OPEN", "CLOSED"].choose(rng).unwrap()),
            _ => What::Wrote(*authors.choose(rng).unwrap()),
        };
        let sources = ["CRM_UI", "AUTOMATION_PLATFORM"];
        let source = sources.choose(rng).unwrap();
        Self {
            seconds,
            what,
            source,
        }
    }
}

/// What one conversation is told, in this order, with what HubSpot shows once that happened.
#[derive(Clone)]
struct Told {
    event: WebhookEvent,
    item: Option<Value>,
}

fn thread(place: usize) -> ThreadId {
    ThreadId(20_001 + i64::try_from(place).unwrap())
}

fn ticket(place: usize, of: usize) -> TicketId {
    TicketId(900_001 + i64::try_from(2 * place + of).unwrap())
}

/// The set at a place, as of a moment of ours, on HubSpot's clock.
fn told(happened: &[Happened], place: usize, as_of_ms: i64) -> Vec<Told> {
    let thread = thread(place);
    let of_one = |(number, it): (usize, &Happened)| {
        let at_ms = as_of_ms + it.seconds * 1_000;
        let id = format!("m-{place}-{at_ms}-{number}");
        let mut item = None;
        let change = match it.what {
            What::Created => Change::Created(thread),
            What::Deleted => Change::Deleted(thread),
            What::Restored => Change::Restored(thread),
            What::Linked(of) => Change::Linked(ticket(place, of), thread),
            What::Assigned(actor) => Change::Assignee(thread, actor.to_owned()),
            What::Owned(of, owner) => Change::TicketOwner(ticket(place, of), owner.to_owned()),
            What::ObjectOwned(of, owner) => {
                Change::ObjectOwner(ticket(place, of), owner.to_owned())
            }
            What::Status(status) => Change::Status(thread, status.to_owned()),
            What::Wrote(author) => {
                item = Some(written(&id, author, at_ms));
                Change::Message(thread, id, "MESSAGE".to_owned())
            }
        };
        let mut event = event(change).by(it.source, "enrollmentId:7");
        event.occurred_at_ms = at_ms;
        Told { event, item }
    };
    happened.iter().enumerate().map(of_one).collect()
}

fn written(id: &str, author: Author, at_ms: i64) -> Value {
    let mut item = match author {
        Author::Customer => message(id, "INCOMING", "V-901", inbox()),
        Author::Ann => message(id, "OUTGOING", ANN, inbox()),
        Author::Ai => message(id, "OUTGOING", AI, app(OUR_APP)),
        Author::OtherAi => message(id, "OUTGOING", "L-12", inbox()),
        Author::System => message(id, "OUTGOING", "S-1", inbox()),
    };
    item["createdAt"] = rfc3339(at_ms).into();
    item
}

/// A third of them twice, all in any order.
fn in_any_order(told: &[Told], rng: &mut StdRng) -> Vec<Told> {
    let mut all = told.to_vec();
    for it in told {
        if rng.random_ratio(1, 3) {
            let mut again = it.clone();
            again.event.attempt = 2;
            all.push(again);
        }
    }
    all.shuffle(rng);
    all
}

/// A service that is told, and beside it one that reads for it what HubSpot shows.
struct Pair {
    world: World,
    reader: Alone,
}

impl Pair {
    async fn start(known: Option<i64>) -> Self {
        let database_url = new_database();
        let reader = Alone::on(database_url.clone()).await;
        // The service itself reaches nobody.
        let world = World::start_on(database_url, Setup::default()).await;
        world.until_ready().await;
        world.know_owners();
        world.execute("DELETE FROM hubspot_clock");
        if let Some(known) = known {
            let ahead_ms = known * 1_000;
            let seen = format!("INSERT INTO hubspot_clock VALUES (true, {ahead_ms}, now())");
            world.execute(&seen);
        }
        Self { world, reader }
    }

    /// HubSpot shows these from now on.
    fn show<'a>(&self, told: impl Iterator<Item = &'a Told>) {
        for it in told {
            if let (Some(item), Change::Message(thread, ..)) = (&it.item, &it.event.change) {
                let item = item.clone();
                self.reader.desk.thread(*thread, |thread| {
                    if !thread
                        .messages
                        .iter()
                        .any(|known| known["id"] == item["id"])
                    {
                        thread.messages.push(item);
                    }
                });
            }
        }
    }

    /// Everything announced is read.
    async fn read_all(&self) {
        let follower = &self.reader.follower;
        while self.world.count("unread_messages") > 0 {
            // The service may have claimed some, in vain.
            self.world
                .execute("UPDATE unread_messages SET next_attempt_at = now()");
            for which in [Which::Announced, Which::Untold] {
                let none: Vec<PortalId> = Vec::new();
                let claimed = read_messages::claim(follower, which, 1_000, none).await;
                for some in claimed.unwrap().chunks(AT_ONCE) {
                    let reading = some.iter().cloned();
                    let reading =
                        reading.map(|unread| read_messages::read_thread(follower, unread));
                    join_all(reading).await;
                }
            }
        }
    }

    /// Each conversation is told its next events, until none has any left.
    async fn tell(&self, mut all: Vec<Vec<Told>>, rng: Option<&mut StdRng>) {
        let mut rng = rng;
        while all.iter().any(|told| !told.is_empty()) {
            let mut turn = Vec::new();
            for told in &mut all {
                let most = rng.as_mut().map_or(1, |rng| rng.random_range(0..=3));
                let next: Vec<Told> = told.drain(..most.min(told.len())).collect();
                turn.extend(next);
            }
            self.show(turn.iter());
            if let Some(rng) = &mut rng {
                turn.shuffle(*rng);
            }
            let events: Vec<WebhookEvent> = turn.into_iter().map(|told| told.event).collect();
            let mut rest = events.as_slice();
            while !rest.is_empty() {
                let most = rng.as_mut().map_or(100, |rng| rng.random_range(1..=100));
                let (delivery, later) = rest.split_at(most.min(rest.len()));
                self.world.deliver(delivery).await;
                rest = later;
            }
            // Whoever tells in order waits until it is read.
            if rng.as_mut().is_none_or(|rng| rng.random_ratio(1, 2)) {
                self.read_all().await;
            }
        }
        self.read_all().await;
    }

    /// The actions of each set on each of its conversations, one after the other.
    async fn act_on_all(&self, sets: &[Set]) {
        let hubspot = self.world.hubspot();
        let hubspot = &hubspot;
        let act = async |(set, place): (&Set, usize)| {
            for (kind, inputs) in &set.actions {
                let enrolled = Enrolled::Ticket(ticket(place, 0), Some(thread(place)));
                let answer = hubspot.call(&request(*kind, enrolled, inputs)).await;
                assert_eq!(answer.unwrap().status, 200);
            }
        };
        let places =
            (0..sets.len() * (ORDERS + 1)).map(|place| (&sets[place / (ORDERS + 1)], place));
        let places: Vec<_> = places.collect();
        for some in places.chunks(AT_ONCE) {
            join_all(some.iter().copied().map(&act)).await;
        }
    }

    /// What became of each place: the state, and the rows with the tickets named as in the set.
    /// Some facts are left out.
    fn endings(&self, places: usize, but: &str) -> Vec<(String, String)> {
        let holds = |of: &str| {
            format!(
                "(SELECT jsonb_agg(hold - '{{id,decided_at,placed_at,claim_deadline}}'::text[] \
                 ORDER BY hold ->> 'kind') FROM jsonb_array_elements({of}.holds) AS each (hold))"
            )
        };
        let (of_threads, of_tickets) = (holds("c"), holds("t"));
        let conversations = self.world.texts(&format!(
            "SELECT concat_ws(' ', c.state, c.facts - '{{{but}}}'::text[], {of_threads}) \
             FROM generate_series({}, {}) AS w (thread_id) \
             LEFT JOIN conversations c USING (thread_id) ORDER BY w.thread_id",
            thread(0),
            thread(places - 1)
        ));
        let tickets = self.world.texts(&format!(
            "SELECT concat_ws(' ', coalesce(t.facts - 'last_person_reply_at' \
                - '{{{but}}}'::text[], '{{}}'), {of_tickets}) \
             FROM generate_series({}, {}) AS w (ticket_id) \
             LEFT JOIN tickets t USING (ticket_id) ORDER BY w.ticket_id",
            ticket(0, 0),
            ticket(places - 1, 1)
        ));
        let of_place = |place: usize| {
            let state = conversations[place].split(' ').next().unwrap_or_default();
            let mut rows = [
                &conversations[place..=place],
                &tickets[2 * place..2 * place + 2],
            ]
            .concat()
            .join("\n");
            for of in 0..2 {
                rows = rows.replace(&ticket(place, of).to_string(), &format!("T{of}"));
            }
            let rows = rows.replace(&format!("m-{place}-"), "m-");
            (state.to_owned(), rows)
        };
        (0..places).map(of_place).collect()
    }
}

/// What is told in order at the first place of each set, and in any order at the others: first
/// `before`; where actions follow, the rest of it comes with what happened `after` them.
async fn play(pair: &Pair, sets: &[Set], ahead: i64, rng: &mut StdRng) {
    let begun_at = now_ms() + ahead * 1_000;
    let (mut in_order, mut any_order, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for (number, set) in sets.iter().enumerate() {
        let mut happened = set.before.clone();
        happened.sort_by_key(|it| it.seconds);
        let place = number * (ORDERS + 1);
        in_order.push(told(&happened, place, begun_at));
        for place in place + 1..=place + ORDERS {
            let all = told(&happened, place, begun_at);
            pair.show(all.iter());
            let mut all = in_any_order(&all, rng);
            let early = match set.actions.is_empty() {
                true => all.len(),
                false => rng.random_range(0..=all.len()),
            };
            late.push(all.split_off(early));
            any_order.push(all);
        }
    }
    pair.tell(in_order, None).await;
    pair.tell(any_order, Some(rng)).await;
    pair.act_on_all(sets).await;

    let acted_at = now_ms() + ahead * 1_000;
    let (mut in_order, mut any_order) = (Vec::new(), Vec::new());
    for (number, set) in sets.iter().enumerate() {
        let mut happened = set.after.clone();
        happened.sort_by_key(|it| it.seconds);
        let place = number * (ORDERS + 1);
        in_order.push(told(&happened, place, acted_at));
        for place in place + 1..=place + ORDERS {
            let after = told(&happened, place, acted_at);
            pair.show(after.iter());
            let mut all = late[number * ORDERS + place % (ORDERS + 1) - 1].clone();
            all.extend(after);
            any_order.push(in_any_order(&all, rng));
        }
    }
    pair.tell(in_order, None).await;
    pair.tell(any_order, Some(rng)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_with_messages_moves_and_archivings_end_alike_in_every_order() {
    let mut rng = StdRng::seed_from_u64(seed());
    let mut silent = 0;
    for (ahead, known) in CLOCKS {
        let pair = Pair::start(known).await;
        let sets = (0..SETS_OF_EACH_CLOCK).map(|_| Set::random(&mut rng, 2));
        let sets: Vec<Set> = sets.collect();
        play(&pair, &sets, ahead, &mut rng).await;

        let endings = pair.endings(sets.len() * (ORDERS + 1), OUR_TIMES);
        for (set, endings) in sets.iter().zip(endings.chunks(ORDERS + 1)) {
            for other in &endings[1..] {
                assert_eq!(other, &endings[0], "{ahead} s ahead: {:#?}", set.before);
            }
            silent += usize::from(endings[0].0 != "ai_active");
        }
        assert_eq!(pair.world.count("kept_events"), 0);
        assert_eq!(claims::broken(&mut pair.world.sql()), Vec::<String>::new());
    }
    println!("{silent} silent");
    assert!(silent > CLOCKS.len() * SETS_OF_EACH_CLOCK / 4, "{silent}");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_in_any_order_around_fixed_actions_never_leave_the_ai_freer() {
    let mut rng = StdRng::seed_from_u64(seed());
    for (ahead, known) in CLOCKS {
        let pair = Pair::start(known).await;
        let sets = (0..SETS_OF_EACH_CLOCK).map(|_| Set::around_actions(&mut rng));
        let sets: Vec<Set> = sets.collect();
        play(&pair, &sets, ahead, &mut rng).await;

        let but = format!("{OUR_TIMES},{LINKS}");
        let endings = pair.endings(sets.len() * (ORDERS + 1), &but);
        for (set, endings) in sets.iter().zip(endings.chunks(ORDERS + 1)) {
            let told = format!(
                "{ahead} s ahead: {:#?} {:#?} {:#?}",
                set.before, set.actions, set.after
            );
            for other in &endings[1..] {
                let is_freer = endings[0].0 != "ai_active" && other.0 == "ai_active";
                assert!(!is_freer, "not {}: {told}", endings[0].0);
                // A release depends on what is known when it is asked for.
                if set.actions.len() == 1 {
                    assert_eq!(other, &endings[0], "{told}");
                }
            }
        }
        assert_eq!(claims::broken(&mut pair.world.sql()), Vec::<String>::new());
    }
}
