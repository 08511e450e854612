//! Takes each enrolled ticket through its workflow, all at the same time.

use super::action_file::Action;
use super::enrollment::{Enrollment, Outputs, Stage};
use super::execute::{Place, execute};
use super::render::{Filled, render};
use super::state::Unusable;
use super::workflow::{Input, Output, Step, Workflow};
use crate::domain::ids::{PortalId, TicketId, WorkflowId};
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
    Ticket(#[from] Refused),
}

impl Simulation {
    /// Enrols tickets; answers the numbers of their passages.
    pub(in crate::simulator::hubspot) fn enroll(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        tickets: &[TicketId],
    ) -> Result<Vec<i64>, NotEnrolled> {
        let mut world = self.world();
        if world.workflows.workflow(workflow).is_none() {
            return Err(Unusable::Workflow(workflow).into());
        }
        let desk = world
            .desks
            .get_mut(&portal)
            .ok_or(Refused::UnknownAccount)?;
        for ticket in tickets {
            desk.ticket(*ticket)?;
        }
        let enrolled = tickets
            .iter()
            .map(|ticket| world.workflows.enroll(portal, workflow, *ticket));
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
                }) => self.act(uid, called, inputs).await,
                Some(Step::DelaySeconds(seconds)) => {
                    let now = self.simulation.now();
                    self.delay(after(now, Duration::from_secs(*seconds))).await;
                }
                Some(Step::DelayUntil(output)) => {
                    if let Some(moment) = self.value(output).and_then(moment) {
                        self.delay(moment).await;
                    }
                }
                Some(Step::Branch {
                    on,
                    ways: offered,
                    otherwise,
                }) => {
                    let value = self.value(on).unwrap_or_default();
                    let fits = |way: &&super::workflow::Way| {
                        way.values.iter().any(|wanted| wanted == value)
                    };
                    let taken = offered.iter().find(fits);
                    ways.push(taken.map_or(otherwise, |way| &way.steps).iter());
                }
            }
        }
    }

    async fn act(&mut self, uid: &str, called: &str, inputs: &BTreeMap<String, Input>) {
        let found = {
            let mut world = self.simulation.world();
            let action: Option<Arc<Action>> = world.workflows.action(uid).map(Arc::clone);
            let desk = world.desks.get_mut(&self.enrollment.portal);
            let ticket = desk.and_then(|desk| desk.ticket(self.enrollment.ticket).ok());
            action.zip(ticket)
        };
        // A ticket that is gone passes nothing any more.
        let Some((action, ticket)) = found else {
            return;
        };
        let filled = Filled {
            inputs,
            properties: &ticket.properties,
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
        let execution = execute(self.simulation, &place, &action, &ticket, inputs).await;
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

    fn value(&self, output: &Output) -> Option<&str> {
        let outputs = self.outputs.get(&output.of)?;
        outputs.get(&output.name).map(String::as_str)
    }
}

/// A datetime output: milliseconds since 1970, or ISO 8601.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let millis = text.parse().ok().and_then(DateTime::from_timestamp_millis);
    millis.or_else(|| text.parse().ok())
}
