//! Conversations that are not known are looked up: for Send to AI at once, for a contact, and for
//! what was recorded on a ticket before anybody saw its conversation.

use crate::behind::execute;
use crate::delivering::{ANN, assigned};
use crate::desk::{Desk, until};
use crate::world::{PORTAL, THREAD, TICKET, World, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::action_request::Enrolled;
use std::time::{Duration, Instant};

const UNKNOWN: Enrolled = Enrolled::Ticket(TICKET, None);
const CONTACT: i64 = 901;
const LISTS: &str = "/threads?";
/// What HubSpot does not answer meanwhile is given up.
const IN_TIME: Duration = Duration::from_secs(3);

fn state(world: &World, thread: ThreadId) -> String {
    let sql = format!("SELECT state FROM conversations WHERE thread_id = {thread}");
    world.texts(&sql).pop().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn send_to_ai_looks_its_conversation_up_within_the_action() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    world.act_on(PauseAi, UNKNOWN, &[]).await;

    let sent = world.act_on(SendToAi, UNKNOWN, &[]).await;

    assert_eq!(sent.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(sent.get("thread_id"), "7001");
    let linked = "SELECT ticket_id FROM conversations";
    assert_eq!(world.texts(linked), [TICKET.to_string()]);
    let again = world.act_on(SendToAi, UNKNOWN, &[]).await;
    assert_eq!(again.get("outcome"), "already");
    assert_eq!(desk.calls("associatedTicketId").len(), 1, "it is known now");
}

#[tokio::test(flavor = "multi_thread")]
async fn send_to_ai_is_503_while_hubspot_cannot_be_asked_and_decided_once_it_can() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    let sent = request(SendToAi, UNKNOWN, &[]);
    desk.never_answer(LISTS);
    let mut quickest = Duration::MAX;

    // A busy machine spoils some answers, a slow service all of them.
    for _ in 0..5 {
        let began = Instant::now();
        assert_eq!(world.call(&sent).await.status, 503);
        quickest = quickest.min(began.elapsed());
        if quickest < IN_TIME {
            break;
        }
    }
    assert!(quickest < IN_TIME, "{quickest:?} at best");
    desk.answer_again();
    desk.fail("associatedTicketId", 500);
    assert_eq!(world.call(&sent).await.status, 503);
    assert_eq!(world.count("action_receipts"), 0);

    let answer = world.call(&sent).await;
    assert_eq!(answer.status, 200);
    assert_eq!(world.call(&sent).await.body, answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hubspot_that_takes_seven_seconds_is_503_in_time_and_its_late_answer_records_nothing() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.ticket = Some(TICKET.0));
    let by_contact = request(SendToAi, Enrolled::Contact(CONTACT), &[]);
    let by_ticket = request(SendToAi, UNKNOWN, &[]);
    for sent in [&by_ticket, &by_contact] {
        let slow = Duration::from_secs(7);
        desk.answer_after(LISTS, slow);
        let began = Instant::now();
        let tries = futures_util::future::join(world.call(sent), world.call(sent));
        let (first, second) = tries.await;

        assert_eq!((first.status, second.status), (503, 503));
        let took = began.elapsed();
        assert!(took < slow, "as if it waited for HubSpot: {took:?}");
        until("the late answers have come", async || {
            began.elapsed() > slow
        })
        .await;
        let rows = "SELECT (SELECT count(*) FROM action_receipts) \
            + (SELECT count(*) FROM decisions WHERE command ? 'what')";
        assert_eq!(
            world.texts(rows),
            ["0"],
            "nothing was asked of a conversation"
        );
        desk.answer_again();
        desk.fail(LISTS, 503);
    }

    let answer = world.call(&by_ticket).await;
    let answer = match answer.status {
        503 => world.call(&by_ticket).await,
        _ => answer,
    };
    assert_eq!(answer.status, 200);
    assert_eq!(world.call(&by_ticket).await.body, answer.body);
    assert_eq!(world.count("action_receipts"), 1);
    let decisions = world.texts("SELECT count(*) FROM decisions WHERE command ? 'what'");
    assert_eq!(decisions, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn send_to_ai_for_a_ticket_without_a_conversation_is_not_found_once_hubspot_says_so() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.ticket(TICKET, |_| ());

    let sent = world.act_on(SendToAi, UNKNOWN, &[]).await;

    assert_eq!(sent.get("outcome"), "not_found");
    assert_eq!(sent.get("reason_code"), "CONVERSATION_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_names_the_conversation_it_came_from_is_enough() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.ticket(TICKET, |ticket| ticket.thread = Some(THREAD.0));

    let sent = world.act_on(SendToAi, UNKNOWN, &[]).await;

    assert_eq!(sent.get("thread_id"), "7001");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_on_a_ticket_counts_once_its_conversation_is_seen() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.ticket(TICKET, |ticket| ticket.thread = Some(THREAD.0));

    let paused = world.act_on(PauseAi, UNKNOWN, &[]).await;
    assert_eq!(paused.get("outcome"), "queued");

    until("its conversation is paused", async || {
        state(&world, THREAD) == "ai_paused"
    })
    .await;
}

/// A service that stops while it decides a pause; none: the machine was too slow for it, since a
/// pause is given up after 2.5 s.
async fn paused_while_stopping() -> Option<(Desk, String)> {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    world.act_on(ResumeAi, UNKNOWN, &[]).await;
    until("HubSpot knows no such ticket", async || {
        world.count("owner_checks") == 0 && !desk.calls("/batch/read").is_empty()
    })
    .await;
    desk.ticket(TICKET, |ticket| ticket.thread = Some(THREAD.0));
    // A pause that waits for its record's lock until the workers have ended.
    let mut other = world.sql();
    execute(&mut other, "BEGIN; SELECT FROM tickets FOR UPDATE");
    let (hubspot, pause) = (world.hubspot(), request(PauseAi, UNKNOWN, &[]));
    let paused = tokio::spawn(async move { hubspot.call(&pause).await.unwrap() });
    until("the pause waits", async || {
        world.count(
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        ) > 0
    })
    .await;
    let (address, database_url) = (world.service.address, world.database_url);
    let stopped = tokio::spawn(world.service.stop());
    until("no call is taken any more", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    execute(&mut other, "COMMIT");
    let paused = paused.await.unwrap();
    stopped.await.unwrap();
    if paused.status == 503 {
        return None;
    }
    assert_eq!(paused.outputs.unwrap()["outcome"], "queued");
    Some((desk, database_url))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_while_the_service_stops_is_looked_up_by_the_next_one() {
    let mut paused = None;
    for _ in 0..5 {
        paused = paused_while_stopping().await;
        if paused.is_some() {
            break;
        }
    }
    let (desk, database_url) = paused.expect("a pause that was decided in time");

    let next = World::start_on(database_url, desk.setup()).await;

    until("its conversation is paused", async || {
        state(&next, THREAD) == "ai_paused"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_look_ups_of_many_tickets_share_calls() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    let count = 100;
    for n in 0..count {
        let ticket = TicketId(TICKET.0 + n);
        desk.ticket(ticket, |ticket| ticket.thread = Some(THREAD.0 + n));
    }
    // A burst of enrolments, which nobody decides one after the other.
    let hubspot = world.hubspot();
    let calls = (0..count).map(|n| {
        let enrolled = Enrolled::Ticket(TicketId(TICKET.0 + n), None);
        let request = request(PauseAi, enrolled, &[]);
        let hubspot = &hubspot;
        async move {
            let began = Instant::now();
            loop {
                let status = hubspot.call(&request).await.unwrap().status;
                // HubSpot repeats what a busy machine answers like this.
                if status != 503 || began.elapsed() > Duration::from_secs(30) {
                    return status;
                }
            }
        }
    });
    let statuses = futures_util::future::join_all(calls).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");

    until("all are paused", async || {
        world.count("conversations WHERE state = 'ai_paused'") == count
    })
    .await;
    assert!(desk.calls("/batch/read").len() <= 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_is_read_again_at_once_while_a_burst_of_enrolments_is_looked_up() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    desk.thread(THREAD, |thread| thread.assigned_to = ANN.to_owned());
    // As a burst of enrolments of tickets leaves them.
    world.execute(
        "INSERT INTO owner_checks (portal_id, subject, subject_id, is_look_up) \
         SELECT 50001, 'ticket', n, true FROM generate_series(1, 20000) AS n",
    );
    let began = Instant::now();
    until("look-ups have used up what they may", async || {
        let calls = desk.called_at("/batch/read");
        let newest = calls.last().map(Instant::elapsed);
        // A machine too slow for that is as good: they leave enough of the budget.
        newest > Some(Duration::from_secs(1)) || began.elapsed() > Duration::from_secs(15)
    })
    .await;

    world.deliver(&[assigned(ANN)]).await;
    let read_again = until("it is read again", async || {
        !desk.calls("/threads/7001").is_empty()
    })
    .await;

    // Less than the window of the look-ups' calls: it did not wait for its end.
    assert!(read_again < Duration::from_secs(8), "{read_again:?}");
    assert!(world.count("owner_checks WHERE is_look_up") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_enrolment_has_looked_up_does_not_stand_in_the_line_of_takeovers() {
    let desk = Desk::start().await;
    desk.hold_back("/batch/read");
    let world = desk.quiet_world().await;

    world.act_on(PauseAi, UNKNOWN, &[]).await;

    until("it is to be looked up", async || {
        world.count("owner_checks") == 1
    })
    .await;
    let line = "SELECT concat_ws(' ', subject_id, is_look_up) FROM owner_checks";
    assert_eq!(world.texts(line), [format!("{TICKET} t")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_s_workflow_reaches_its_open_conversations_and_no_others() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    for (id, contact) in [(7_001, CONTACT), (7_002, CONTACT), (7_003, 902)] {
        desk.thread(ThreadId(id), |thread| thread.contact = contact);
    }
    let closed = |thread: &mut crate::desk::DeskThread| thread.closed_at = Some(thread.latest_at);
    desk.thread(ThreadId(7_004), closed);
    desk.thread(ThreadId(7_002), |thread| thread.latest_at += 1_000);
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);

    let answer = world.call(&pause).await;

    assert_eq!(answer.status, 200);
    let outputs = answer.outputs.clone().unwrap();
    assert_eq!(outputs["outcome"], "applied");
    assert_eq!(outputs["threads_affected"], "2");
    assert!(!outputs.contains_key("thread_id"), "they are several");
    for (id, expected) in [
        (7_001, "ai_paused"),
        (7_002, "ai_paused"),
        (7_003, ""),
        (7_004, ""),
    ] {
        assert_eq!(state(&world, ThreadId(id)), expected, "{id}");
    }

    // A repeat changes nothing, though another conversation is open now.
    desk.thread(ThreadId(7_005), |_| ());
    let lists = desk.calls("associatedContactId").len();
    assert_eq!(world.call(&pause).await.body, answer.body);
    assert_eq!(state(&world, ThreadId(7_005)), "");
    assert_eq!(desk.calls("associatedContactId").len(), lists);

    let sent = world
        .act_on(SendToAi, Enrolled::Contact(CONTACT), &[])
        .await;
    assert_eq!(sent.get("ai_state"), "ai_active");
    assert_eq!(sent.get("thread_id"), "7002", "whose customer wrote last");
    assert_eq!(
        state(&world, ThreadId(7_001)),
        "ai_paused",
        "only the latest"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_for_a_contact_with_more_conversations_than_it_reaches_says_how_many_it_left_out()
{
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    for id in 7_001..=7_060 {
        desk.thread(ThreadId(id), |thread| thread.latest_at += id);
    }
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);

    let outputs = world.insist(&pause).await.outputs.unwrap();

    assert_eq!(outputs["threads_affected"], "51");
    let paused = "SELECT min(thread_id) FROM conversations WHERE state = 'ai_paused'";
    assert_eq!(world.texts(paused), ["7010"], "those that wrote last");
    let logged = "SELECT DISTINCT failure FROM activity WHERE kind = 'action' AND status = 200";
    until("it is in the activity log", async || {
        world.texts(logged) == ["9 open conversations of the contact were not reached"]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_for_a_contact_is_that_of_its_most_silent_conversation_and_counts_them_all() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    for id in [7_001, 7_002, 7_003] {
        desk.thread(ThreadId(id), |thread| thread.latest_at += id);
    }
    desk.thread(ThreadId(7_001), |thread| {
        thread.assigned_to = ANN.to_owned();
    });
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);
    let resume = request(ResumeAi, Enrolled::Contact(CONTACT), &[]);

    let paused = world.call(&pause).await.outputs.unwrap();
    let answer = world.call(&resume).await;

    let resumed = answer.outputs.clone().unwrap();
    for (name, after_pause, after_resume) in [
        ("ai_state", "human_active", "human_active"),
        ("outcome", "applied_shadowed", "refused"),
        (
            "reason_code",
            "HUMAN_ALREADY_ACTIVE",
            "HUMAN_OWNS_CONVERSATION",
        ),
        ("threads_affected", "3", "3"),
        ("released_holds", "", "3"),
        ("thread_id", "", ""),
    ] {
        let said = |outputs: &std::collections::BTreeMap<String, String>| {
            outputs.get(name).cloned().unwrap_or_default()
        };
        assert_eq!(said(&paused), after_pause, "{name}: {paused:?}");
        assert_eq!(said(&resumed), after_resume, "{name}: {resumed:?}");
    }
    assert_eq!(world.call(&resume).await.body, answer.body, "byte for byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_of_a_contact_s_action_that_does_not_fit_is_refused_without_asking_hubspot() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    for id in [7_001, 7_002] {
        desk.thread(ThreadId(id), |_| ());
    }
    desk.never_answer(LISTS);
    let lists = desk.calls("associatedContactId").len();
    let unfit = [("duration", "2h")];
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &unfit);

    let answer = world.call(&pause).await;

    assert_eq!(answer.status, 200);
    let outputs = answer.outputs.clone().unwrap();
    assert_eq!(outputs["hs_execution_state"], "FAIL_CONTINUE");
    assert_eq!(outputs["reason_code"], "INPUT_INVALID");
    assert_eq!(desk.calls("associatedContactId").len(), lists);
    let lines = world.texts("SELECT count(*) FROM decisions WHERE outcome = 'refused'");
    assert_eq!(lines, ["0"], "it reached no conversation");
    assert_eq!(world.call(&pause).await.body, answer.body);
    assert_eq!(world.count("action_receipts"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_contact_s_conversations_done_is_finished_by_the_repeat_and_each_happens_once() {
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    for id in [7_001, 7_002] {
        desk.thread(ThreadId(id), |_| ());
    }
    let handoff = [("conversations", "latest")];
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);
    assert_eq!(world.call(&pause).await.status, 200);
    // As if the service had died before the last of its commands.
    let last = "DELETE FROM action_receipts WHERE key NOT LIKE 'conversation %'";
    world.execute(last);

    assert_eq!(world.call(&pause).await.status, 200);

    let lines = "SELECT concat_ws(' ', subject_id, outcome) FROM decisions \
                 WHERE command -> 'what' ->> 'action' = 'pause' ORDER BY 1";
    assert_eq!(
        world.texts(lines),
        ["7001 applied", "7002 already", "7002 applied"]
    );
    let requested = request(RequestHandoff, Enrolled::Contact(CONTACT), &handoff);
    assert_eq!(world.call(&requested).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_without_an_open_conversation_is_not_found_and_one_that_cannot_be_asked_for_503()
{
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    let none = world
        .act_on(ResumeAi, Enrolled::Contact(CONTACT), &[])
        .await;
    assert_eq!(none.get("outcome"), "not_found");

    desk.fail("associatedContactId", 502);
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);
    assert_eq!(world.call(&pause).await.status, 503);

    world.execute("DELETE FROM credentials");
    let pause = request(PauseAi, Enrolled::Contact(CONTACT), &[]);
    let answer = world.call(&pause).await;
    assert_eq!(
        answer.outputs.unwrap()["outcome"],
        "not_found",
        "{PORTAL} is not connected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_that_hubspot_merged_are_merged_here() {
    use crate::delivering::event;
    use baton::simulator::webhook_event::Change;
    let desk = Desk::start().await;
    let world = desk.quiet_world().await;
    let merged = TicketId(TICKET.0 + 1);
    world.link_to(merged, THREAD).await;
    world
        .act_on(PauseAi, Enrolled::Ticket(merged, Some(THREAD)), &[])
        .await;

    world
        .deliver(&[event(Change::Merged(TICKET, merged))])
        .await;

    until("they are merged", async || {
        world.count("ticket_merges") == 0
    })
    .await;
    let linked = "SELECT concat_ws(' ', ticket_id, state) FROM conversations";
    assert_eq!(world.texts(linked), [format!("{TICKET} ai_paused")]);
}
