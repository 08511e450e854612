//! What the clock brings: it is done within a second of its time, once, by one of the replicas,
//! and never to what has changed meanwhile.

use crate::delivering::{ANN, assigned, event};
use crate::wire::now_ms;
use crate::world::{ADMIN_KEY, PATIENCE, PORTAL, Setup, THREAD, TICKET, World, client, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::metrics::METRICS;
use baton::service::run_timers;
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::Change;
use baton::store::timers::claim_due;
use diesel::connection::SimpleConnection;
use serde_json::json;
use std::time::{Duration, Instant};

/// A timer is done this long after its time at the latest.
const PROMISED_MS: i64 = 1_000;
/// So often at most it is measured whether a timer is done in time: a machine that stands still
/// spoils some rounds, a defect spoils all.
const ROUNDS: usize = 5;

/// Measures by how many milliseconds the last timer was late, in a world of its own each time, until
/// it was in time once. What it measures may also find that its round is spoiled.
async fn in_time_once(limit_ms: i64, late_ms: impl AsyncFn(World) -> Option<i64>) {
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        let late = late_ms(World::start().await).await;
        println!("{late:?} ms late");
        match late {
            Some(late) if late < 0 => panic!("{late} ms: before its time"),
            Some(late) if late <= limit_ms => return,
            late => all.push(late),
        }
    }
    panic!("never within {limit_ms} ms: {all:?}");
}

