//! A simulated workflow: a list of actions that one ticket passes through, each called as HubSpot
//! calls it, judged by HubSpot's rule and tried again on HubSpot's schedule, with time compressed.
//! A blocked action ends the run here: nothing completes callbacks yet.

use super::action_kind::ActionKind;
use super::action_request::{ActionRequest, Enrolled};
use super::caller::{Answer, CallError, Caller};
use crate::domain::ids::{PortalId, WorkflowId};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const FIRST_RETRY: Duration = Duration::from_secs(60);
const LONGEST_GAP: Duration = Duration::from_secs(8 * 3_600);
const GIVES_UP_AFTER: Duration = Duration::from_secs(3 * 24 * 3_600);

/// One action of a workflow, as its author set it up.
#[derive(Clone, Debug)]
pub struct Step {
    /// The action.
    pub kind: ActionKind,
    /// Its inputs.
    pub inputs: BTreeMap<String, String>,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// HubSpot's id of it.
    pub id: WorkflowId,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// One object's passage through a workflow.
#[derive(Clone, Copy, Debug)]
pub struct Enrollment {
    /// The account.
    pub portal: PortalId,
    /// The object.
    pub enrolled: Enrolled,
    /// HubSpot gives each passage a new one.
    pub id: i64,
    /// Waits between attempts are divided by this; 60 turns a minute into a second.
    pub times_faster: u32,
    /// HubSpot tries for three days; a run that somebody watches gives up after this many tries.
    pub attempts_at_most: u32,
}

/// What HubSpot does after one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The action succeeded; the workflow goes on.
    Succeeded,
    /// The action failed; the workflow goes on.
    FailedAndContinues,
    /// The workflow waits for a completion, at most for the ISO 8601 duration if one was given.
    Blocked(Option<String>),
    /// The same request is sent again later.
    Retry,
}

/// How one step went.
#[derive(Debug)]
pub struct StepRun {
    /// What was sent.
    pub request: ActionRequest,
    /// What the last attempt brought.
    pub answer: Result<Answer, CallError>,
    /// What that means. `Retry` here means that HubSpot gave up.
    pub verdict: Verdict,
    /// How often it was sent.
    pub attempts: u32,
    /// All attempts and waits together.
    pub took: Duration,
}

/// Takes one object through the workflow and returns what was received for each action.
pub async fn run(workflow: &Workflow, enrollment: &Enrollment, caller: &Caller) -> Vec<StepRun> {
    let mut runs = Vec::with_capacity(workflow.steps.len());
    for (index, step) in (0_i64..).zip(&workflow.steps) {
        let request = ActionRequest {
            workflow: workflow.id,
            action_id: index + 1,
            action_index: index,
            inputs: step.inputs.clone(),
            ..ActionRequest::new(
                step.kind,
                enrollment.portal,
                enrollment.enrolled,
                enrollment.id,
            )
        };
        let run = execute(request, enrollment, caller).await;
        let waits = matches!(run.verdict, Verdict::Blocked(_));
        runs.push(run);
        if waits {
            break;
        }
    }
    runs
}

async fn execute(request: ActionRequest, enrollment: &Enrollment, caller: &Caller) -> StepRun {
    let started = Instant::now();
    let mut attempts = 1;
    loop {
        let answer = caller.call(&request).await;
        let verdict = match &answer {
            Ok(answer) => decide(answer.status, answer.outputs.as_ref()),
            Err(_) => Verdict::Retry,
        };
        let may_try_again = verdict == Verdict::Retry && attempts < enrollment.attempts_at_most;
        match retry_gap(attempts) {
            Some(gap) if may_try_again => {
                tokio::time::sleep(gap / enrollment.times_faster.max(1)).await;
                attempts += 1;
            }
            Some(_) | None => {
                let took = started.elapsed();
                return StepRun {
                    request,
                    answer,
                    verdict,
                    attempts,
                    took,
                };
            }
        }
    }
}

/// HubSpot's rule: a state in the outputs decides, else the status. 429 and 5xx are tried again
/// whatever the body says.
pub fn decide(status: u16, outputs: Option<&BTreeMap<String, String>>) -> Verdict {
    if status == 429 || status >= 500 {
        return Verdict::Retry;
    }
    let output = |name| outputs.and_then(|outputs| outputs.get(name));
    match output("hs_execution_state").map(String::as_str) {
        Some("SUCCESS") => Verdict::Succeeded,
        Some("FAIL_CONTINUE") => Verdict::FailedAndContinues,
        Some("BLOCK") => Verdict::Blocked(output("hs_expiration_duration").cloned()),
        Some(_) | None if (200..300).contains(&status) => Verdict::Succeeded,
        Some(_) | None => Verdict::FailedAndContinues,
    }
}

