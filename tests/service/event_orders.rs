//! Recorded sets of events in every order and with repeats, over HTTP: identical rows. And what a
//! repeat does after only a part of a delivery was committed.

use crate::claims::broken;
use crate::delivering::{AI, ANN, BEN, about, assigned, event, moved, owned, status};
use crate::seeds::seed;
use crate::world::{Setup, THREAD, TICKET, World, server, url_of};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::RequestHandoff;
use baton::simulator::webhook_event::{Change, WebhookEvent};
use baton::store::event_retention;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};

/// What happened in an hour of a busy conversation and its ticket.
fn recorded() -> Vec<WebhookEvent> {
    vec![
        moved(event(Change::Created(THREAD)), -3_600),
        moved(event(Change::Linked(TICKET, THREAD)), -3_599),
        moved(assigned(ANN), -3_000),
        moved(owned("81538001"), -2_999),
        moved(assigned(AI), -2_500),
        moved(owned("81538009"), -2_400),
        moved(assigned(BEN).by("AUTOMATION_PLATFORM", ""), -2_000),
        moved(assigned(""), -1_900),
        moved(owned(""), -1_900),
        moved(status("CLOSED"), -1_500),
        moved(status("OPEN"), -1_200),
        moved(assigned("L-1"), -900),
        moved(owned("81538100"), -800),
        moved(
            event(Change::ObjectOwner(TICKET, "81538009".to_owned())),
            -700,
        ),
    ]
}