impl World {
    async fn until_count(&self, from: &str, count: i64) {
        let began = Instant::now();
        while self.count(from) != count {
            let found = self.count(from);
            assert!(began.elapsed() < PATIENCE, "{found} {from}, not {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until timers have nothing left that is due.
    async fn until_nothing_is_due(&self) {
        let due = "(SELECT next_check_at FROM conversations UNION ALL \
                   SELECT next_check_at FROM tickets) AS d \
                   WHERE next_check_at <= now() + interval '11 seconds'";
        self.until_count(due, 0).await;
    }

    /// By how many milliseconds the last timer's decision came after this time.
    fn latest_timer_after(&self, end_ms: i64) -> i64 {
        let latest = "SELECT max((extract(epoch FROM decided_at) * 1000)::bigint) FROM decisions \
                      WHERE command ? 'timer'";
        self.texts(latest)[0].parse::<i64>().unwrap() - end_ms
    }

    fn told(&self, event: &str) -> Vec<String> {
        self.texts(&format!(
            "SELECT payload FROM outbox WHERE event_type = '{event}' ORDER BY created_at"
        ))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_pause_is_recorded_and_told_within_a_second() {
    in_time_once(PROMISED_MS, async |world| {
        world.act(PauseAi, &[("duration", "1h")]).await;
        let end = now_ms() + 1_500;
        world.let_holds_end_at(end);

        world.until_count("decisions", 2).await;

        let line = "SELECT concat_ws(' ', control_version, changed, command, state_before, \
                    state_after, explanation) FROM decisions WHERE position = 2";
        let expected = r#"2 t {"timer": "lapse"} ai_active ai_active The AI may answer."#;
        assert_eq!(world.texts(line), [expected]);
        assert_eq!(world.told("control.changed").len(), 2);
        world.until_nothing_is_due().await;
        assert_eq!(world.count("decisions"), 2, "it is recorded once");
        Some(world.latest_timer_after(end))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_that_nobody_claims_ends_as_its_author_asked() {
    let cases = [
        ("notify", "handoff_requested", "normal"),
        ("return_to_ai", "ai_active", ""),
        ("escalate", "handoff_requested", "urgent"),
    ];
    for (on_timeout, state, priority) in cases {
        let world = World::start().await;
        world
            .act(RequestHandoff, &[("on_timeout", on_timeout)])
            .await;
        world.let_holds_end_at(now_ms() - 1);

        world
            .until_count("outbox WHERE event_type = 'handoff.timed_out'", 1)
            .await;
        world.until_nothing_is_due().await;

        assert_eq!(world.state().await, state, "{on_timeout}");
        let left = world.texts("SELECT holds->0->>'priority' FROM conversations");
        assert_eq!(left, [priority], "{on_timeout}");
        assert_eq!(world.told("handoff.timed_out").len(), 1, "{on_timeout}");
        assert_eq!(world.count("action_receipts"), 1, "a timer needs none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_under_a_person_is_spent_without_a_word() {
    let world = World::start().await;
    let inputs = [("on_timeout", "return_to_ai")];
    world.act(RequestHandoff, &inputs).await;
    world.deliver(&[assigned(ANN)]).await;
    let lines = world.count("decisions");
    world.let_holds_end_at(now_ms() - 1);
    world.execute("UPDATE conversations SET next_check_at = now()");

    world.until_nothing_is_due().await;

    assert_eq!(world.state().await, "human_active");
    assert_eq!(world.told("handoff.timed_out"), Vec::<String>::new());
    assert!(world.count("decisions") <= lines + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timer_of_an_earlier_time_leaves_the_later_one_alone() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;
    let before = world.texts("SELECT next_check_at FROM conversations");
    world.execute("UPDATE conversations SET next_check_at = now() - interval '1 minute'");

    world.until_nothing_is_due().await;

    assert_eq!(world.state().await, "ai_paused");
    assert_eq!(world.count("decisions"), 1, "looking is no decision");
    let after = world.texts("SELECT next_check_at FROM conversations");
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_do_what_is_due_once() {
    let one = World::start().await;
    let two = World::start_on(one.database_url.clone(), Setup::default()).await;
    for place in 0..60 {
        let ticket = TicketId(TICKET.0 + place);
        let thread = ThreadId(THREAD.0 + place);
        let enrolled = Enrolled::Ticket(ticket, Some(thread));
        let inputs = [("on_timeout", "return_to_ai")];
        one.act_on(RequestHandoff, enrolled, &inputs).await;
    }

    one.let_holds_end_at(now_ms() - 1);
    one.until_count("outbox WHERE event_type = 'handoff.timed_out'", 60)
        .await;
    two.until_nothing_is_due().await;

    assert_eq!(one.count("decisions"), 120);
    assert_eq!(one.told("handoff.timed_out").len(), 60);
    assert_eq!(one.count("conversations WHERE control_version <> 2"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_claimed_no_other_claims_until_its_lease_is_over() {
    let world = World::start().await;
    world.act(PauseAi, &[("duration", "1h")]).await;
    let mut replica = world.sql();
    // In one transaction, so that the world's own timers do not come first.
    replica
        .batch_execute("BEGIN; UPDATE conversations SET next_check_at = now()")
        .unwrap();
    let first = claim_due(&mut replica, 10).unwrap();
    replica.batch_execute("COMMIT").unwrap();
    let second = claim_due(&mut replica, 10).unwrap();

    assert_eq!((first.len(), second.len()), (1, 0));
    assert_eq!(first[0].subject.thread, Some(THREAD));
    assert_eq!(first[0].linked_ticket, Some(TICKET));
    let lease = "conversations WHERE next_check_at BETWEEN now() + interval '5 seconds' \
                 AND now() + interval '10 seconds'";
    assert_eq!(world.count(lease), 1);
    // The replica that claimed is gone: somebody else looks when its lease is over.
    world
        .until_count(
            "conversations WHERE next_check_at > now() + interval '50 minutes'",
            1,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_held_keeps_no_other_timer_waiting() {
    in_time_once(2 * PROMISED_MS, async |world| {
        let held = Enrolled::Ticket(TICKET, Some(THREAD));
        let free = Enrolled::Ticket(TicketId(TICKET.0 + 1), Some(ThreadId(THREAD.0 + 1)));
        for enrolled in [held, free] {
            world.act_on(PauseAi, enrolled, &[("duration", "1h")]).await;
        }
        let mut other = world.sql();
        let end = now_ms() + 3_000;
        world.let_holds_end_at(end);
        let lock =
            format!("BEGIN; SELECT FROM conversations WHERE thread_id = {THREAD} FOR UPDATE");
        other.batch_execute(&lock).unwrap();
        if now_ms() >= end {
            println!("its time came before it was held");
            return None;
        }

        world.until_count("decisions", 3).await;
        let late = now_ms() - end;
        other.batch_execute("ROLLBACK").unwrap();
        world.until_count("decisions", 4).await;

        Some(late)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timers_are_due_within_a_second_while_actions_flood() {
    in_time_once(PROMISED_MS, async |world| {
        for place in 0..40 {
            let enrolled = Enrolled::Ticket(
                TicketId(TICKET.0 + 100 + place),
                Some(ThreadId(THREAD.0 + 100 + place)),
            );
            world.act_on(PauseAi, enrolled, &[("duration", "1h")]).await;
        }
        let end = now_ms() + 1_000;
        world.let_holds_end_at(end);

        let ended = async {
            let timed = "decisions WHERE command ? 'timer'";
            world.until_count(timed, 40).await;
        };
        let callers = (0..48).map(|caller| flood(&world, caller));
        tokio::select! {
            () = ended => {}
            _ = futures_util::future::join_all(callers) => unreachable!("a flood has no end"),
        }
        Some(world.latest_timer_after(end))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_pauses_that_end_in_one_moment_keep_nobody_waiting_for_the_next_look() {
    const CONVERSATIONS: i64 = 3_000;
    // Looks of 128 conversations, 200 ms apart, would end 4.6 s late, with little to do meanwhile.
    in_time_once(PROMISED_MS, async |world| {
        let body = json!({"duration_minutes": 60});
        let (status, answer) = world.post(ADMIN_KEY, "pause", body).await;
        assert_eq!(status, 200, "{answer}");
        world.execute(&format!(
            "INSERT INTO conversations (portal_id, thread_id, state, control_version, \
                silenced_at_version, position, decided_at, facts, holds, upkeep, next_check_at) \
             SELECT portal_id, thread_id + n, state, control_version, silenced_at_version, \
                position, decided_at, facts, holds, upkeep, next_check_at \
             FROM conversations, generate_series(1, {CONVERSATIONS} - 1) AS n"
        ));
        let end = now_ms() + 500;
        world.let_holds_end_at(end);
        let at_work = METRICS.batch_seconds.get_sample_sum();

        world
            .until_count("decisions WHERE command ? 'timer'", CONVERSATIONS)
            .await;

        // A slow machine takes longer to decide; what counts is the time that no batch of the two
        // writers accounts for. Those of tests beside this one are counted too, and make it no
        // stricter.
        let at_work = METRICS.batch_seconds.get_sample_sum() - at_work;
        let latest = world.latest_timer_after(end);
        println!("the last of {CONVERSATIONS} ended {latest} ms late, {at_work:.1} s at work");
        let by_each = at_work * 1_000.0 / Setup::default().writers as f64;
        Some((latest - by_each as i64).max(0))
    })
    .await;
}

/// Pauses and resumes a ticket of its own, again and again.
async fn flood(world: &World, caller: i64) {
    let hubspot = world.hubspot();
    let enrolled = Enrolled::Ticket(
        TicketId(TICKET.0 + caller),
        Some(ThreadId(THREAD.0 + caller)),
    );
    loop {
        for kind in [PauseAi, ResumeAi] {
            // Those that a slow machine answers too late are part of the flood.
            let answer = hubspot.call(&request(kind, enrolled, &[])).await;
            let status = answer.unwrap().status;
            assert!([200, 503].contains(&status), "{status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whom_nobody_answers_raises_one_alert_for_each_wait() {
    let world = World::start().await;
    world.deliver(&[event(Change::Created(THREAD))]).await;
    world.let_a_customer_wait();
    world.execute("UPDATE conversations SET next_check_at = now()");

    let alerts = "outbox WHERE event_type = 'conversation.unattended'";
    world.until_count(alerts, 1).await;
    world.act(PauseAi, &[]).await;
    world.execute("UPDATE conversations SET next_check_at = now()");
    world.until_nothing_is_due().await;
    assert_eq!(world.count(alerts), 1, "one wait, one alert");

    world.execute(
        "UPDATE conversations SET facts = jsonb_set(jsonb_set(facts, '{waiting,newest_at}', \
         '1790000900000'), '{waiting,since}', '1790000900000'), next_check_at = now()",
    );
    world.until_count(alerts, 2).await;
    let states = world.texts(
        "SELECT payload->>'ai_state' FROM outbox \
         WHERE event_type = 'conversation.unattended' ORDER BY created_at",
    );
    assert_eq!(states, ["ai_active", "ai_paused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_time_to_an_alert_reaches_customers_who_wait_already() {
    let world = World::start().await;
    let set = |body| {
        let url = format!("{}/v1/portals/{PORTAL}/settings", world.url);
        client()
            .patch(url)
            .bearer_auth(ADMIN_KEY)
            .json(&body)
            .send()
    };
    let usual = set(json!({"unattended_after": "1h"})).await.unwrap();
    assert_eq!(usual.status().as_u16(), 200);
    world.deliver(&[event(Change::Created(THREAD))]).await;
    world.act(PauseAi, &[]).await;
    let since = now_ms() - 600_000;
    world.execute(&format!(
        "UPDATE conversations SET facts = jsonb_set(facts, '{{waiting}}', \
         '{{\"message_id\": \"m\", \"newest_at\": {since}, \"since\": {since}}}'), \
         next_check_at = now()"
    ));
    world
        .until_count(
            "conversations WHERE next_check_at > now() + interval '40 minutes'",
            1,
        )
        .await;

    let changed = set(json!({"unattended_after": "5m"})).await.unwrap();
    assert_eq!(changed.status().as_u16(), 200);

    let alerts = "outbox WHERE event_type = 'conversation.unattended'";
    world.until_count(alerts, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_again_reaches_every_record_that_waits() {
    let world = World::start().await;
    world.execute(
        "INSERT INTO conversations (portal_id, thread_id, next_check_at) \
         SELECT 50001, n, now() + interval '1 hour' FROM generate_series(1, 2500) AS n",
    );

    let began = Instant::now();
    while let Err(error) = run_timers::look_again(&world.service.store, PORTAL).await {
        assert!(began.elapsed() < PATIENCE, "{error}");
    }

    let hour = "conversations WHERE next_check_at > now() + interval '30 minutes'";
    assert_eq!(world.count(hour), 0);
}
