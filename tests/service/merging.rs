//! Merges through the wide writer: one transaction over two tickets, whoever else is at work.

use crate::world::{PORTAL, World};
use baton::decider::command::{AnswerShape, Body, Command, NotDecided};
use baton::decider::wide::Merge;
use baton::decider::{Decider, Options};
use baton::domain::actor::Requester;
use baton::domain::command::{Ask, Pause, Reach, Resume, Subject, What};
use baton::domain::ids::{ThreadId, TicketId};
use baton::domain::time::Timestamp;
use baton::store::pool::Store;
use diesel::connection::SimpleConnection;
use std::sync::Arc;
use std::time::Duration;

/// Longer than any caller of the service waits, whose limit is not what is tested.
const WITHIN: Duration = Duration::from_secs(30);

const SURVIVOR: TicketId = TicketId(900_001);
const MERGED: TicketId = TicketId(900_000);
const OF_SURVIVOR: ThreadId = ThreadId(800_001);
const OF_MERGED: ThreadId = ThreadId(800_000);

const TICKETS: Merge = Merge::Tickets {
    survivor: SURVIVOR,
    merged: MERGED,
    at: Timestamp::from_millis(1_790_000_000_000),
};

fn pause() -> What {
    What::Pause(Pause {
        lasts: None,
        replace: false,
    })
}

fn resume() -> What {
    What::Resume(Resume {
        cancel_pending_handoff: false,
    })
}

/// A decider with one writer.
fn decider(world: &World) -> Decider {
    let store = Arc::new(Store::new(&world.database_url, 1));
    let options = Options {
        writers: 1,
        most_in_batch: Options::MOST_IN_BATCH,
    };
    Decider::start(&store, options).unwrap()
}

fn about(ticket: TicketId, thread: Option<ThreadId>, what: What) -> Command {
    Command {
        portal: PORTAL,
        subject: Subject {
            ticket: Some(ticket),
            thread,
        },
        linked_ticket: None,
        body: Body::Ask {
            ask: Box::new(Ask::new(what, Reach::AllOpen, Requester::workflow(None))),
            once: None,
            shape: AnswerShape::HubSpot,
        },
    }
}

/// `thread ticket state version`, by thread.
fn threads(world: &World) -> Vec<String> {
    world.texts(
        "SELECT concat_ws(' ', thread_id, ticket_id, state, control_version) \
         FROM conversations ORDER BY thread_id",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_tickets_share_their_conversations_and_no_silence_is_lost() {
    // given
    let world = World::start().await;
    let decider = decider(&world);
    let paused = about(MERGED, Some(OF_MERGED), pause());
    let known = about(SURVIVOR, Some(OF_SURVIVOR), resume());
    decider.decide(paused, WITHIN).await.unwrap();
    decider.decide(known, WITHIN).await.unwrap();

    // when
    let merged = decider.merge(PORTAL, TICKETS, WITHIN).await;

    // then
    assert_eq!(merged, Ok(()));
    let expected = ["800000 900001 ai_paused 2", "800001 900001 ai_paused 2"];
    assert_eq!(threads(&world), expected);
    let lines = "SELECT DISTINCT command->>'merge' FROM decisions WHERE command ? 'merge'";
    assert_eq!(world.texts(lines), ["tickets"]);
    let told = "outbox WHERE payload->>'action' = 'merge'";
    assert_eq!(world.count(told), 2);
    let absorbed = world.texts("SELECT facts->>'absorbed_tickets' FROM tickets ORDER BY ticket_id");
    assert_eq!(absorbed.last().map(String::as_str), Some("[900000]"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_merge_again_changes_nothing() {
    let world = World::start().await;
    let decider = decider(&world);
    let paused = about(MERGED, Some(OF_MERGED), pause());
    decider.decide(paused, WITHIN).await.unwrap();
    decider.merge(PORTAL, TICKETS, WITHIN).await.unwrap();
    let (before, counts) = (threads(&world), world.row_counts());

    decider.merge(PORTAL, TICKETS, WITHIN).await.unwrap();

    assert_eq!(threads(&world), before);
    assert_eq!(world.row_counts(), counts);
}

#[tokio::test(flavor = "multi_thread")]
async fn merged_threads_hand_their_silence_to_the_one_that_stays() {
    let world = World::start().await;
    let decider = decider(&world);
    let paused = about(MERGED, Some(OF_MERGED), pause());
    let known = about(SURVIVOR, Some(OF_SURVIVOR), resume());
    decider.decide(paused, WITHIN).await.unwrap();
    decider.decide(known, WITHIN).await.unwrap();

    let merge = Merge::Threads {
        survivor: OF_SURVIVOR,
        merged: OF_MERGED,
    };
    decider.merge(PORTAL, merge, WITHIN).await.unwrap();

    let expected = ["800000 900000 ai_paused 1", "800001 900001 ai_paused 2"];
    assert_eq!(threads(&world), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_nobody_has_heard_of_are_merged_for_later() {
    let world = World::start().await;
    let decider = decider(&world);
    decider.merge(PORTAL, TICKETS, WITHIN).await.unwrap();
    let absorbed =
        world.texts("SELECT facts->>'absorbed_tickets' FROM tickets WHERE facts <> '{}'");
    assert_eq!(absorbed, ["[900000]"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_waits_for_a_record_that_is_held_and_gives_up_in_time() {
    // given
    let world = World::start().await;
    let decider = decider(&world);
    let paused = about(MERGED, Some(OF_MERGED), pause());
    decider.decide(paused, WITHIN).await.unwrap();
    let mut other = world.sql();
    let hold = "BEGIN; SELECT FROM conversations WHERE thread_id = 800000 FOR UPDATE";
    other.batch_execute(hold).unwrap();

    // when
    let late = decider
        .merge(PORTAL, TICKETS, Duration::from_millis(700))
        .await;
    other.batch_execute("COMMIT").unwrap();
    let merged = decider.merge(PORTAL, TICKETS, WITHIN).await;

    // then
    assert!(matches!(late, Err(NotDecided::TimedOut(_))), "{late:?}");
    assert_eq!(merged, Ok(()));
    assert_eq!(threads(&world), ["800000 900001 ai_paused 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_both_ways_beside_actions_never_lock_each_other_out() {
    let world = World::start().await;
    let decider = Arc::new(decider(&world));
    let back = Merge::Tickets {
        survivor: MERGED,
        merged: SURVIVOR,
        at: Timestamp::from_millis(1_790_000_000_000),
    };
    let actions = {
        let decider = Arc::clone(&decider);
        tokio::spawn(async move {
            for number in 0..60 {
                let ticket = if number % 2 == 0 { SURVIVOR } else { MERGED };
                let what = if number % 3 == 0 { resume() } else { pause() };
                let command = about(ticket, None, what);
                decider.decide(command, WITHIN).await.unwrap();
            }
        })
    };
    for merge in [TICKETS, back, TICKETS, back] {
        assert_eq!(decider.merge(PORTAL, merge, WITHIN).await, Ok(()));
    }
    actions.await.unwrap();
    let gaps = world.texts(
        "SELECT subject_id::text FROM decisions GROUP BY subject, subject_id \
         HAVING count(*) <> max(position)",
    );
    assert_eq!(gaps, Vec::<String>::new());
}