/// What the events made of each conversation with its ticket, but for its ids and our own times.
fn outcomes(world: &World) -> Vec<String> {
    world.texts(
        "SELECT concat_ws(' ', c.state, c.facts - 'owner_event_received_at' - 'link' - 'past_links', c.holds, \
         t.facts - 'owner_event_received_at', t.holds) FROM conversations c \
         LEFT JOIN tickets t USING (portal_id, ticket_id) ORDER BY c.thread_id",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_and_any_repetition_of_the_same_events_ends_in_the_same_rows() {
    const ORDERS: i64 = 40;
    let world = World::start().await;
    world.know_owners();
    let mut rng = StdRng::seed_from_u64(seed());
    let in_order = recorded();
    for event in about(&in_order, 0) {
        world.deliver(&[event]).await;
    }

    for place in 1..ORDERS {
        let mut events = about(&in_order, place);
        let repeated: Vec<WebhookEvent> = events
            .iter()
            .filter(|_| rng.random_ratio(1, 3))
            .cloned()
            .map(|event| WebhookEvent {
                attempt: 3,
                ..event
            })
            .collect();
        events.extend(repeated);
        events.shuffle(&mut rng);
        // In deliveries of different sizes.
        while !events.is_empty() {
            let size = rng.random_range(1..=events.len());
            let delivery: Vec<WebhookEvent> = events.drain(..size).collect();
            world.deliver(&delivery).await;
        }
    }

    let mut found = outcomes(&world);
    assert_eq!(found.len(), usize::try_from(ORDERS).unwrap());
    found.dedup();
    assert_eq!(found.len(), 1, "{found:#?}");
    let events = i64::try_from(in_order.len()).unwrap() * ORDERS;
    assert_eq!(world.count("event_receipts"), events);
    let gaps = "SELECT thread_id FROM conversations c WHERE control_version <> (SELECT count(*) \
                FROM decisions d WHERE (d.portal_id, d.subject, d.subject_id) = \
                (c.portal_id, 'thread', c.thread_id) AND changed)";
    assert_eq!(world.texts(gaps), [""; 0]);
}

/// Some events of an hour, of all kinds that change a record; some at one moment.
fn random_set(rng: &mut StdRng) -> Vec<WebhookEvent> {
    let actors = [ANN, BEN, AI, "", "L-1", "S-hubspot", "A-x"];
    let owners = ["81538001", "81538009", "81538100", "", "777", "REDACTED"];
    let sources = ["CRM_UI", "AUTOMATION_PLATFORM", "INTEGRATION", ""];
    let pick =
        |of: &[&str], rng: &mut StdRng| of.choose(rng).copied().unwrap_or_default().to_owned();
    let count = rng.random_range(2..=9);
    (0..count)
        .map(|_| {
            let change = match rng.random_range(0..7) {
                0..=2 => Change::Assignee(THREAD, pick(&actors, rng)),
                3 => Change::TicketOwner(TICKET, pick(&owners, rng)),
                4 => Change::ObjectOwner(TICKET, pick(&owners, rng)),
                5 => Change::Status(THREAD, pick(&["OPEN", "CLOSED"], rng)),
                _ => Change::Linked(TICKET, THREAD),
            };
            let source = pick(&sources, rng);
            moved(
                event(change).by(&source, "2438001"),
                -rng.random_range(1..=12) * 300,
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_random_sets_end_alike_in_two_orders_with_repeats() {
    const SETS: i64 = 500;
    let world = World::start().await;
    world.know_owners();
    let mut rng = StdRng::seed_from_u64(seed());
    // Two conversations are told the same, in orders of their own, all mixed with all others.
    let mut all = Vec::new();
    let mut sets = Vec::new();
    let now = crate::wire::now_ms() / 60_000 * 60_000;
    for set in 0..SETS {
        let mut events = random_set(&mut rng);
        for event in &mut events {
            // Whole minutes, so that several happen at one moment.
            event.occurred_at_ms = now - (now - event.occurred_at_ms) / 60_000 * 60_000;
        }
        for place in [2 * set, 2 * set + 1] {
            let of_place = about(&events, place);
            let repeats = of_place.iter().filter(|_| rng.random_ratio(1, 4)).cloned();
            all.extend(repeats.collect::<Vec<_>>());
            all.extend(of_place);
        }
        sets.push(events);
    }
    all.shuffle(&mut rng);

    for delivery in all.chunks(100) {
        world.deliver(delivery).await;
    }

    let outcome = "SELECT concat_ws(' ', w.place, c.state, \
        c.facts - 'owner_event_received_at' - 'link' - 'past_links', c.holds, \
        t.facts - 'owner_event_received_at', t.holds) \
        FROM generate_series(0, 999) AS w (place) \
        LEFT JOIN conversations c ON c.thread_id = 7001 + w.place \
        LEFT JOIN tickets t ON t.ticket_id = 15384000001 + w.place ORDER BY w.place";
    let outcomes = world.texts(outcome);
    let told = |row: &String| {
        row.split_once(' ')
            .map_or(String::new(), |(_, rest)| rest.to_owned())
    };
    for (pair, events) in outcomes.chunks(2).zip(&sets) {
        assert_eq!(told(&pair[0]), told(&pair[1]), "{events:#?}");
    }
    assert_eq!(world.count("kept_events"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_get_the_same_deliveries_at_once_commit_each_event_once() {
    let one = World::start().await;
    let two = World::start_on(one.database_url.clone(), Setup::default()).await;
    let in_order = recorded();
    let sets: Vec<Vec<WebhookEvent>> = (0..20).map(|place| about(&in_order, place)).collect();

    for set in &sets {
        let (left, right) = tokio::join!(one.try_to_deliver(set), two.try_to_deliver(set));
        for response in [left, right] {
            assert!([200, 503].contains(&response.status), "{}", response.status);
        }
        one.deliver(set).await;
    }

    let events: usize = sets.iter().map(Vec::len).sum();
    assert_eq!(one.count("event_receipts"), i64::try_from(events).unwrap());
    let mut found = outcomes(&one);
    found.dedup();
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_503_skips_what_is_committed() {
    let world = World::start().await;
    world.deliver(&[assigned(BEN)]).await;
    let before = world.count("decisions");
    let held = ThreadId(THREAD.0 + 1);
    world.deliver(&[event(Change::Created(held))]).await;
    let told = [assigned(ANN), event(Change::Assignee(held, ANN.to_owned()))];
    let told = told.map(|event| moved(event, 1));

    // Another transaction holds one of the two conversations for longer than HubSpot waits.
    let mut other = world.sql();
    let lock = format!("BEGIN; SELECT FROM conversations WHERE thread_id = {held} FOR UPDATE");
    other.batch_execute(&lock).unwrap();
    let response = world.try_to_deliver(&told).await;
    assert_eq!(
        (response.status, response.error_code().as_str()),
        (503, "unavailable")
    );
    assert_eq!(world.count("decisions"), before + 1);
    other.batch_execute("ROLLBACK").unwrap();

    let again = told.map(|event| WebhookEvent {
        attempt: 1,
        ..event
    });
    world.deliver(&again).await;

    assert_eq!(world.count("decisions"), before + 2);
    let states = "SELECT state FROM conversations ORDER BY thread_id";
    assert_eq!(world.texts(states), ["human_active", "human_active"]);
    assert_eq!(world.count("event_receipts"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_commit_fails_is_not_acknowledged() {
    let world = World::start().await;
    let told = [assigned(ANN)];
    // Whatever is read is read, but nothing can be written: the disk is full.
    world.execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RAISE ''could not extend file: No space left on device''; END'; \
         CREATE TRIGGER no_room BEFORE INSERT ON decisions EXECUTE FUNCTION no_room()",
    );

    let response = world.try_to_deliver(&told).await;

    let code = response.error_code();
    assert_eq!((response.status, code.as_str()), (503, "unavailable"));
    assert_eq!(world.count("event_receipts"), 0);
    world.execute("DROP TRIGGER no_room ON decisions");
    world.deliver(&told).await;
    assert_eq!(world.state().await, "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_the_answer_is_503_and_the_repeat_commits() {
    let world = World::start().await;
    let message = event(Change::Message(
        THREAD,
        "m".to_owned(),
        "MESSAGE".to_owned(),
    ));
    let told = [assigned(ANN), message];
    let name = world.texts("SELECT current_database()").concat();
    let mut server = PgConnection::establish(&url_of(server(), "baton")).unwrap();
    let mut set = |accepts: bool| {
        let sql = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS {accepts}; SELECT pg_terminate_backend(pid) \
             FROM pg_stat_activity WHERE datname = '{name}' AND NOT {accepts}"
        );
        server.batch_execute(&sql).unwrap();
    };

    set(false);
    for part in [&told[..1], &told[1..], &told[..]] {
        let response = world.try_to_deliver(part).await;
        let code = response.error_code();
        assert_eq!(
            (response.status, code.as_str()),
            (503, "unavailable"),
            "{part:?}"
        );
    }
    set(true);
    assert_eq!(world.count("event_receipts"), 0);

    world.deliver(&told).await;
    assert_eq!(world.count("event_receipts"), 2);
    assert_eq!(
        (world.state().await.as_str(), world.count("unread_messages")),
        ("human_active", 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_decided_is_kept_and_its_neighbours_apply() {
    let world = World::start().await;
    let (broken, sound) = (THREAD, ThreadId(THREAD.0 + 1));
    world.deliver(&[event(Change::Created(broken))]).await;
    world.execute("UPDATE conversations SET facts = '{\"owner\": 17}'");

    world
        .deliver(&[
            assigned(ANN),
            event(Change::Assignee(sound, ANN.to_owned())),
        ])
        .await;

    let states = "SELECT concat_ws(' ', thread_id, state) FROM conversations ORDER BY 1";
    assert_eq!(world.texts(states), ["7001 ai_active", "7002 human_active"]);
    let kept = world.texts("SELECT concat_ws(' | ', portal_id, reason, content) FROM kept_events");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(
        kept[0].starts_with("50001 | it cannot be decided: "),
        "{kept:?}"
    );
    assert!(kept[0].contains(ANN), "{kept:?}");
    assert_eq!(
        world.count("event_receipts"),
        2,
        "the beginning's and the sound one's"
    );
}

const NEW_TICKET: TicketId = TicketId(16);

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_moves_to_another_ticket_is_judged_by_its_owner_from_then_on() {
    let world = World::start().await;
    world.know_owners();
    world.link().await;
    let sibling = ThreadId(THREAD.0 + 1);
    world
        .deliver(&[
            event(Change::Linked(TICKET, sibling)),
            event(Change::TicketOwner(NEW_TICKET, "81538001".to_owned())),
        ])
        .await;

    world
        .deliver(&[moved(event(Change::Linked(NEW_TICKET, THREAD)), 1)])
        .await;

    let stands = "SELECT concat_ws(' ', thread_id, ticket_id, state) FROM conversations ORDER BY 1";
    let expected = [
        format!("{THREAD} {NEW_TICKET} human_active"),
        format!("{sibling} {TICKET} ai_active"),
    ];
    assert_eq!(world.texts(stands), expected);
    assert_eq!(world.count("kept_events"), 0);
    // What is told of either ticket reaches its own conversations alone.
    world
        .deliver(&[
            moved(owned("81538001"), 2),
            moved(event(Change::TicketOwner(NEW_TICKET, String::new())), 3),
        ])
        .await;
    let expected = [
        format!("{THREAD} {NEW_TICKET} handoff_requested"),
        format!("{sibling} {TICKET} human_active"),
    ];
    assert_eq!(world.texts(stands), expected);
    assert_eq!(broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_come_in_any_order_end_at_the_newest() {
    let world = World::start().await;
    let links = [
        moved(event(Change::Linked(TICKET, THREAD)), -30),
        moved(event(Change::Linked(NEW_TICKET, THREAD)), -20),
        moved(event(Change::Linked(TicketId(17), THREAD)), -10),
    ];
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for (place, order) in (1_i64..).zip(orders) {
        let thread = ThreadId(THREAD.0 + place);
        let of_thread = order.map(|place: usize| {
            let link = &links[place];
            let Change::Linked(ticket, _) = link.change else {
                unreachable!("they are links")
            };
            WebhookEvent {
                change: Change::Linked(ticket, thread),
                ..link.clone()
            }
        });
        // All in one delivery, or one by one.
        match place % 2 {
            0 => world.deliver(&of_thread).await,
            _ => {
                for link in of_thread {
                    world.deliver(&[link]).await;
                }
            }
        }
        let found = format!("SELECT ticket_id FROM conversations WHERE thread_id = {thread}");
        assert_eq!(world.texts(&found), ["17"], "{order:?}");
    }
    assert_eq!(world.count("kept_events"), 0);
    assert_eq!(broken(&mut world.sql()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_of_a_ticket_goes_on_when_its_first_conversation_moves_away() {
    let world = World::start().await;
    world.link().await;
    let sibling = ThreadId(THREAD.0 + 1);
    world
        .deliver(&[event(Change::Linked(TICKET, sibling))])
        .await;
    let inputs = [
        ("claim_timeout_minutes", "30"),
        ("conversations", "originating"),
    ];
    world.act_on_ticket_alone(RequestHandoff).await;
    world.act(RequestHandoff, &inputs).await;
    let due =
        "SELECT thread_id FROM conversations WHERE next_check_at IS NOT NULL AND ticket_id = ";
    assert_eq!(world.texts(&format!("{due}{TICKET}")), [THREAD.to_string()]);

    world
        .deliver(&[moved(event(Change::Linked(NEW_TICKET, THREAD)), 1)])
        .await;

    assert_eq!(
        world.texts(&format!("{due}{TICKET}")),
        [sibling.to_string()]
    );
    let on_new = world.texts(&format!("{due}{NEW_TICKET}"));
    assert_eq!(
        on_new,
        [THREAD.to_string()],
        "its own handoff's clock runs on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_of_events_go_after_90_days_and_kept_events_after_30() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO event_receipts SELECT 1, sha256(n::text::bytea), now() - n * interval '1 day' \
         FROM generate_series(1, 100) AS n; \
         INSERT INTO kept_events (portal_id, content_sha256, reason, content, last_received_at) \
         SELECT 1, sha256(n::text::bytea), 'r', 'c', now() - n * interval '1 day' \
         FROM generate_series(1, 100) AS n",
    );

    let is_more = event_retention::delete_old(&mut world.sql()).unwrap();

    assert!(!is_more);
    assert_eq!(
        (world.count("event_receipts"), world.count("kept_events")),
        (89, 29)
    );
}
