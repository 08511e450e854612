//! What keeps a sweep busy, or fails in it, keeps nothing else from being read.

use crate::alone::{Alone, FAST, fill};
use crate::behind::execute;
use crate::delivering::{ANN, assigned};
use crate::desk::{Desk, DeskThread, connect, until};
use crate::wire::now_ms;
use crate::world::{PORTAL, World, new_database};
use baton::domain::ids::{ThreadId, TicketId};
use baton::service::paced_reading::Pace;
use baton::service::sweep::sweep;
use diesel::prelude::*;
use std::time::{Duration, Instant};

const SILENT: &str = "SELECT thread_id FROM conversations WHERE state = 'human_active' ORDER BY 1";
/// As another version may have written it.
const UNREADABLE: &str = "SET facts = facts || '{\"absorbed_threads\": \"many\"}'";

fn know_ann(desk: &Desk) {
    let ann = serde_json::json!({"id": "81538001", "userId": 3_892_001, "type": "PERSON"});
    desk.change(|held| held.owners.insert(81_538_001, ann));
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_that_are_read_one_by_one_leave_tickets_their_turn() {
    let alone = Alone::new().await;
    know_ann(&alone.desk);
    fill(&alone.desk, 300);
    alone.import().await;
    alone.ten_minutes_pass();
    alone.desk.break_for_good("/threads?", "", 500);
    for n in (1..=299).step_by(2) {
        alone
            .desk
            .ticket(TicketId(n), |ticket| ticket.owner = "81538001".to_owned());
    }

    let pace = Pace { calls: 12, ..FAST };
    sweep(&alone.follower, PORTAL, pace).await.unwrap();

    assert_eq!(alone.texts(SILENT).len(), 150, "all are read");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_cannot_be_read_are_left_out_and_the_others_are_taken_in() {
    let alone = Alone::new().await;
    know_ann(&alone.desk);
    fill(&alone.desk, 8);
    alone.import().await;
    alone.ten_minutes_pass();
    let unreadable = format!(
        "UPDATE conversations {UNREADABLE} WHERE thread_id = 2; \
         UPDATE tickets {UNREADABLE} WHERE ticket_id = 1"
    );
    execute(&mut alone.sql(), &unreadable);
    for n in 1..=6 {
        alone
            .desk
            .thread(ThreadId(n), |thread| thread.assigned_to = ANN.to_owned());
    }
    alone
        .desk
        .ticket(TicketId(7), |ticket| ticket.owner = "81538001".to_owned());

    alone.sweep().await;

    assert_eq!(alone.texts(SILENT), ["3", "4", "5", "6", "7"]);
    let skipped = "SELECT concat_ws(' ', subject, subject_id) FROM skipped_readings ORDER BY 1";
    assert_eq!(alone.texts(skipped), ["thread 1", "thread 2", "ticket 1"]);
    alone.sweep().await;

    // The version that can read them does.
    execute(
        &mut alone.sql(),
        "UPDATE conversations SET facts = facts - 'absorbed_threads'; \
         UPDATE tickets SET facts = facts - 'absorbed_threads'; \
         UPDATE skipped_readings SET until = now()",
    );
    alone.sweep().await;
    assert_eq!(alone.texts(SILENT), ["1", "2", "3", "4", "5", "6", "7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_that_cannot_be_decided_is_read_again() {
    let desk = Desk::start().await;
    let world = desk.world().await;
    world.link().await;
    let settled = async || world.count("owner_checks") == 0;
    until("nothing is left to verify", settled).await;
    world.execute(&format!("UPDATE conversations {UNREADABLE}"));

    world.deliver(&[assigned(ANN)]).await;

    assert_eq!(world.count("kept_events"), 1);
    until("it is to be read", async || {
        world.count("owner_checks WHERE subject = 'thread'") == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_swept_while_an_import_is_under_way() {
    const LAST_PAGE: &str = "after=1000";
    let desk = Desk::start().await;
    // Too long ago for the list that the sweep reads.
    let said_at = now_ms() - 48 * 3_600_000;
    fill(&desk, 1_100);
    desk.change(|held| {
        for thread in held.threads.values_mut() {
            thread.latest_at = said_at;
        }
    });
    desk.thread(ThreadId(9_000), |thread| {
        *thread = DeskThread {
            assigned_to: ANN.to_owned(),
            latest_at: said_at + 60_000,
            ..DeskThread::open()
        };
    });
    let database_url = new_database();
    connect(&database_url);
    // Whose assignment was not told.
    execute(
        &mut PgConnection::establish(&database_url).unwrap(),
        "INSERT INTO conversations (portal_id, thread_id) VALUES (50001, 9000)",
    );

    let world = World::start_on(database_url, desk.setup()).await;

    let began = Instant::now();
    while world.texts(SILENT).is_empty() {
        assert!(
            began.elapsed() < Duration::from_secs(120),
            "it is not found"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        desk.calls(LAST_PAGE).is_empty(),
        "its page of the import was not read yet"
    );
    assert_eq!(
        world.count("followed_portals WHERE import_ended_at IS NULL"),
        1
    );
}
