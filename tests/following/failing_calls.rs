//! Calls that fail for good keep nothing else from being read.

use crate::alone::{Alone, FAST, fill};
use crate::behind::execute;
use crate::delivering::{assigned, moved};
use crate::desk::{Desk, until};
use crate::world::{PORTAL, THREAD};
use baton::domain::ids::{ThreadId, TicketId};
use baton::service::sweep::sweep;

const BATCH: &str = "tickets/batch/read";
/// No id of ours is part of another where they are this long.
const FAR: i64 = 700_000;

/// What was read within the last five minutes.
const FRESH: &str = "(facts ->> 'owner_checked_at')::bigint \
    > extract(epoch FROM now() - interval '5 minutes') * 1000";

impl Alone {
    fn fresh(&self, table: &str) -> usize {
        self.texts(&format!("SELECT 1 FROM {table} WHERE {FRESH}"))
            .len()
    }

    fn skipped(&self) -> Vec<String> {
        self.texts("SELECT concat_ws(' ', subject, subject_id) FROM skipped_readings ORDER BY 1")
    }

    /// A conversation with a ticket, both with numbers of their own.
    fn add(&self, n: i64) {
        self.desk
            .thread(ThreadId(FAR + n), |it| it.ticket = Some(FAR + n));
        self.desk
            .ticket(TicketId(FAR + n), |it| it.thread = Some(FAR + n));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_spoils_every_batch_it_is_in_is_left_out_and_the_others_are_read() {
    for status in [400, 500] {
        let alone = Alone::new().await;
        (1..=150).for_each(|n| alone.add(n));
        alone.import().await;
        alone.ten_minutes_pass();
        alone.desk.break_for_good(BATCH, "700003", status);
        let before = alone.desk.calls(BATCH).len();

        alone.sweep().await;

        assert_eq!(alone.fresh("tickets"), 149, "{status}");
        assert_eq!(alone.fresh("conversations"), 150, "{status}");
        assert_eq!(alone.skipped(), ["ticket 700003"], "{status}");
        let calls = alone.desk.calls(BATCH).len() - before;
        assert!(calls <= 18, "{calls}");
        alone.sweep().await;
        let again = alone.desk.calls(BATCH).len() - before;
        assert_eq!(again, calls, "not again in this period");

        alone.desk.mend();
        execute(
            &mut alone.sql(),
            "UPDATE skipped_readings SET until = now()",
        );
        alone.sweep().await;
        assert_eq!(alone.fresh("tickets"), 150, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_cannot_be_read_at_all_keep_no_conversation_from_being_read() {
    for status in [400, 403, 500] {
        let alone = Alone::new().await;
        fill(&alone.desk, 60);
        alone.import().await;
        alone.ten_minutes_pass();
        alone.desk.break_for_good(BATCH, "", status);
        alone.desk.thread(ThreadId(50), |thread| {
            thread.assigned_to = "A-3892001".to_owned();
        });

        alone.sweep().await;

        assert_eq!(alone.fresh("conversations"), 60, "{status}");
        let silent = "SELECT thread_id FROM conversations WHERE state = 'human_active'";
        assert_eq!(alone.texts(silent), ["50"], "{status}");
        assert_eq!(alone.skipped().len(), 30, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_cannot_be_read_keeps_no_other_from_being_read() {
    let alone = Alone::new().await;
    (1..=3).for_each(|n| alone.add(n));
    alone.import().await;
    alone.ten_minutes_pass();
    alone.desk.break_for_good("/threads/700001", "", 500);
    alone.desk.thread(ThreadId(700_003), |thread| {
        thread.assigned_to = "A-3892001".to_owned();
    });

    alone.sweep().await;

    let silent = "SELECT thread_id FROM conversations WHERE state = 'human_active'";
    assert_eq!(alone.texts(silent), ["700003"]);
    assert_eq!(alone.skipped(), ["thread 700001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_list_cannot_be_read_conversations_are_read_one_by_one() {
    let alone = Alone::new().await;
    fill(&alone.desk, 30);
    alone.import().await;
    alone.ten_minutes_pass();
    alone.desk.break_for_good("/threads?", "", 400);
    alone.sweep().await;
    assert_eq!(alone.fresh("conversations"), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_ends_the_round_at_once() {
    for status in [401, 429] {
        let alone = Alone::new().await;
        fill(&alone.desk, 30);
        alone.import().await;
        alone.ten_minutes_pass();
        alone.desk.break_for_good("", "", status);
        let before = alone.desk.calls("").len();
        sweep(&alone.follower, PORTAL, FAST).await.unwrap_err();
        assert_eq!(alone.desk.calls("").len() - before, 1, "{status}");
        assert!(alone.skipped().is_empty(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hubspot_that_is_down_ends_the_round_before_long() {
    let alone = Alone::new().await;
    fill(&alone.desk, 200);
    alone.import().await;
    alone.ten_minutes_pass();
    alone.desk.break_for_good("", "", 500);
    let before = alone.desk.calls("").len();
    sweep(&alone.follower, PORTAL, FAST).await.unwrap_err();
    let calls = alone.desk.calls("").len() - before;
    assert!(calls <= 10, "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_ends_though_no_history_can_be_read() {
    let alone = Alone::new().await;
    fill(&alone.desk, 60);
    alone.desk.ticket(TicketId(3), |ticket| {
        ticket.owner = "81538001".to_owned();
        ticket.owner_sources = vec!["CONVERSATION_ROUTING".to_owned()];
    });
    let histories = "\"propertiesWithHistory\":[\"hubspot_owner_id\"]";
    alone.desk.break_for_good(BATCH, histories, 400);
    execute(
        &mut alone.sql(),
        r#"UPDATE portals SET policies = '{"assigned_by_automation": "waits_for_first_reply"}'"#,
    );

    alone.import().await;

    assert!(alone.claim().is_imported);
    assert_eq!(alone.fresh("tickets"), 30);
    let silent = "SELECT thread_id FROM conversations WHERE state = 'human_active'";
    assert_eq!(alone.texts(silent), ["3"], "nobody said how, so by hand");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_ends_though_tickets_cannot_be_read_and_leaves_them_to_the_sweep() {
    for status in [403, 500] {
        let alone = Alone::new().await;
        fill(&alone.desk, 1_100);
        alone.desk.break_for_good("/tickets/", "", status);

        alone.import().await;

        assert_eq!(alone.texts("SELECT 1 FROM conversations").len(), 1_100);
        assert_eq!(alone.fresh("tickets"), 0);
        alone.desk.mend();
        alone.sweep().await;
        assert_eq!(alone.fresh("tickets"), 550, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_is_swept_though_the_import_cannot_go_on() {
    let desk = Desk::start().await;
    desk.break_for_good("/threads?", "", 400);
    desk.thread(THREAD, |_| ());
    let world = desk.world().await;
    world.deliver(&[moved(assigned(""), -60)]).await;
    until("it is known", async || world.count("conversations") == 1).await;
    until("the import fails", async || {
        world.count("followed_portals WHERE failure IS NOT NULL") == 1
    })
    .await;

    desk.thread(THREAD, |thread| thread.assigned_to = "A-3892001".to_owned());
    world.execute(
        "DELETE FROM owner_checks; UPDATE followed_portals SET claimed_until = '-infinity'; \
         UPDATE conversations SET facts = facts - 'owner_checked_at'",
    );

    until("the takeover is found", async || {
        world.state().await == "human_active"
    })
    .await;
}
