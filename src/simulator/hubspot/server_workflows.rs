//! What a test does to workflows, without HTTP.

use super::refused::Refused;
use super::server::SimulatedHubSpot;
use super::workflows::enrollment::{Enrollment, Stage};
use super::workflows::history::line;
use super::workflows::object::Object;
use super::workflows::press::counted_from;
use super::workflows::runner::NotEnrolled;
use super::workflows::workflow::Workflow;
use crate::domain::ids::{PortalId, TicketId, WorkflowId};

impl SimulatedHubSpot {
    /// One more workflow, or a new version of one.
    ///
    /// # Errors
    /// What HubSpot's editor would not offer: an action or an input that does not exist.
    pub fn publish_workflow(&self, workflow: Workflow) -> Result<(), String> {
        let mut world = self.simulation.world();
        let published = world.workflows.publish(workflow);
        published.map_err(|error| error.to_string())
    }

    /// Enrols a ticket; answers the number of its passage.
    ///
    /// # Errors
    /// If there is no such account, workflow or ticket.
    pub fn enroll(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        ticket: TicketId,
    ) -> Result<i64, String> {
        let enrolled = self.enroll_many(portal, workflow, ticket, 1)?;
        enrolled
            .first()
            .copied()
            .ok_or_else(|| Refused::UnknownTicket(ticket).to_string())
    }

    /// Enrols a contact; answers the number of its passage.
    ///
    /// # Errors
    /// If there is no such account, workflow or contact.
    pub fn enroll_contact(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        contact: i64,
    ) -> Result<i64, String> {
        let contact = Object::Contact(contact);
        let enrolled = self.enroll_all(portal, workflow, &[contact])?;
        enrolled
            .first()
            .copied()
            .ok_or_else(|| format!("{contact} was not enrolled"))
    }

    /// Enrols this many tickets, from this one upwards.
    ///
    /// # Errors
    /// As [`SimulatedHubSpot::enroll`]; then none is enrolled.
    pub fn enroll_many(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        from: TicketId,
        count: i64,
    ) -> Result<Vec<i64>, String> {
        let tickets: Vec<Object> = counted_from(from.0, count)
            .map(|id| Object::Ticket(TicketId(id)))
            .collect();
        self.enroll_all(portal, workflow, &tickets)
    }

    fn enroll_all(
        &self,
        portal: PortalId,
        workflow: WorkflowId,
        objects: &[Object],
    ) -> Result<Vec<i64>, String> {
        let enrolled = self.simulation.enroll(portal, workflow, objects);
        enrolled.map_err(|error: NotEnrolled| error.to_string())
    }

    /// A passage as it is now.
    pub fn enrollment(&self, id: i64) -> Option<Enrollment> {
        self.simulation.world().workflows.enrollment(id).cloned()
    }

    /// How many passages have not ended.
    pub fn running_enrollments(&self) -> usize {
        let world = self.simulation.world();
        let all = world.workflows.enrollments();
        all.filter(|one| one.stage != Stage::Ended).count()
    }

    /// The history of a passage in a language: `en`, `fr`, `de`, `ja`, `es`, `pt-br` or `nl`.
    pub fn history(&self, id: i64, language: &str) -> Vec<String> {
        let world = self.simulation.world();
        let enrollment = world.workflows.enrollment(id);
        let executions = enrollment.map(|enrollment| enrollment.executions.as_slice());
        let lines = executions.unwrap_or_default().iter();
        let lines = lines.filter_map(|execution| {
            let action = world.workflows.action(&execution.action)?;
            Some(line(action, execution, language))
        });
        lines.collect()
    }
}
