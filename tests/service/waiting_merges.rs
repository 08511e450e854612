//! Merges of tickets that fail wait by themselves.

use crate::behind::execute;
use crate::delivering::{event, owned};
use crate::world::{PATIENCE, TICKET, World};
use baton::domain::ids::TicketId;
use baton::domain::time::Span;
use baton::simulator::webhook_event::Change;
use baton::store::ticket_merges::{due, is_done, try_again};
use diesel::prelude::*;
use std::time::{Duration, Instant};

const SURVIVOR: TicketId = TicketId(TICKET.0 + 1);
/// As another version may have written it.
const UNREADABLE: &str = "SET facts = facts || '{\"absorbed_threads\": \"many\"}'";

async fn until(world: &World, what: &str, rows: &str, count: i64) {
    let began = Instant::now();
    while world.count(rows) != count {
        assert!(began.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_that_fail_keep_no_other_waiting() {
    let world = World::start().await;
    world.service.stop().await;
    let mut conn = PgConnection::establish(&world.database_url).unwrap();
    execute(
        &mut conn,
        "INSERT INTO ticket_merges (portal_id, merged_ticket_id, into_ticket_id, merged_at) \
         SELECT 50001, n, 900, now() + n * interval '1 second' FROM generate_series(1, 30) AS n",
    );
    let failing = due(&mut conn, 20).unwrap();
    assert_eq!(failing.len(), 20);
    assert!(
        failing.is_sorted_by_key(|due| due.merge.merged),
        "{failing:?}"
    );
    for failed in &failing {
        try_again(&mut conn, failed.merge, Span::from_minutes(1)).unwrap();
    }

    let others = due(&mut conn, 20).unwrap();
    assert_eq!(others.len(), 10);
    assert!(!others.iter().any(|other| failing.contains(other)));
    for other in others {
        is_done(&mut conn, other.merge).unwrap();
    }

    assert_eq!(due(&mut conn, 20).unwrap(), []);
    execute(
        &mut conn,
        "UPDATE ticket_merges SET next_attempt_at = next_attempt_at - interval '1 minute'",
    );
    let again = due(&mut conn, 30).unwrap();
    assert_eq!(again.len(), 20, "none is forgotten");
    assert!(again.iter().all(|due| due.attempts == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_cannot_be_decided_any_more_keeps_no_event_of_its_ticket_from_being_taken() {
    let world = World::start().await;
    world.know_owners();
    world.link().await;
    world
        .deliver(&[event(Change::Merged(SURVIVOR, TICKET))])
        .await;
    until(&world, "it is merged", "ticket_merges", 0).await;
    world.execute(&format!(
        "UPDATE tickets {UNREADABLE} WHERE ticket_id = {SURVIVOR}"
    ));

    let told = world.try_to_deliver(&[owned("81538001")]).await;

    assert_eq!(told.status, 200, "a repeat would find the same");
    assert_eq!(world.count("kept_events"), 0, "the event itself is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_cannot_be_decided_is_tried_each_hour_for_three_days_and_then_put_aside() {
    let world = World::start().await;
    world.link().await;
    world.execute(&format!(
        "INSERT INTO tickets (portal_id, ticket_id) VALUES (50001, {SURVIVOR}); \
         UPDATE tickets {UNREADABLE} WHERE ticket_id = {SURVIVOR}"
    ));

    world
        .deliver(&[event(Change::Merged(SURVIVOR, TICKET))])
        .await;

    let in_an_hour = "ticket_merges WHERE attempts = 1 \
        AND next_attempt_at > now() + interval '59 minutes'";
    until(&world, "it waits for an hour", in_an_hour, 1).await;
    world.execute(
        "UPDATE ticket_merges SET merged_at = now() - interval '73 hours', next_attempt_at = now()",
    );
    until(&world, "it is given up", "ticket_merges", 0).await;
    let kept = world.texts("SELECT concat_ws(' | ', portal_id, reason, content) FROM kept_events");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(
        kept[0].ends_with(&format!("ticket {TICKET} was merged into {SURVIVOR}")),
        "{kept:?}"
    );
}
