//! `dry_run`, and objects that lead to no conversation: answered, receipted, and nothing placed.

use crate::world::{THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind::{
    self, PauseAi, RequestHandoff, ResumeAi, SendToAi,
};
use baton::simulator::action_request::{Enrolled, Shape};
use uuid::Uuid;

const ENROLLED: Enrolled = Enrolled::Ticket(TICKET, Some(THREAD));

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_has_the_reason_of_the_real_one_and_changes_nothing() {
    let cases: [(ActionKind, &[ActionKind], &str, &str); 6] = [
        (PauseAi, &[], "APPLIED", "ai_active"),
        (PauseAi, &[PauseAi], "ALREADY_IN_STATE", "ai_paused"),
        (ResumeAi, &[PauseAi], "APPLIED", "ai_paused"),
        (
            ResumeAi,
            &[RequestHandoff],
            "HANDOFF_PENDING",
            "handoff_requested",
        ),
        (
            SendToAi,
            &[RequestHandoff],
            "HANDOFF_WITHDRAWN",
            "handoff_requested",
        ),
        (RequestHandoff, &[PauseAi], "APPLIED", "ai_paused"),
    ];
    for (kind, before, reason, state) in cases {
        let world = World::start().await;
        for earlier in before {
            world.act(*earlier, &[]).await;
        }
        let shown = world.conversation().await;
        let stored = "SELECT concat(control_version, holds, facts) FROM conversations UNION ALL \
                      SELECT concat(revision, holds, facts) FROM tickets";
        let events = world.count("outbox");
        let records = world.texts(stored);

        let tried = world
            .act(kind, &[("dry_run", "true"), ("target", "user:9")])
            .await;

        assert_eq!(tried.gist(), ("dry_run", reason, state), "{kind:?}");
        assert_eq!(tried.get("hs_execution_state"), "SUCCESS");
        assert!(
            tried
                .get("explanation")
                .starts_with("Dry run, nothing was changed.")
        );
        assert_eq!(world.conversation().await["state"], shown["state"]);
        if !before.is_empty() {
            assert_eq!(world.texts(stored), records, "{kind:?}");
        }
        assert_eq!(world.count("outbox"), events, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_is_receipted_like_any_other_run() {
    let world = World::start().await;
    let trial = request(PauseAi, ENROLLED, &[("dry_run", "true")]);

    let first = world.insist(&trial).await;
    world.act(PauseAi, &[]).await;
    let second = world.insist(&trial).await;

    assert_eq!(first.body, second.body);
    assert_eq!(world.count("action_receipts"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_links_no_conversation() {
    let world = World::start().await;

    world.act(PauseAi, &[("dry_run", "true")]).await;

    assert_eq!(world.count("conversations WHERE ticket_id IS NOT NULL"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_to_no_conversation_is_not_found() {
    let world = World::start().await;
    for enrolled in [Enrolled::Contact(12), Enrolled::Nothing] {
        for kind in [PauseAi, ResumeAi, SendToAi, RequestHandoff] {
            let outputs = world.act_on(kind, enrolled, &[]).await;

            let (outcome, reason, state) = outputs.gist();
            assert_eq!(
                (outcome, reason),
                ("not_found", "CONVERSATION_NOT_FOUND"),
                "{kind:?}"
            );
            assert_eq!(state, "ai_active");
            assert_eq!(outputs.get("hs_execution_state"), "SUCCESS");
            assert_eq!(outputs.get("threads_affected"), "0");
        }
    }
    let counts = world.row_counts();
    assert_eq!(
        (counts.tickets, counts.conversations, counts.outbox),
        (0, 0, 0)
    );
    assert_eq!(counts.receipts, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_without_a_conversation_is_a_normal_ticket() {
    let world = World::start().await;
    let ticket = Enrolled::Ticket(TICKET, None);

    let already = world.act_on(ResumeAi, ticket, &[]).await;
    let queued = world.act_on(PauseAi, ticket, &[("duration", "1h")]).await;
    let resumed = world.act_on(ResumeAi, ticket, &[]).await;

    assert_eq!(already.gist(), ("already", "ALREADY_IN_STATE", "ai_active"));
    assert_eq!(queued.gist(), ("queued", "APPLIED", "ai_paused"));
    let sentence = "Recorded on the ticket; it counts once a conversation is seen.";
    assert!(
        queued.get("explanation").starts_with(sentence),
        "{queued:?}"
    );
    assert_eq!(resumed.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(world.count("conversations"), 0);
    assert_eq!(world.count("decisions WHERE subject = 'ticket'"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shape_that_hubspot_sends_is_understood() {
    let shapes = [Shape::Captured, Shape::IdsAsText, Shape::Documented];
    for shape in shapes.into_iter().chain([Shape::TestRun(Uuid::new_v4())]) {
        let world = World::start().await;
        let mut pause = request(PauseAi, ENROLLED, &[("duration", "1h")]);
        pause.shape = shape;

        let answer = world.insist(&pause).await;

        let outputs = answer.outputs.unwrap();
        assert_eq!(outputs["outcome"], "applied", "{shape:?}");
        assert_eq!(outputs["thread_id"], "7001", "{shape:?}");
        assert!(outputs.contains_key("pause_expires_at"), "{shape:?}");
    }
}
