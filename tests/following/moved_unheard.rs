//! Conversations that HubSpot shows with another ticket than the one they are known with: the event
//! of a move was lost, or links and merges were told in another order than they were made.

use crate::alone::{Alone, FAST, thread};
use crate::behind::execute;
use crate::desk::{Desk, DeskThread, until};
use crate::wire::now_ms;
use crate::world::{PORTAL, THREAD, TICKET};
use baton::decider::wide::Merge;
use baton::domain::ids::{ThreadId, TicketId};
use baton::service::sweep::{Swept, sweep};
use baton::simulator::action_kind::ActionKind::SendToAi;
use baton::simulator::action_request::Enrolled;
use std::time::Duration;

const X: ThreadId = ThreadId(1);
const A: TicketId = TicketId(101);
const B: TicketId = TicketId(102);
const C: TicketId = TicketId(103);
const OWNED_BY_ANN: &str = "81538001";

impl Alone {
    /// X is known with A, which nobody owns. B and C are Ann's.
    async fn with_x_in_a() -> Self {
        let alone = Self::new().await;
        know_ann(&alone.desk);
        alone.desk.thread(X, |it| *it = thread(Some(A.0)));
        alone.desk.ticket(A, |_| ());
        for ticket in [B, C] {
            let owner = OWNED_BY_ANN.to_owned();
            alone.desk.ticket(ticket, |it| it.owner = owner);
        }
        alone.import().await;
        alone.links_are_old();
        alone
    }

    /// Everything was read, and every link told, ten minutes ago.
    fn links_are_old(&self) {
        self.ten_minutes_pass();
        execute(
            &mut self.sql(),
            "UPDATE conversations SET facts = jsonb_set(facts, '{link,at}', \
             to_jsonb((facts #>> '{link,at}')::bigint - 600000)) WHERE facts ? 'link'",
        );
    }

    async fn merge(&self, survivor: TicketId, merged: TicketId) {
        let within = Duration::from_secs(10);
        let at = chrono::Utc::now().into();
        let merge = Merge::Tickets {
            survivor,
            merged,
            at,
        };
        let decider = &self.follower.decider;
        decider.merge(PORTAL, merge, within).await.unwrap();
    }

    fn shows_x_with(&self, ticket: TicketId) {
        self.desk.thread(X, |it| it.ticket = Some(ticket.0));
    }

    /// Of X: its ticket and its state.
    fn x(&self) -> String {
        let sql = "SELECT concat_ws(' ', ticket_id, state) FROM conversations WHERE thread_id = 1";
        self.texts(sql).pop().unwrap()
    }

    fn doubts(&self) -> Vec<String> {
        self.texts("SELECT ticket_id FROM link_doubts")
    }
}

fn know_ann(desk: &Desk) {
    let ann = serde_json::json!({"id": OWNED_BY_ANN, "userId": 3_892_001, "type": "PERSON"});
    desk.change(|held| held.owners.insert(81_538_001, ann));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_whose_event_was_lost_is_found_by_two_readings_and_the_new_owner_silences() {
    let alone = Alone::with_x_in_a().await;
    alone.shows_x_with(B);

    alone.sweep().await;

    assert_eq!(alone.x(), "101 ai_active", "one reading moves nothing");
    assert_eq!(alone.doubts(), ["102"]);
    let unread = "conversations WHERE (facts ->> 'owner_checked_at')::bigint \
        < extract(epoch FROM now() - interval '5 minutes') * 1000";
    assert_eq!(alone.count(unread), 1, "nor does it say who has X");
    let calls = alone.desk.called_at("/threads/1").len();
    alone.verify().await;
    assert_eq!(alone.x(), "102 human_active");
    assert!(alone.doubts().is_empty());
    assert!(alone.desk.called_at("/threads/1").len() > calls);
    assert_eq!(alone.count(unread), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lagging_replica_that_shows_another_ticket_once_moves_no_conversation() {
    let alone = Alone::with_x_in_a().await;
    alone.shows_x_with(B);
    alone.sweep().await;
    assert_eq!(alone.doubts(), ["102"]);
    alone.shows_x_with(A);

    alone.verify().await;

    assert_eq!(alone.x(), "101 ai_active");
    assert!(alone.doubts().is_empty(), "two in a row have to agree");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_cannot_be_decided_any_more_ends_no_round_of_the_sweep() {
    let alone = Alone::with_x_in_a().await;
    // X came back to A since.
    execute(
        &mut alone.sql(),
        "INSERT INTO merged_tickets (portal_id, ticket_id, into_ticket_id, merged_at) \
         VALUES (50001, 101, 103, now()); \
         INSERT INTO tickets (portal_id, ticket_id) VALUES (50001, 103) ON CONFLICT DO NOTHING; \
         UPDATE tickets SET facts = facts || '{\"absorbed_threads\": \"many\"}' \
         WHERE ticket_id = 103",
    );
    let owner = OWNED_BY_ANN.to_owned();
    alone.desk.ticket(A, |it| it.owner = owner);

    let swept = sweep(&alone.follower, PORTAL, FAST).await;

    assert_eq!(swept.unwrap(), Swept::All);
    assert_eq!(alone.x(), "101 human_active");
    assert_eq!(alone.count("skipped_readings"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_told_before_the_one_that_filled_its_ticket_leaves_no_conversation_behind() {
    let alone = Alone::with_x_in_a().await;
    // HubSpot merged A into B, and B into C.
    alone.merge(C, B).await;
    alone.merge(B, A).await;
    assert!(alone.x().starts_with("102 "), "{}", alone.x());
    alone.links_are_old();
    alone.shows_x_with(C);

    alone.sweep().await;
    alone.verify().await;

    assert_eq!(alone.x(), "103 human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_stays_with_the_ticket_into_which_hubspot_s_was_merged() {
    let alone = Alone::with_x_in_a().await;
    alone.merge(B, A).await;
    alone.links_are_old();

    // HubSpot names A all the same.
    alone.sweep().await;
    alone.verify().await;

    assert!(alone.x().starts_with("102 "), "{}", alone.x());
    assert!(alone.doubts().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_s_first_conversation_that_moved_away_before_anybody_listened_is_not_its_own() {
    let desk = Desk::start().await;
    know_ann(&desk);
    // Too old for the import.
    desk.thread(THREAD, |it| {
        *it = DeskThread {
            ticket: Some(B.0),
            latest_at: now_ms() - 40 * 86_400_000,
            ..DeskThread::open()
        }
    });
    desk.ticket(TICKET, |it| it.thread = Some(THREAD.0));
    desk.ticket(B, |it| it.owner = OWNED_BY_ANN.to_owned());
    let world = desk.world().await;

    let sent = world
        .act_on(SendToAi, Enrolled::Ticket(TICKET, None), &[])
        .await;
    assert_eq!(sent.get("thread_id"), "7001");

    let moved = "conversations WHERE ticket_id = 102 AND state = 'human_active'";
    let free = "SELECT concat_ws(' ', ticket_id, state, facts ->> 'owner_checked_at') \
        FROM conversations WHERE ticket_id <> 102 AND facts ? 'owner_checked_at'";
    until("Ann is heard", async || {
        let unheard = world.texts(free);
        assert!(unheard.is_empty(), "whose it is was unknown: {unheard:?}");
        world.count(moved) == 1
    })
    .await;
}