/// The wait after this many attempts: a minute, then doubling up to 8 hours; `None` once three
/// days are over. HubSpot publishes the ends of this schedule, the doubling is our guess.
pub fn retry_gap(attempts: u32) -> Option<Duration> {
    let gap_after = |attempt: u32| {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        FIRST_RETRY.saturating_mul(doubled).min(LONGEST_GAP)
    };
    let waited: Duration = (1..=attempts).map(gap_after).sum();
    (waited <= GIVES_UP_AFTER).then(|| gap_after(attempts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::answering_server::AnsweringServer;
    use crate::simulator::caller::Target;
    use crate::simulator::demo_world;
    use crate::simulator::signing::Versions;

    fn vip() -> Workflow {
        let step = |kind| Step {
            kind,
            inputs: BTreeMap::new(),
        };
        Workflow {
            id: demo_world::WORKFLOW,
            steps: ActionKind::ALL.map(step).to_vec(),
        }
    }

    fn enrollment() -> Enrollment {
        Enrollment {
            portal: demo_world::PORTAL,
            enrolled: Enrolled::Ticket(demo_world::TICKET, Some(demo_world::THREAD)),
            id: 7,
            times_faster: 60_000,
            attempts_at_most: 4,
        }
    }

    fn caller(server: &AnsweringServer) -> Caller {
        let target = Target {
            base_url: server.base_url.clone(),
            signed_base_url: server.base_url.clone(),
            secret: demo_world::CLIENT_SECRET.into(),
            versions: Versions::Both,
        };
        Caller::new(target).unwrap()
    }

    #[tokio::test]
    async fn each_action_is_called_once_under_an_id_of_its_own() {
        let server = AnsweringServer::start("applied").await;

        let runs = run(&vip(), &enrollment(), &caller(&server)).await;

        let ids: Vec<String> = runs.iter().map(|run| run.request.callback_id()).collect();
        let expected = ["1-0", "2-1", "3-2", "4-3"].map(|end| format!("ap-50001-7-{end}"));
        assert_eq!(ids, expected);
        assert_eq!(server.answered(), 4);
        for run in &runs {
            assert_eq!((&run.verdict, run.attempts), (&Verdict::Succeeded, 1));
            let answer = run.answer.as_ref().unwrap();
            assert_eq!(answer.request_id.as_deref(), Some("r1"));
            assert_eq!(answer.outputs.as_ref().unwrap()["outcome"], "applied");
        }
    }

    #[tokio::test]
    async fn an_unavailable_service_is_tried_again_up_to_the_limit() {
        let server = AnsweringServer::start("applied").await;
        server.be_unavailable(2);
        let runs = run(&vip(), &enrollment(), &caller(&server)).await;
        let attempts: Vec<u32> = runs.iter().map(|run| run.attempts).collect();
        assert_eq!(attempts, [3, 1, 1, 1]);

        server.be_unavailable(4);
        let runs = run(&vip(), &enrollment(), &caller(&server)).await;
        assert_eq!((&runs[0].verdict, runs[0].attempts), (&Verdict::Retry, 4));
        assert_eq!(
            (&runs[1].verdict, runs[1].attempts),
            (&Verdict::Succeeded, 1)
        );
    }

    fn verdict(status: u16, outputs: &[(&str, &str)]) -> Verdict {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        decide(status, Some(&outputs.iter().map(own).collect()))
    }

    #[test]
    fn a_state_decides_before_the_status() {
        let state = |state| [("hs_execution_state", state)];
        assert_eq!(verdict(200, &state("SUCCESS")), Verdict::Succeeded);
        assert_eq!(verdict(400, &state("SUCCESS")), Verdict::Succeeded);
        assert_eq!(
            verdict(200, &state("FAIL_CONTINUE")),
            Verdict::FailedAndContinues
        );
        assert_eq!(verdict(200, &state("BLOCK")), Verdict::Blocked(None));
        let for_a_day = [
            ("hs_execution_state", "BLOCK"),
            ("hs_expiration_duration", "P1D"),
        ];
        assert_eq!(
            verdict(200, &for_a_day),
            Verdict::Blocked(Some("P1D".to_owned()))
        );
    }

    #[test]
    fn without_a_state_the_status_decides() {
        for status in [200, 201, 204] {
            assert_eq!(decide(status, None), Verdict::Succeeded);
        }
        for status in [301, 400, 401, 403, 404, 413] {
            assert_eq!(decide(status, None), Verdict::FailedAndContinues);
        }
        for status in [429, 500, 502, 503] {
            assert_eq!(decide(status, None), Verdict::Retry);
            assert_eq!(
                verdict(status, &[("hs_execution_state", "SUCCESS")]),
                Verdict::Retry
            );
        }
        assert_eq!(
            verdict(200, &[("hs_execution_state", "?")]),
            Verdict::Succeeded
        );
    }

    #[test]
    fn gaps_grow_from_a_minute_to_eight_hours_and_end_after_three_days() {
        let gaps: Vec<Duration> = (1..).map_while(retry_gap).collect();
        assert_eq!(gaps[..3], [60, 120, 240].map(Duration::from_secs));
        assert!(gaps.is_sorted());
        assert_eq!(gaps.last(), Some(&LONGEST_GAP));
        let total: Duration = gaps.iter().sum();
        assert!(total <= GIVES_UP_AFTER && total + LONGEST_GAP > GIVES_UP_AFTER);
    }
}
