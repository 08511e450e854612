//! Carries one action out: called until it is answered, judged by HubSpot's rule, and waited for
//! where it blocks.

use super::action_file::Action;
use super::enrollment::{Execution, ExecutionResult, Outputs, Stage};
use super::object::Record;
use super::verdict::{Verdict, decide, retry_gap};
use crate::domain::ids::{PortalId, WorkflowId};
use crate::simulator::action_request::ActionRequest;
use crate::simulator::caller::{Answer, now_ms};
use crate::simulator::hubspot::clock::after;
use crate::simulator::hubspot::request_log::written;
use crate::simulator::hubspot::simulation::Simulation;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// "Custom workflow actions" in HubSpot's documentation, read 2026-11-22.
const BLOCKED_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Where in a passage an action is.
pub struct Place {
    pub portal: PortalId,
    pub workflow: WorkflowId,
    pub enrollment: i64,
    /// Which action of this passage it is, from 0.
    pub index: i64,
}

/// Carries it out.
pub async fn execute(
    simulation: &Simulation,
    place: &Place,
    action: &Action,
    record: &Record,
    inputs: BTreeMap<String, String>,
) -> Execution {
    let request = request(place, action, record, inputs);
    let callback_id = request.callback_id();
    // A completion may come before the answer that blocks.
    let completed = simulation
        .world()
        .workflows
        .block(place.portal, &callback_id);
    let called = call(simulation, place, &request).await;
    let mut outputs = called.outputs;
    let result = match called.verdict {
        Verdict::Succeeded => ExecutionResult::Succeeded,
        Verdict::FailedAndContinues => ExecutionResult::Failed,
        Verdict::Retry => ExecutionResult::GivenUp,
        Verdict::Blocked(duration) => {
            let limit = duration.as_deref().and_then(iso_duration);
            let limit = limit.unwrap_or(BLOCKED_FOR);
            match wait(simulation, place, limit, completed).await {
                Some(more) => {
                    let failed = more.get("hs_execution_state").map(String::as_str);
                    let is_failed = failed == Some("FAIL_CONTINUE");
                    outputs.extend(more);
                    if is_failed {
                        ExecutionResult::Failed
                    } else {
                        ExecutionResult::Succeeded
                    }
                }
                None => ExecutionResult::Expired,
            }
        }
    };
    let mut world = simulation.world();
    world.workflows.unblock(place.portal, &callback_id);
    drop(world);
    Execution {
        action: action.uid.clone(),
        callback_id,
        inputs: request.inputs,
        outputs,
        status: called.status,
        result,
        attempts: called.attempts,
        took_ms: called.took.as_secs_f64() * 1_000.0,
        at: written(simulation.now()),
    }
}

fn request(
    place: &Place,
    action: &Action,
    record: &Record,
    inputs: BTreeMap<String, String>,
) -> ActionRequest {
    let enrolled = record.enrolled(&action.object_properties);
    ActionRequest {
        workflow: place.workflow,
        action_id: place.index + 1,
        action_index: place.index,
        inputs,
        ..ActionRequest::new(action.kind, place.portal, enrolled, place.enrollment)
    }
}

struct Called {
    status: Option<u16>,
    outputs: Outputs,
    verdict: Verdict,
    attempts: u32,
    /// The last attempt alone.
    took: Duration,
}

/// Calls it until there is an answer that counts, or three days are over.
async fn call(simulation: &Simulation, place: &Place, request: &ActionRequest) -> Called {
    let mut attempts = 1;
    loop {
        let began = Instant::now();
        let answer = send(simulation, request).await;
        let took = began.elapsed();
        let status = answer.as_ref().map(|answer| answer.status);
        let outputs = answer.and_then(|answer| answer.outputs);
        let verdict = status.map_or(Verdict::Retry, |status| decide(status, outputs.as_ref()));
        let gap = match verdict {
            Verdict::Retry => retry_gap(attempts),
            Verdict::Succeeded | Verdict::FailedAndContinues | Verdict::Blocked(_) => None,
        };
        let Some(gap) = gap else {
            return Called {
                status,
                outputs: outputs.unwrap_or_default(),
                verdict,
                attempts,
                took,
            };
        };
        is_at(simulation, place, Stage::Retrying);
        simulation.wait_until(after(simulation.now(), gap)).await;
        is_at(simulation, place, Stage::Working);
        attempts += 1;
    }
}

/// One attempt, signed afresh; `None` if no answer came.
async fn send(simulation: &Simulation, request: &ActionRequest) -> Option<Answer> {
    let caller = simulation.caller()?;
    let _permit = simulation.calls.acquire().await.ok()?;
    let (path, body) = (request.kind.path(), request.body());
    let signature = caller.signature(&path, &body, now_ms());
    caller.post(&path, signature, body).await.ok()
}

/// Waits for the completion, at most this long; `None` if it does not come.
async fn wait(
    simulation: &Simulation,
    place: &Place,
    limit: Duration,
    completed: oneshot::Receiver<Outputs>,
) -> Option<Outputs> {
    is_at(simulation, place, Stage::Blocked);
    let end = after(simulation.now(), limit);
    let more = tokio::select! {
        more = completed => more.ok(),
        () = simulation.wait_until(end) => None,
    };
    is_at(simulation, place, Stage::Working);
    more
}

fn is_at(simulation: &Simulation, place: &Place, stage: Stage) {
    let mut world = simulation.world();
    world.workflows.is_at(place.enrollment, stage);
}

/// Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds, mixed freely as in
/// HubSpot's own sample `P1WT1H`.
fn iso_duration(text: &str) -> Option<Duration> {
    let mut is_time = false;
    let mut number = String::new();
    let mut seconds: u64 = 0;
    for letter in text.strip_prefix('P')?.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        if letter == 'T' && !is_time && number.is_empty() {
            is_time = true;
            continue;
        }
        let unit: u64 = match (letter, is_time) {
            ('W', false) => 7 * 24 * 3_600,
            ('D', false) => 24 * 3_600,
            ('H', true) => 3_600,
            ('M', true) => 60,
            ('S', true) => 1,
            _ => return None,
        };
        let count: u64 = number.parse().ok()?;
        number.clear();
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
    }
    (number.is_empty() && text.len() > 2).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_hubspot_writes_them() {
        for (text, seconds) in [
            ("PT30S", Some(30)),
            ("PT15M", Some(900)),
            ("P1D", Some(86_400)),
            ("P1DT1H", Some(90_000)),
            ("P1WT1H", Some(608_400)),
            ("P", None),
            ("PT", None),
            ("P1H", None),
            ("1D", None),
            ("P1", None),
            ("P-1D", None),
            ("", None),
        ] {
            assert_eq!(
                iso_duration(text),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }
}
