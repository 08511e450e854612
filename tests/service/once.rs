//! Once: whatever is repeated, wherever and however often, happened once and is answered with the
//! bytes of the first answer.

use crate::world::{Setup, THREAD, TICKET, World, request};
use baton::domain::ids::{ThreadId, TicketId, WorkflowId};
use baton::simulator::action_kind::ActionKind::{self, PauseAi, RequestHandoff, ResumeAi};
use baton::simulator::action_request::{ActionRequest, Enrolled};
use futures_util::future::join_all;

const ENROLLED: Enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
/// Identical requests that race.
const RACERS: usize = 24;

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_action_returns_the_first_answer() {
    let world = World::start().await;
    let pause = request(PauseAi, ENROLLED, &[]);

    let first = world.insist(&pause).await;
    world.act(ResumeAi, &[]).await;
    let counts = world.row_counts();
    let second = world.insist(&pause).await;

    assert_eq!((second.status, &second.body), (200, &first.body));
    assert_eq!(world.row_counts(), counts);
    assert_eq!(world.conversation().await["state"], "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_happen_once() {
    for kind in [PauseAi, RequestHandoff] {
        let world = World::start().await;
        let racing = request(kind, ENROLLED, &[]);

        let answers = join_all((0..RACERS).map(|_| world.insist(&racing))).await;

        assert!(answers.iter().all(|answer| answer.status == 200));
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        let counts = world.row_counts();
        assert_eq!(
            (counts.decisions, counts.receipts, counts.outbox),
            (1, 1, 1),
            "{kind:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_on_two_replicas_happen_once() {
    let world = World::start().await;
    let replica = World::start_on(world.database_url.clone(), Setup::default()).await;
    for round in 0..8 {
        let on_ticket = Enrolled::Ticket(TicketId(900 + round), Some(ThreadId(800 + round)));
        let pause = request(PauseAi, on_ticket, &[]);
        // Each call is signed for the address of the replica it goes to.
        let calls = (0..RACERS).map(|n| if n % 2 == 0 { &world } else { &replica });

        let answers = join_all(calls.map(|at| at.insist(&pause))).await;

        let first = &answers[0];
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (200, &first.body));
        }
        assert_eq!(world.count("decisions"), round + 1);
        assert_eq!(world.count("action_receipts"), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_locks_no_record_happens_once_too() {
    let world = World::start().await;
    let replica = World::start_on(world.database_url.clone(), Setup::default()).await;
    for round in 0..10 {
        let nothing = request(PauseAi, Enrolled::Nothing, &[]);
        let calls = (0..RACERS).map(|n| if n % 2 == 0 { &world } else { &replica });

        let answers = join_all(calls.map(|at| at.insist(&nothing))).await;

        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
        }
        assert_eq!(world.count("action_receipts"), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_tickets_that_race_for_one_callback_id_one_is_acted_on() {
    let world = World::start().await;
    let replica = World::start_on(world.database_url.clone(), Setup::default()).await;
    for round in 0..10 {
        let racing = request(PauseAi, ENROLLED, &[]);
        let callback_id = Some(racing.callback_id());
        let calls = (0..8).map(|n| {
            let at = if n % 2 == 0 { &world } else { &replica };
            let enrolled = Enrolled::Ticket(TicketId(9_000 + 10 * round + n), None);
            let callback_id = callback_id.clone();
            let racing = ActionRequest {
                enrolled,
                callback_id,
                ..racing.clone()
            };
            async move { at.insist(&racing).await }
        });

        let answers = join_all(calls).await;

        let reasons = answers.iter().map(|answer| {
            let outputs = answer.outputs.as_ref().unwrap();
            outputs["reason_code"].as_str()
        });
        let mut reasons: Vec<&str> = reasons.collect();
        reasons.sort_unstable();
        let mut expected = vec!["CALLBACK_ID_REUSED"; 7];
        expected.insert(0, "APPLIED");
        assert_eq!(reasons, expected);
        assert_eq!(world.count("tickets WHERE holds <> '[]'"), round + 1);
        assert_eq!(world.count("action_receipts"), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_after_a_restart_returns_the_first_answer() {
    let world = World::start().await;
    let pause = request(PauseAi, ENROLLED, &[("duration", "1h")]);
    let first = world.insist(&pause).await;
    let database = world.database_url.clone();
    world.service.stop().await;

    let world = World::start_on(database, Setup::default()).await;
    let second = world.insist(&pause).await;

    assert_eq!((second.status, second.body), (200, first.body));
    assert_eq!(world.conversation().await["control_version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_id_used_for_anything_else_changes_nothing() {
    let world = World::start().await;
    let pause = request(PauseAi, ENROLLED, &[("duration", "1h")]);
    let first = world.insist(&pause).await;
    let records = "SELECT concat(control_version, holds, facts) FROM conversations UNION ALL \
                   SELECT concat(revision, holds, facts) FROM tickets WHERE holds <> '[]'";
    let before = world.texts(records);
    let callback_id = Some(pause.callback_id());
    let again = ActionRequest {
        callback_id,
        ..pause.clone()
    };
    let other_ticket = Enrolled::Ticket(TicketId(TICKET.0 + 1), None);
    let others = [
        ActionRequest {
            kind: ActionKind::ResumeAi,
            ..again.clone()
        },
        ActionRequest {
            enrolled: other_ticket,
            ..again.clone()
        },
        ActionRequest {
            enrolled: Enrolled::Contact(1),
            ..again.clone()
        },
        ActionRequest {
            enrolled: Enrolled::Nothing,
            ..again.clone()
        },
        ActionRequest {
            workflow: WorkflowId(1),
            ..again.clone()
        },
    ];
    for other in others {
        let refused = world.insist(&other).await;

        assert_eq!(refused.status, 200, "{other:?}");
        let outputs = refused.outputs.unwrap();
        assert_eq!(outputs["outcome"], "refused", "{other:?}");
        assert_eq!(outputs["reason_code"], "CALLBACK_ID_REUSED");
        assert_eq!(outputs["hs_execution_state"], "FAIL_CONTINUE");
        let sentence = outputs["explanation"].as_str();
        let meant = "This callback id was used before for another action or object.";
        assert!(sentence.ends_with(meant), "{sentence}");
    }
    assert_eq!(world.texts(records), before);
    assert_eq!(world.count("action_receipts"), 1);
    let audited = world.count("decisions WHERE reason_code = 'CALLBACK_ID_REUSED'");
    assert_eq!(
        audited, 3,
        "those that reached a record are in its timeline"
    );
    assert_eq!(
        world.insist(&again).await.body,
        first.body,
        "the first keeps its answer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_hubspot_renders_anew_do_not_make_another_action() {
    let world = World::start().await;
    let pause = request(PauseAi, ENROLLED, &[("duration", "1h"), ("note", "first")]);
    let first = world.insist(&pause).await;

    let later = pause
        .clone()
        .input("note", "second")
        .input("duration", "not even valid");
    let second = world.insist(&later).await;

    assert_eq!(second.body, first.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_repeated_too() {
    let world = World::start().await;
    let unfit = request(PauseAi, ENROLLED, &[("duration", "2h")]);
    let first = world.insist(&unfit).await;

    let mended = unfit.clone().input("duration", "1h");
    let second = world.insist(&mended).await;

    assert_eq!(second.body, first.body);
    assert_eq!(world.conversation().await["state"], "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_portal_may_use_the_same_callback_id() {
    let world = World::start().await;
    let other = baton::domain::ids::PortalId(50_002);
    baton::store::portals::connect(&mut world.sql(), other, Some(61_000_010)).unwrap();
    let pause = request(PauseAi, ENROLLED, &[]);
    let callback_id = Some(pause.callback_id());
    let resume = ActionRequest {
        portal: other,
        kind: ResumeAi,
        callback_id,
        ..pause.clone()
    };

    world.insist(&pause).await;
    let answer = world.insist(&resume).await;

    assert_eq!(answer.outputs.unwrap()["outcome"], "already");
}
