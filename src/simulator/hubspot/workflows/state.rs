//! The workflows of the simulation, who is enrolled in them, and who waits to be completed.

use super::action_file::Action;
use super::enrollment::{Enrollment, Execution, Outputs, Stage};
use super::object::Object;
use super::workflow::{Step, Workflow};
use crate::domain::ids::{PortalId, WorkflowId};
use crate::simulator::hubspot::options::HubSpotOptions;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;

/// Numbers of enrolments are as large as captured ones. The time of the start is added: whoever keeps
/// its database across starts must not see an id twice.
const FIRST_ENROLLMENT: i64 = 2_384_000_000_001;
/// Passages that ended longest ago are forgotten once there are more.
const MOST_KEPT: usize = 50_000;

pub struct Workflows {
    pub actions: Vec<Arc<Action>>,
    workflows: Vec<Arc<Workflow>>,
    enrollments: BTreeMap<i64, Enrollment>,
    /// Enrolled, and nobody has set out with them.
    fresh: Vec<i64>,
    next: i64,
    blocked: BTreeMap<(PortalId, String), oneshot::Sender<Outputs>>,
}

/// Why a workflow cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("there is no workflow {0}")]
    Workflow(WorkflowId),
    #[error("there is no action {0}")]
    Action(String),
    #[error("the action {0} has no input {1}")]
    Input(String, String),
}

impl Workflows {
    pub fn new(options: &HubSpotOptions, now: DateTime<Utc>) -> Self {
        let actions = options.actions.read().unwrap_or_else(|error| {
            log::error!("the simulated HubSpot has no workflow actions: {error}");
            Vec::new()
        });
        let mut workflows = Self {
            actions: actions.into_iter().map(Arc::new).collect(),
            workflows: Vec::new(),
            enrollments: BTreeMap::new(),
            fresh: Vec::new(),
            next: FIRST_ENROLLMENT + now.timestamp_millis(),
            blocked: BTreeMap::new(),
        };
        for workflow in &options.workflows {
            if let Err(error) = workflows.publish(workflow.clone()) {
                log::error!("the workflow {} cannot be used: {error}", workflow.name);
            }
        }
        workflows
    }

    /// Numbers no passage as an earlier world did: those that are under way still report.
    pub fn number_after(&mut self, earlier: &Self) {
        self.next = self.next.max(earlier.next);
    }

    pub fn all(&self) -> &[Arc<Workflow>] {
        &self.workflows
    }

    pub fn action(&self, uid: &str) -> Option<&Arc<Action>> {
        self.actions.iter().find(|action| action.uid == uid)
    }

    pub fn workflow(&self, id: WorkflowId) -> Option<&Arc<Workflow>> {
        self.workflows.iter().find(|workflow| workflow.id == id)
    }

    /// Adds one, or puts it in place of an older one; refuses what the editor would not offer.
    pub fn publish(&mut self, workflow: Workflow) -> Result<(), Unusable> {
        self.judge(&workflow.steps)?;
        self.workflows.retain(|known| known.id != workflow.id);
        self.workflows.push(Arc::new(workflow));
        Ok(())
    }

    pub fn enroll(&mut self, portal: PortalId, workflow: WorkflowId, object: Object) -> i64 {
        let id = self.next;
        self.next += 1;
        if self.enrollments.len() >= MOST_KEPT {
            let ended = self.enrollments.values();
            let mut ended = ended.filter(|enrollment| enrollment.stage == Stage::Ended);
            if let Some(oldest) = ended.next().map(|enrollment| enrollment.id) {
                self.enrollments.remove(&oldest);
            }
        }
        let enrollment = Enrollment {
            id,
            portal,
            workflow,
            object,
            stage: Stage::Working,
            executions: Vec::new(),
            notified: Vec::new(),
        };
        self.enrollments.insert(id, enrollment);
        self.fresh.push(id);
        id
    }

    /// Those to set out with now.
    pub fn take_fresh(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.fresh)
    }

    /// Oldest first.
    pub fn enrollments(&self) -> impl DoubleEndedIterator<Item = &Enrollment> {
        self.enrollments.values()
    }

    pub fn enrollment(&self, id: i64) -> Option<&Enrollment> {
        self.enrollments.get(&id)
    }

    pub fn is_at(&mut self, id: i64, stage: Stage) {
        if let Some(enrollment) = self.enrollments.get_mut(&id) {
            enrollment.stage = stage;
        }
    }

    pub fn record(&mut self, id: i64, execution: Execution) {
        if let Some(enrollment) = self.enrollments.get_mut(&id) {
            enrollment.executions.push(execution);
        }
    }

    pub fn notify(&mut self, id: i64, text: String) {
        if let Some(enrollment) = self.enrollments.get_mut(&id) {
            enrollment.notified.push(text);
        }
    }

    /// An action waits under this id; what completes it comes through the channel.
    pub fn block(&mut self, portal: PortalId, callback_id: &str) -> oneshot::Receiver<Outputs> {
        let (sender, receiver) = oneshot::channel();
        let key = (portal, callback_id.to_owned());
        self.blocked.insert(key, sender);
        receiver
    }

    /// The wait is over without a completion.
    pub fn unblock(&mut self, portal: PortalId, callback_id: &str) {
        self.blocked.remove(&(portal, callback_id.to_owned()));
    }

    /// `false` if nothing of this account waits under this id.
    pub fn complete(&mut self, portal: PortalId, callback_id: &str, outputs: Outputs) -> bool {
        let waiting = self.blocked.remove(&(portal, callback_id.to_owned()));
        waiting.is_some_and(|waiting| waiting.send(outputs).is_ok())
    }

    pub fn waits(&self, portal: PortalId, callback_id: &str) -> bool {
        let key = (portal, callback_id.to_owned());
        self.blocked.contains_key(&key)
    }

    fn judge(&self, steps: &[Step]) -> Result<(), Unusable> {
        for step in steps {
            match step {
                Step::Action { uid, inputs, .. } => {
                    let action = self.action(uid);
                    let action = action.ok_or_else(|| Unusable::Action(uid.clone()))?;
                    let unknown = inputs.keys().find(|name| !action.inputs.contains(name));
                    if let Some(name) = unknown {
                        return Err(Unusable::Input(uid.clone(), name.clone()));
                    }
                }
                Step::DelaySeconds(_)
                | Step::DelayUntil(_)
                | Step::Edit { .. }
                | Step::Notify(_)
                | Step::End => {}
                Step::Branch {
                    ways, otherwise, ..
                } => {
                    for way in ways {
                        self.judge(&way.steps)?;
                    }
                    self.judge(otherwise)?;
                }
            }
        }
        Ok(())
    }
}
