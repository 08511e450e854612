//! Who asked for something and with what authority.

use super::ids::WorkflowId;
use serde::{Deserialize, Serialize};

/// How much somebody's word weighs. What an admin placed, only an admin lifts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A HubSpot workflow.
    Workflow,
    /// The AI platform, by an API key of the role `ai`.
    Ai,
    /// A person at the console, or an API key of the role `admin`.
    Admin,
}

/// Who asked: kept with every hold and decision, and shown in every explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The weight of the request.
    pub authority: Authority,
    /// The workflow that called, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    /// A name to show: the API key's, or the admin's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Requester {
    /// A workflow, by its id where the call named one.
    pub fn workflow(workflow: Option<WorkflowId>) -> Self {
        Self {
            authority: Authority::Workflow,
            workflow,
            name: None,
        }
    }

    /// The caller of the API, by the name of its key.
    pub fn api(authority: Authority, key_name: impl Into<String>) -> Self {
        Self {
            authority,
            workflow: None,
            name: Some(key_name.into()),
        }
    }

    /// True for an admin.
    pub fn is_admin(&self) -> bool {
        self.authority == Authority::Admin
    }

    /// How a sentence calls this requester, for instance `workflow 1791000001`.
    pub fn described(&self) -> String {
        match (self.authority, self.workflow, &self.name) {
            (Authority::Workflow, Some(workflow), _) => format!("workflow {workflow}"),
            (Authority::Workflow, None, Some(name)) => name.clone(),
            (Authority::Workflow, None, None) => "a workflow".to_owned(),
            (Authority::Ai, _, Some(name)) => format!("the AI platform ({name})"),
            (Authority::Ai, _, None) => "the AI platform".to_owned(),
            (Authority::Admin, _, Some(name)) => format!("an admin ({name})"),
            (Authority::Admin, _, None) => "an admin".to_owned(),
        }
    }
}
