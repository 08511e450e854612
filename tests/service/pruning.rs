//! Retention: what is over goes in small steps, each portal by its own days, and what is left of
//! a timeline can still be checked against the record.

use crate::behind::{execute, texts};
use crate::claims;
use crate::world::{ADMIN_KEY, AI_KEY, PORTAL, THREAD, TICKET, World, new_database, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::service::clean_up::clean_up;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::Enrolled;
use baton::store::PgConnection;
use baton::store::error::StoreError;
use baton::store::pool::Store;
use baton::store::prune;
use diesel::prelude::*;
use std::sync::Arc;

impl World {
    pub fn prune(&self, step: fn(&mut PgConnection) -> Result<bool, StoreError>) {
        let mut conn = self.sql();
        while step(&mut conn).unwrap() {}
    }

    fn broken(&self) -> Vec<String> {
        claims::broken(&mut self.sql())
    }

    /// Twelve lines in each of two conversations of a ticket, and one of a ticket without any.
    async fn with_timelines(&self) {
        let threads = [THREAD, ThreadId(THREAD.0 + 1)];
        for thread in threads {
            let on = Enrolled::Ticket(TICKET, Some(thread));
            self.act_on(PauseAi, on, &[]).await;
        }
        for _ in 0..5 {
            for kind in [ResumeAi, PauseAi] {
                let on = Enrolled::Ticket(TICKET, Some(THREAD));
                self.act_on(kind, on, &[]).await;
            }
        }
        let alone = Enrolled::Ticket(TicketId(TICKET.0 + 9), None);
        self.act_on(PauseAi, alone, &[]).await;
        self.execute("UPDATE portals SET policies = policies || '{\"loop_guard\": false}'");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pruned_timeline_begins_where_its_snapshot_says() {
    let world = World::start().await;
    world.with_timelines().await;
    assert_eq!(world.broken(), Vec::<String>::new());
    let lines = world.count("decisions");
    world.execute(
        "UPDATE decisions SET decided_at = decided_at - interval '401 days' WHERE position <= 4",
    );

    world.prune(prune::decisions);

    assert_eq!(world.count("decisions WHERE position <= 4"), 0);
    assert_eq!(world.count("decisions"), lines - 9);
    let snapshots = "SELECT concat_ws(' ', subject, subject_id, pruned_through) \
                     FROM decision_snapshots WHERE pruned_through > 0 ORDER BY subject_id";
    let alone = TICKET.0 + 9;
    let expected = [
        "thread 7001 4",
        "thread 7002 4",
        &format!("ticket {alone} 1"),
    ];
    assert_eq!(world.texts(snapshots), expected);
    assert_eq!(world.broken(), Vec::<String>::new());

    world.act(RequestHandoff, &[]).await;
    assert_eq!(world.broken(), Vec::<String>::new());
    let path = format!("/v1/portals/{PORTAL}/conversations/{THREAD}/decisions");
    assert_eq!(world.get(AI_KEY, &path).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_that_was_pruned_whole_goes_on_with_the_next_version() {
    let world = World::start().await;
    world.with_timelines().await;
    world.execute("UPDATE decisions SET decided_at = decided_at - interval '401 days'");

    world.prune(prune::decisions);

    assert_eq!(world.count("decisions"), 0);
    assert_eq!(world.broken(), Vec::<String>::new());
    let version =
        world.texts("SELECT control_version FROM decision_snapshots WHERE subject_id = 7001");
    let resumed = world.act(ResumeAi, &[]).await;
    let next: i64 = resumed.get("control_version").parse().unwrap();
    assert_eq!(next, version[0].parse::<i64>().unwrap() + 1);
    assert_eq!(world.broken(), Vec::<String>::new());
    // The check bites: a record that is not what was folded is found.
    world.execute(
        "UPDATE conversations SET holds = '[{\"kind\": \"pause\"}]' WHERE thread_id = 7002",
    );
    assert_eq!(world.broken().len(), 1, "{:?}", world.broken());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portals_own_retention_counts_and_never_less_than_is_promised() {
    let world = World::start().await;
    world.with_timelines().await;
    let receipts = world.count("action_receipts");
    let set = |days: u16| {
        world.execute(&format!(
            "UPDATE portals SET policies = policies || '{{\"retention\": {{\"receipts_days\": \
             {days}, \"decisions_days\": {days}, \"activity_days\": {days}}}}}'"
        ));
    };
    let age = |days: u16| {
        world.execute(&format!(
            "UPDATE action_receipts SET answered_at = now() - interval '{days} days'; \
             UPDATE decisions SET decided_at = now() - interval '{days} days'"
        ));
    };

    set(1);
    age(29);
    world.prune(prune::decisions);
    assert!(world.count("decisions") > 0, "30 days is the least");
    age(89);
    world.prune(prune::receipts);
    assert_eq!(
        world.count("action_receipts"),
        receipts,
        "90 days is the least"
    );
    set(200);
    age(199);
    world.prune(prune::receipts);
    world.prune(prune::decisions);
    assert_eq!(world.count("action_receipts"), receipts);
    assert!(world.count("decisions") > 0);
    age(201);
    world.prune(prune::receipts);
    world.prune(prune::decisions);
    assert_eq!(
        (world.count("action_receipts"), world.count("decisions")),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_step_prunes_all() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO action_receipts SELECT 50001, 'api', n::text, sha256(''), gen_random_uuid(), \
            '', now() - interval '100 days' FROM generate_series(1, 4500) AS n; \
         INSERT INTO activity (portal_id, activity_id, happened_at, kind, what, status, duration_us) \
         SELECT 50001, gen_random_uuid(), now() - n * interval '1 day', 'api', 'GET', 200, 1 \
            FROM generate_series(1, 60) AS n; \
         INSERT INTO latency_minutes SELECT 1, 'x', 'received', now() - n * interval '1 hour', 1, 1, \
            1 FROM generate_series(1, 60) AS n",
    );

    world.prune(prune::receipts);
    world.prune(prune::activity);
    world.prune(baton::store::latency::delete_old);

    assert_eq!(world.count("action_receipts"), 0);
    assert_eq!(world.count("activity"), 29);
    assert_eq!(world.count("latency_minutes"), 47);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_to_be_sent_are_dropped_a_week_after_their_decision_and_notes_stay() {
    let world = World::start().await;
    world.let_a_customer_wait();
    let inputs = [("customer_message", "One moment"), ("note", "a VIP")];
    world.act(RequestHandoff, &inputs).await;
    let on = Enrolled::Ticket(TICKET, Some(THREAD));
    world
        .insist(&request(PauseAi, on, &[("duration", "One moment")]))
        .await;
    let age = |days: u16| {
        world.execute(&format!(
            "UPDATE decisions SET decided_at = now() - interval '{days} days'; \
             UPDATE outbox SET created_at = now() - interval '{days} days'"
        ));
    };

    age(6);
    world.prune(prune::words);
    assert!(!world.where_is("One moment").is_empty());
    age(8);
    world.prune(prune::words);

    // What a repeat is answered stays for as long as its receipt.
    assert_eq!(world.where_is("One moment"), ["receipts 1"]);
    let notes = world.texts("SELECT command->>'note' FROM decisions ORDER BY position LIMIT 1");
    assert_eq!(notes, ["a VIP"]);
    assert_eq!(world.broken(), Vec::<String>::new());
    let path = format!("/v1/portals/{PORTAL}/conversations/{THREAD}/decisions");
    let (status, shown) = world.get(ADMIN_KEY, &path).await;
    assert_eq!(
        (status, shown["decisions"].as_array().unwrap().len()),
        (200, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deleted_keeps_nothing_else_from_it() {
    let database_url = new_database();
    let mut conn = PgConnection::establish(&database_url).unwrap();
    execute(
        &mut conn,
        "INSERT INTO action_receipts SELECT 50001, 'api', n::text, sha256(''), gen_random_uuid(), \
            '', now() - interval '100 days' FROM generate_series(1, 10) AS n; \
         INSERT INTO latency_minutes SELECT 1, 'x', 'received', now() - interval '3 days', n, 1, 1 \
            FROM generate_series(1, 10) AS n; \
         INSERT INTO unread_messages (portal_id, thread_id, message_id, occurred_at, received_at) \
         SELECT 50001, n, 'm', now(), now() - interval '40 days' FROM generate_series(1, 10) AS n",
    );
    let mut holder = PgConnection::establish(&database_url).unwrap();
    execute(&mut holder, "BEGIN; LOCK TABLE action_receipts");
    let store = Arc::new(Store::new(&database_url, 1));

    let error = clean_up(&store).await.unwrap_err();

    execute(&mut holder, "ROLLBACK");
    let error = error.to_string();
    assert!(
        error.starts_with("receipts: the database was busy: "),
        "{error}"
    );
    let left = "SELECT concat_ws(' ', (SELECT count(*) FROM action_receipts), \
        (SELECT count(*) FROM latency_minutes), (SELECT count(*) FROM unread_messages))";
    assert_eq!(texts(&mut conn, left), ["10 0 0"]);
}
