//! One record's passage through a workflow, and what was received on it.

use super::object::Object;
use crate::domain::ids::{PortalId, WorkflowId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What an action put out.
pub type Outputs = BTreeMap<String, String>;

/// A passage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Enrollment {
    /// HubSpot's id of it.
    pub id: i64,
    /// The account.
    pub portal: PortalId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// What passes.
    pub object: Object,
    /// Where it is.
    pub stage: Stage,
    /// What was done, oldest first.
    pub executions: Vec<Execution>,
    /// What internal notifications said.
    pub notified: Vec<String>,
}

/// Where a passage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Something is being done.
    Working,
    /// A delay has not ended.
    Delayed,
    /// An action waits for its completion.
    Blocked,
    /// An action is tried again later.
    Retrying,
    /// All is done.
    Ended,
}

/// One execution of one action.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Execution {
    /// The action's uid.
    pub action: String,
    /// The id it was called under.
    pub callback_id: String,
    /// What was sent.
    pub inputs: BTreeMap<String, String>,
    /// What came back in the end.
    pub outputs: Outputs,
    /// The last HTTP status; `None` if there was no answer.
    pub status: Option<u16>,
    /// What that meant.
    pub result: ExecutionResult,
    /// How often it was called.
    pub attempts: u32,
    /// How long the last answer took, in real milliseconds.
    pub took_ms: f64,
    /// When it was over, by the simulation's clock, in ISO 8601.
    pub at: String,
}

/// What became of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionResult {
    /// It succeeded.
    Succeeded,
    /// It failed; the workflow went on.
    Failed,
    /// It waited for a completion that never came; the workflow went on.
    Expired,
    /// It was tried for three days; the workflow went on.
    GivenUp,
}
