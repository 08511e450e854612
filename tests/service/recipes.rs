//! The recipes of `app-config/recipes`: each file's workflows, taken through the simulated HubSpot's
//! engine and this service, on every way that they have.

use crate::enrolling::{Kitchen, SAM, outputs, reasons};
use crate::wire::now_ms;
use crate::world::{PORTAL, THREAD, TICKET};
use baton::domain::ids::WorkflowId;
use baton::simulator::hubspot::deed::Assignee;
use baton::simulator::hubspot::workflows::enrollment::Stage;
use baton::simulator::hubspot::workflows::workflow::{Step, Workflow};

/// Steps of some other workflow of the account.
async fn meanwhile(kitchen: &Kitchen, uid: &str, inputs: &[(&str, &str)]) {
    let other = Workflow {
        id: WorkflowId(5),
        name: "Another workflow".to_owned(),
        steps: vec![Step::action(uid, inputs)],
    };
    let id = other.id;
    kitchen.hubspot.publish_workflow(other).unwrap();
    let enrolled = kitchen.hubspot.enroll(PORTAL, id, TICKET).unwrap();
    kitchen.until(enrolled, Stage::Ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vips_ticket_is_paused_and_resumed() {
    let kitchen = Kitchen::with("vip-ticket").await;
    let paused = kitchen.run(0).await;
    let first = outputs(&paused, 0);
    assert_eq!(first.gist(), ("applied", "APPLIED", "ai_paused"));
    let again = kitchen.run(0).await;
    assert_eq!(outputs(&again, 0).get("outcome"), "already");

    let resumed = kitchen.run(1).await;
    let freed = outputs(&resumed, 0);
    assert_eq!(freed.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(freed.get("ai_may_reply"), "true");
    for passage in [&paused, &again, &resumed] {
        assert_eq!(passage.notified, Vec::<String>::new());
    }

    kitchen.sam_has_the_conversation().await;
    let beneath = kitchen.run(0).await;
    assert_eq!(outputs(&beneath, 0).get("outcome"), "applied_shadowed");
    let refused = kitchen.run(1).await;
    assert_eq!(refused.notified, [outputs(&refused, 0).get("explanation")]);
    assert!(refused.notified[0].contains("has owned"), "{refused:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vips_ticket_is_paused_once_however_often_hubspot_has_to_try() {
    let kitchen = Kitchen::with("vip-ticket").await;
    kitchen.hubspot.serve_at("http://127.0.0.1:1");
    let id = kitchen.enroll(0);
    for minutes in [1, 2, 4] {
        kitchen.until(id, Stage::Retrying).await;
        kitchen.minutes_pass(minutes);
        // Until the next attempt has failed as well, it works.
        kitchen.until_attempted(id).await;
    }
    kitchen.hubspot.serve_at(&kitchen.world.url);
    kitchen.until(id, Stage::Retrying).await;
    kitchen.minutes_pass(8);

    let ended = kitchen.until(id, Stage::Ended).await;

    // A machine that is busy may have waited once where HubSpot tried twice.
    assert!(ended.executions[0].attempts >= 2, "{ended:#?}");
    assert_eq!(outputs(&ended, 0).gist().0, "applied");
    assert_eq!(ended.notified, Vec::<String>::new());
    assert_eq!(kitchen.world.count("action_receipts"), 1);
    assert_eq!(kitchen.world.count("decisions"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_sentiment_asks_for_a_person_once() {
    let kitchen = Kitchen::with("negative-sentiment").await;
    let asked = kitchen.run(0).await;
    let first = outputs(&asked, 0);
    assert_eq!(first.gist(), ("applied", "APPLIED", "handoff_requested"));
    let again = kitchen.run(0).await;
    let second = outputs(&again, 0);
    assert_eq!(
        second.gist(),
        ("merged", "HANDOFF_MERGED", "handoff_requested")
    );

    kitchen.sam_has_the_conversation().await;
    let taken = kitchen.run(0).await;
    assert_eq!(reasons(&taken), ["HUMAN_ALREADY_ACTIVE"]);
    assert_eq!(outputs(&taken, 0).get("ai_state"), "human_active");
    for passage in [&asked, &again, &taken] {
        assert_eq!(passage.notified, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_ticket_goes_back_to_the_ai() {
    let kitchen = Kitchen::with("back-to-ai").await;
    meanwhile(&kitchen, "pause_ai", &[]).await;
    meanwhile(&kitchen, "request_handoff", &[]).await;
    let resumed = kitchen.run(0).await;
    let freed = outputs(&resumed, 0);
    assert_eq!(
        (freed.get("outcome"), freed.get("ai_state")),
        ("applied", "ai_active")
    );
    assert_eq!(resumed.executions.len(), 1);

    kitchen.sam_owns_the_ticket().await;
    let id = kitchen.enroll(0);
    let refused = kitchen.until(id, Stage::Delayed).await;
    assert_eq!(reasons(&refused), ["HUMAN_OWNS_CONVERSATION"]);
    kitchen.told().await;
    kitchen.minutes_pass(2);
    let ended = kitchen.until(id, Stage::Ended).await;
    let freed = outputs(&ended, 1);
    assert_eq!(freed.get("ai_state"), "ai_active", "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_closes_and_opens() {
    let kitchen = Kitchen::with("office-hours").await;
    for closing in [0, 2] {
        let closed = kitchen.run(closing).await;
        assert_eq!(outputs(&closed, 0).get("ai_state"), "ai_paused");
        let opened = kitchen.run(1).await;
        assert_eq!(outputs(&opened, 0).get("ai_may_reply"), "true");
        assert_eq!(opened.notified, Vec::<String>::new());
    }

    kitchen.sam_has_the_conversation().await;
    kitchen.run(0).await;
    let opened = kitchen.run(1).await;
    let taken = outputs(&opened, 0);
    assert_eq!(taken.get("ai_state"), "human_active");
    assert_eq!(taken.get("ai_may_reply"), "false");
    assert_eq!(opened.notified, Vec::<String>::new(), "it is no surprise");

    kitchen
        .hubspot
        .assign_thread(PORTAL, THREAD, Assignee::Nobody)
        .unwrap();
    kitchen.told().await;
    meanwhile(&kitchen, "send_to_ai", &[]).await;
    kitchen
        .world
        .post(crate::world::ADMIN_KEY, "lock", serde_json::json!({}))
        .await;
    let opened = kitchen.run(1).await;
    assert_eq!(reasons(&opened), ["ADMIN_LOCK"]);
    assert_eq!(opened.notified.len(), 1, "it is one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_keeps_the_ai_quiet_for_an_hour() {
    let kitchen = Kitchen::with("after-a-note").await;
    let first = outputs(&kitchen.run(0).await, 0);
    assert_eq!(first.get("outcome"), "applied");
    let end: i64 = first.get("pause_expires_at").parse().unwrap();
    assert!((end - now_ms() - 3_600_000).abs() < 30_000);
    let next = outputs(&kitchen.run(0).await, 0);
    assert_eq!(next.get("outcome"), "extended");
    assert!(next.get("pause_expires_at").parse::<i64>().unwrap() >= end);

    kitchen.world.let_holds_run_out();
    let shown = kitchen.world.conversation().await;
    assert_eq!(shown["state"], "ai_active", "it ends by itself");

    meanwhile(&kitchen, "pause_ai", &[("duration", "until_resumed")]).await;
    let beneath = outputs(&kitchen.run(0).await, 0);
    assert_eq!(beneath.get("outcome"), "already");
    assert_eq!(beneath.get("silent_until"), "", "nothing gets shorter");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_that_nobody_claims_goes_to_somebody_else() {
    let kitchen = Kitchen::with("unclaimed-handoff").await;
    let id = kitchen.enroll(0);
    let waiting = kitchen.until(id, Stage::Delayed).await;
    let asked = outputs(&waiting, 0);
    assert!(asked.get("claim_deadline").parse::<i64>().unwrap() > now_ms());
    kitchen.minutes_pass(14);
    assert_eq!(
        kitchen.hubspot.enrollment(id).unwrap().stage,
        Stage::Delayed
    );
    kitchen.world.let_holds_end_at(now_ms() - 1);
    kitchen.minutes_pass(2);
    let ended = kitchen.until(id, Stage::Ended).await;
    assert_eq!(reasons(&ended), ["APPLIED", "HANDOFF_MERGED"]);
    let louder = outputs(&ended, 1);
    assert_eq!(louder.get("handoff_id"), asked.get("handoff_id"));
    assert_eq!(ended.notified, [louder.get("explanation")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handoff_that_is_claimed_or_withdrawn_bothers_nobody_else() {
    let claimed = Kitchen::with("unclaimed-handoff").await;
    let id = claimed.enroll(0);
    claimed.until(id, Stage::Delayed).await;
    claimed.sam_has_the_conversation().await;
    claimed.minutes_pass(16);
    let ended = claimed.until(id, Stage::Ended).await;
    assert_eq!(reasons(&ended), ["APPLIED", "HUMAN_ALREADY_ACTIVE"]);
    assert_eq!(ended.notified, Vec::<String>::new());
    let at_once = claimed.run(0).await;
    assert_eq!(reasons(&at_once), ["HUMAN_ALREADY_ACTIVE"], "and no delay");

    let withdrawn = Kitchen::with("unclaimed-handoff").await;
    let id = withdrawn.enroll(0);
    withdrawn.until(id, Stage::Delayed).await;
    meanwhile(&withdrawn, "send_to_ai", &[]).await;
    withdrawn.minutes_pass(16);
    let ended = withdrawn.until(id, Stage::Ended).await;
    assert_eq!(reasons(&ended), ["APPLIED", "APPLIED"]);
    assert_eq!(ended.notified, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_silence_the_ai_takes_up_what_was_paused() {
    let kitchen = Kitchen::with("back-after-silence").await;
    meanwhile(&kitchen, "pause_ai", &[]).await;
    kitchen.world.let_a_customer_wait();
    let ended = kitchen.run(0).await;
    assert_eq!(reasons(&ended), ["APPLIED", "ALREADY_IN_STATE"]);
    assert_eq!(outputs(&ended, 1).get("reply_requested"), "true");
    assert_eq!(ended.notified, Vec::<String>::new());

    let asked = Kitchen::with("back-after-silence").await;
    meanwhile(&asked, "request_handoff", &[]).await;
    let ended = asked.run(0).await;
    assert_eq!(reasons(&ended), ["HANDOFF_PENDING"], "nothing is sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_silence_the_owner_is_warned_before_the_ai_takes_over() {
    for (customer_waits, expected) in [
        (true, vec!["HUMAN_OWNS_CONVERSATION", "HANDOFF_WITHDRAWN"]),
        (false, vec!["HUMAN_OWNS_CONVERSATION"]),
    ] {
        let kitchen = Kitchen::with("back-after-silence").await;
        kitchen.sam_owns_the_ticket().await;
        if customer_waits {
            kitchen
                .hubspot
                .customer_writes(PORTAL, THREAD, "Anybody?")
                .unwrap();
            kitchen.told().await;
            kitchen.world.let_a_customer_wait();
        } else {
            kitchen
                .hubspot
                .agent_replies(PORTAL, THREAD, (SAM.0, "Here I am"))
                .unwrap();
            kitchen.told().await;
        }
        let id = kitchen.enroll(0);
        let warned = kitchen.until(id, Stage::Delayed).await;
        assert_eq!(warned.notified.len(), 1, "{warned:#?}");
        kitchen.minutes_pass(31);
        if customer_waits {
            kitchen.until_owned_by_nobody().await;
            kitchen.until(id, Stage::Delayed).await;
            kitchen.minutes_pass(2);
        }
        let ended = kitchen.until(id, Stage::Ended).await;
        assert_eq!(reasons(&ended), expected, "{ended:#?}");
        let state = if customer_waits {
            "ai_active"
        } else {
            "human_active"
        };
        assert_eq!(kitchen.world.state().await, state);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_is_left_alone_until_the_ticket_leaves_it() {
    let kitchen = Kitchen::with("hands-off-a-stage").await;
    let entered = kitchen.run(0).await;
    assert_eq!(outputs(&entered, 0).get("ai_state"), "ai_paused");
    assert_eq!(entered.notified, Vec::<String>::new());
    meanwhile(&kitchen, "pause_ai", &[("duration", "1h")]).await;
    let shown = kitchen.world.conversation().await;
    assert_eq!(shown["state"], "ai_paused");

    let left = kitchen.run(1).await;
    let freed = outputs(&left, 0);
    assert_eq!(
        (freed.get("ai_state"), freed.get("ai_may_reply")),
        ("ai_active", "true")
    );
    assert_eq!(left.notified, Vec::<String>::new());

    kitchen.sam_has_the_conversation().await;
    let left = kitchen.run(1).await;
    assert_eq!(left.notified, [outputs(&left, 0).get("explanation")]);
}
