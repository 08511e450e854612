//! Takes each enrolled record through its workflow, all at the same time.

use super::edit::{Editor, edit};
use super::enrollment::{Enrollment, Outputs, Stage};
use super::execute::{Place, execute};
use super::object::{Object, Record};
use super::render::{Filled, render};
use super::state::Unusable;
use super::workflow::{Input, Output, Step, Workflow};
use crate::domain::ids::{PortalId, WorkflowId};
use crate::simulator::hubspot::clock::after;
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::hubspot::simulation::Simulation;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Why nothing was enrolled.
#[derive(Debug, thiserror::Error)]
pub enum NotEnrolled {
    #[error(transparent)]
    Workflow(#[from] Unusable),
    #[error(transparent)]
    Object(#[from] Refused),
}

impl Simulation {
    /// Enrols records; answers the numbers of their passages.
    pub(in crate::simulator::hubspot) fn enroll(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        objects: &[Object],
    ) -> Result<Vec<i64>, NotEnrolled> {
        let mut world = self.world();
        if world.workflows.workflow(workflow).is_none() {
            return Err(Unusable::Workflow(workflow).into());
        }
        if !world.desks.contains_key(&portal) {
            return Err(Refused::UnknownAccount.into());
        }
        for object in objects {
            object.read(&mut world, portal)?;
        }
        let enrolled = objects
            .iter()
            .map(|object| world.workflows.enroll(portal, workflow, *object));
        let enrolled: Vec<i64> = enrolled.collect();
        drop(world);
        self.enrolled.notify_one();
        Ok(enrolled)
    }
}

/// Runs until it is aborted.
pub async fn run(simulation: Data<Simulation>) {
    loop {
        for id in simulation.world().workflows.take_fresh() {
            let simulation = simulation.clone();
            tokio::spawn(async move { walk(&simulation, id).await });
        }
        simulation.enrolled.notified().await;
    }
}

async fn walk(simulation: &Simulation, id: i64) {
    let found = {
        let world = simulation.world();
        let enrollment = world.workflows.enrollment(id).cloned();
        enrollment.and_then(|enrollment| {
            let workflow = world.workflows.workflow(enrollment.workflow)?;
            Some((Arc::clone(workflow), enrollment))
        })
    };
    let Some((workflow, enrollment)) = found else {
        return;
    };
    let mut walker = Walker {
        simulation,
        enrollment,
        index: 0,
        outputs: BTreeMap::new(),
    };
    walker.walk(&workflow).await;
    let mut world = simulation.world();
    world.workflows.is_at(id, Stage::Ended);
}

struct Walker<'a> {
    simulation: &'a Simulation,
    enrollment: Enrollment,
    index: i64,
    /// By what the action is called.
    outputs: BTreeMap<String, Outputs>,
}

impl Walker<'_> {
    async fn walk(&mut self, workflow: &Workflow) {
        let mut ways = vec![workflow.steps.iter()];
        while let Some(way) = ways.last_mut() {
            match way.next() {
                None => {
                    ways.pop();
                }
                Some(Step::Action {
                    uid,
                    called,
                    inputs,
                }) => {
                    let called = if called.is_empty() { uid } else { called };
                    self.act(uid, called, inputs).await;
                }
                Some(Step::Edit { property, value }) => self.edit(property, value),
                Some(Step::Notify(text)) => self.notify(text),
                Some(Step::End) => return,
                Some(Step::DelaySeconds(seconds)) => {
                    let now = self.simulation.now();
                    self.delay(after(now, Duration::from_secs(*seconds))).await;
                }
                Some(Step::DelayUntil(output)) => {
                    let value = self.output(output);
                    if let Some(moment) = value.as_deref().and_then(moment) {
                        self.delay(moment).await;
                    }
                }
                Some(Step::Branch {
                    on,
                    ways: offered,
                    otherwise,
                }) => {
                    let value = self.value(on).unwrap_or_default();
                    let fits = |way: &&super::workflow::Way| way.values.contains(&value);
                    let taken = offered.iter().find(fits);
                    ways.push(taken.map_or(otherwise, |way| &way.steps).iter());
                }
            }
        }
    }

    async fn act(&mut self, uid: &str, called: &str, inputs: &BTreeMap<String, Input>) {
        let action = {
            let world = self.simulation.world();
            world.workflows.action(uid).map(Arc::clone)
        };
        // A record that is gone passes nothing any more.
        let Some((action, record)) = action.zip(self.record()) else {
            return;
        };
        let filled = Filled {
            inputs,
            properties: &record.properties,
            outputs: &self.outputs,
        };
        let inputs = render(&action, &filled);
        let place = Place {
            portal: self.enrollment.portal,
            workflow: self.enrollment.workflow,
            enrollment: self.enrollment.id,
            index: self.index,
        };
        self.index += 1;
        let execution = execute(self.simulation, &place, &action, &record, inputs).await;
        self.outputs
            .insert(called.to_owned(), execution.outputs.clone());
        let mut world = self.simulation.world();
        world.workflows.record(self.enrollment.id, execution);
    }

    async fn delay(&self, until: DateTime<Utc>) {
        self.is_at(Stage::Delayed);
        self.simulation.wait_until(until).await;
        self.is_at(Stage::Working);
    }

    fn is_at(&self, stage: Stage) {
        let mut world = self.simulation.world();
        world.workflows.is_at(self.enrollment.id, stage);
    }

    fn edit(&self, property: &str, value: &Input) {
        let editor = Editor {
            portal: self.enrollment.portal,
            object: self.enrollment.object,
            workflow: self.enrollment.workflow,
            enrollment: self.enrollment.id,
        };
        let value = self.value(value).unwrap_or_default();
        if let Err(refused) = edit(self.simulation, &editor, property, value) {
            self.say(format!("{property} cannot be edited: {refused}"));
        }
    }

    fn notify(&self, text: &Input) {
        self.say(self.value(text).unwrap_or_default());
    }

    fn say(&self, text: String) {
        let mut world = self.simulation.world();
        world.workflows.notify(self.enrollment.id, text);
    }

    fn record(&self) -> Option<Record> {
        let mut world = self.simulation.world();
        let object = self.enrollment.object;
        object.read(&mut world, self.enrollment.portal).ok()
    }

    fn output(&self, output: &Output) -> Option<String> {
        self.outputs.get(&output.of)?.get(&output.name).cloned()
    }

    fn value(&self, input: &Input) -> Option<String> {
        match input {
            Input::Value(value) => Some(value.clone()),
            Input::Property(name) => self.record()?.properties.get(name).cloned(),
            Input::Output(output) => self.output(output),
        }
    }
}

/// A datetime output: milliseconds since 1970, or ISO 8601.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let millis = text.parse().ok().and_then(DateTime::from_timestamp_millis);
    millis.or_else(|| text.parse().ok())
}
