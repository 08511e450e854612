//! Send to AI as a workflow calls it: what it lifts, what it asks the AI for, what it refuses.

use crate::delivering::event;
use crate::world::{THREAD, TICKET, World, request};
use baton::domain::ids::{ThreadId, TicketId};
use baton::simulator::action_kind::ActionKind::{PauseAi, RequestHandoff, ResumeAi, SendToAi};
use baton::simulator::action_request::Enrolled;
use baton::simulator::webhook_event::Change;

type Inputs<'a> = &'a [(&'a str, &'a str)];

const TICKET_ALONE: Enrolled = Enrolled::Ticket(TICKET, None);

#[tokio::test(flavor = "multi_thread")]
async fn sending_lifts_pauses_and_withdraws_handoffs() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    let paused = world.act(SendToAi, &[]).await;
    world.act(RequestHandoff, &[]).await;

    let pending = world.act(SendToAi, &[]).await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(
        pending.gist(),
        ("applied", "HANDOFF_WITHDRAWN", "ai_active")
    );
    let sentence = "The pending handoff was withdrawn. The AI may answer.";
    assert_eq!(pending.get("explanation"), sentence);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ai_is_asked_for_words_only_while_a_customer_waits() {
    let instruction: &[(&str, &str)] = &[
        ("response_mode", "answer_with_instruction"),
        ("instruction", "Offer a refund."),
    ];
    let asked = "reply.requested to ai: {\"do\": \"request_reply\", \"subject\": \"thread\"}";
    let instructed = "reply.requested to ai: {\"do\": \"request_reply\", \"subject\": \"thread\", \
         \"instruction\": \"Offer a refund.\"}";
    let sent = "message.send to hubspot: {\"do\": \"send_message\", \"text\": \"Hello\", \
         \"subject\": \"thread\"}";
    let fixed: &[(&str, &str)] = &[
        ("response_mode", "fixed_message"),
        ("message_text", "Hello"),
    ];
    let modes: [(Inputs<'_>, &str, &[&str]); 5] = [
        (&[], "true", &[asked]),
        (&[("response_mode", "answer_latest")], "true", &[asked]),
        (instruction, "true", &[instructed]),
        (fixed, "true", &[sent]),
        (&[("response_mode", "wait_for_next")], "false", &[]),
    ];
    for (inputs, requested, effects) in modes {
        let world = World::start().await;
        world.act(PauseAi, &[]).await;
        world.let_a_customer_wait();

        let outputs = world.act(SendToAi, inputs).await;

        assert_eq!(
            outputs.gist(),
            ("applied", "APPLIED", "ai_active"),
            "{inputs:?}"
        );
        assert_eq!(outputs.get("reply_requested"), requested, "{inputs:?}");
        let rows = "SELECT event_type || ' to ' || destination || ': ' || payload FROM outbox \
                    WHERE event_type NOT IN ('control.changed', 'conversation.unattended')";
        assert_eq!(world.texts(rows), effects, "{inputs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_customer_who_waits_nothing_is_said() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    let words = [
        ("response_mode", "fixed_message"),
        ("message_text", "Hello"),
    ];

    let fixed = world.act(SendToAi, &words).await;
    let answer = world.act(SendToAi, &[]).await;

    assert_eq!(fixed.gist(), ("refused", "STALE_REQUEST", "ai_paused"));
    let sentence = "No customer waits for these words any more.";
    assert_eq!(fixed.get("explanation"), sentence);
    assert_eq!(answer.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(answer.get("reply_requested"), "false");
    assert_eq!(
        world
            .count("outbox WHERE event_type NOT IN ('control.changed', 'conversation.unattended')"),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_conversation_hubspot_is_told_to_try_again() {
    let world = World::start().await;
    let send = request(SendToAi, TICKET_ALONE, &[]);

    let too_early = world.signed(SendToAi, send.body()).await;
    assert_eq!(
        (too_early.status, too_early.error_code().as_str()),
        (503, "conversation_unknown")
    );
    let counts = world.row_counts();
    assert_eq!(
        (counts.decisions, counts.receipts, counts.outbox),
        (0, 0, 0)
    );

    // The ticket's conversation becomes known, and HubSpot repeats its request unchanged.
    world.act(PauseAi, &[]).await;
    let sent = world.signed(SendToAi, send.body()).await;
    assert_eq!(sent.status, 200);
    assert_eq!(sent.json()["outputFields"]["outcome"], "applied");
    assert_eq!(sent.json()["outputFields"]["thread_id"], "7001");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_run_without_a_known_conversation_is_no_answer_either() {
    let world = World::start().await;
    let send = request(SendToAi, TICKET_ALONE, &[("dry_run", "true")]);

    let answer = world.signed(SendToAi, send.body()).await;

    assert_eq!((answer.status, world.count("action_receipts")), (503, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_answers_at_once_and_says_so() {
    let world = World::start().await;
    let waits = [("wait_for_result", "true"), ("max_wait_minutes", "30")];

    let sent = world.act(SendToAi, &waits).await;

    assert_eq!(sent.get("hs_execution_state"), "SUCCESS");
    let sentence = "The AI may answer. \
                    It did not wait: nothing can complete a wait here.";
    assert_eq!(sent.get("explanation"), sentence);
    assert_eq!(sent.get("ai_result"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_of_another_ticket_is_not_taken() {
    let world = World::start().await;
    world.act(PauseAi, &[]).await;
    let elsewhere = Enrolled::Ticket(TicketId(TICKET.0 + 1), Some(THREAD));

    let sent = world.act_on(SendToAi, elsewhere, &[]).await;

    assert_eq!(sent.get("outcome"), "refused");
    assert_eq!(sent.get("reason_code"), "CONVERSATION_AMBIGUOUS");
    assert_eq!(world.conversation().await["state"], "ai_paused");
    assert_eq!(world.conversation().await["control_version"], 1);
}

/// HubSpot never changes the property that names the thread a ticket began with.
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_first_conversation_is_another_tickets_now_takes_actions_all_the_same() {
    let world = World::start().await;
    let own = ThreadId(7_002);
    let (began_with, has) = (
        Enrolled::Ticket(TicketId(TICKET.0 + 1), Some(THREAD)),
        Enrolled::Ticket(TicketId(TICKET.0 + 1), Some(own)),
    );
    world.act(ResumeAi, &[]).await;
    world.act_on(ResumeAi, has, &[]).await;
    let state = async |thread| {
        let path = format!("/v1/portals/50001/conversations/{thread}");
        world.read(&path).await.json()["state"].clone()
    };

    let paused = world.act_on(PauseAi, began_with, &[]).await;
    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(
        (state(own).await, state(THREAD).await),
        ("ai_paused".into(), "ai_active".into())
    );

    let sent = world.act_on(SendToAi, began_with, &[]).await;
    assert_eq!(sent.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(sent.get("thread_id"), "7002");

    // What can only silence counts for the conversation that it names, wherever that is by now.
    let originating = [("conversations", "originating")];
    let paused = world.act_on(PauseAi, began_with, &originating).await;
    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(paused.get("thread_id"), "7001");
    assert_eq!(
        (state(own).await, state(THREAD).await),
        ("ai_active".into(), "ai_paused".into())
    );
    let resumed = world.act_on(ResumeAi, began_with, &originating).await;
    assert_eq!(resumed.get("reason_code"), "CONVERSATION_AMBIGUOUS");
    assert_eq!(state(THREAD).await, "ai_paused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_silences_a_conversation_counts_though_its_move_to_the_ticket_is_told_later() {
    for kind in [PauseAi, RequestHandoff] {
        let world = World::start().await;
        world.act(ResumeAi, &[]).await;
        let next = TicketId(TICKET.0 + 1);
        let moved_on = Enrolled::Ticket(next, Some(THREAD));
        let originating = [("conversations", "originating")];

        let answer = world.act_on(kind, moved_on, &originating).await;
        assert_eq!(answer.get("outcome"), "applied", "{kind:?}");

        world.deliver(&[event(Change::Linked(next, THREAD))]).await;
        let conversation = world.conversation().await;
        assert_ne!(conversation["state"], "ai_active", "{kind:?}");
        let tickets = "SELECT ticket_id::text FROM conversations";
        assert_eq!(world.texts(tickets), [next.to_string()], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_a_closed_conversation_with_reopen_says_that_it_is_being_opened() {
    let world = World::start().await;
    world.act(RequestHandoff, &[]).await;
    world.close();

    let sent = world.act(SendToAi, &[("reopen", "true")]).await;

    assert_eq!(
        (sent.get("outcome"), sent.get("reason_code")),
        ("queued", "CONVERSATION_CLOSED")
    );
    let sentence = "The conversation is being opened.";
    assert!(
        sent.get("explanation").starts_with(sentence),
        "{}",
        sent.get("explanation")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_conversations_one_is_sent() {
    let world = World::start().await;
    world
        .act(PauseAi, &[("conversations", "originating")])
        .await;
    let sibling = Enrolled::Ticket(TICKET, Some(ThreadId(7_002)));
    world
        .act_on(PauseAi, sibling, &[("conversations", "originating")])
        .await;

    let sent = world
        .act(SendToAi, &[("conversations", "originating")])
        .await;

    assert_eq!(sent.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(
        (sent.get("thread_id"), sent.get("threads_affected")),
        ("7001", "1")
    );
    let other = world
        .read("/v1/portals/50001/conversations/7002")
        .await
        .json();
    assert_eq!(other["state"], "ai_paused");
}
