//! Many tickets enter a workflow at once, while people take conversations over.

use crate::simulated_hubspot::together;
use crate::world::{AI_KEY, PORTAL, THREAD, TICKET};
use baton::domain::ids::{ThreadId, WorkflowId};
use baton::simulator::hubspot::deed::Assignee;
use baton::simulator::hubspot::workflows::enrollment::{ExecutionResult, Stage};
use baton::simulator::hubspot::workflows::workflow::{Input, Output, Step, Way, Workflow};
use std::time::{Duration, Instant};

const COUNT: i64 = 300;
const SAM: i64 = 3_892_001;
const BURST: WorkflowId = WorkflowId(77);
/// An action that a busy machine answers 503 is called again a minute later, more than once perhaps.
const ENDED_WITHIN: Duration = Duration::from_secs(300);
/// A webhook likewise.
const SEEN_WITHIN: Duration = Duration::from_secs(150);

fn burst() -> Workflow {
    Workflow {
        id: BURST,
        name: "A burst".to_owned(),
        steps: vec![
            Step::action("pause_ai", &[("duration", "1h")]),
            Step::Branch {
                on: Input::Output(Output::of("pause_ai", "ai_state")),
                ways: vec![Way {
                    values: vec!["ai_paused".to_owned(), "human_active".to_owned()],
                    steps: vec![Step::action("resume_ai", &[])],
                }],
                otherwise: Vec::new(),
            },
        ],
    }
}

/// `baton bench workflow` does the same with ten thousand.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_ends_each_enrolment_once_and_takeovers_are_seen_meanwhile() {
    let (world, hubspot) = together().await;
    hubspot.publish_workflow(burst()).unwrap();
    let enrolled = hubspot.enroll_many(PORTAL, BURST, TICKET, COUNT).unwrap();
    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    let mut taken = Vec::new();

    while hubspot.running_enrollments() > 0 {
        assert!(began.elapsed() < ENDED_WITHIN, "never ended");
        let place = i64::try_from(taken.len()).unwrap() * 97 % COUNT;
        let thread = ThreadId(THREAD.0 + place);
        let clicked = Instant::now();
        let sam = Assignee::User(SAM);
        hubspot.assign_thread(PORTAL, thread, sam).unwrap();
        let path = format!("/v1/portals/{PORTAL}/conversations/{thread}");
        while world.get(AI_KEY, &path).await.1["state"] != "human_active" {
            assert!(clicked.elapsed() < SEEN_WITHIN, "never seen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        slowest = slowest.max(clicked.elapsed());
        taken.push(thread);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    assert!(!taken.is_empty());
    // `baton bench workflow` measures how soon it is.
    println!(
        "{} taken over, seen after {slowest:.1?} at most",
        taken.len()
    );
    for id in &enrolled {
        let passage = hubspot.enrollment(*id).unwrap();
        assert_eq!(passage.stage, Stage::Ended);
        assert_eq!(passage.executions.len(), 2, "{passage:#?}");
        for execution in &passage.executions {
            assert_eq!(execution.result, ExecutionResult::Succeeded);
        }
    }
    assert_eq!(world.count("action_receipts"), COUNT * 2);
    let twice =
        "(SELECT subject_id FROM decisions GROUP BY subject_id HAVING count(*) <> 2) AS each";
    let twice = usize::try_from(world.count(twice)).unwrap();
    assert!(twice <= taken.len(), "{twice} but {} taken", taken.len());
}
