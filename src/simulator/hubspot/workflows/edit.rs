//! HubSpot's own action "Edit record", as far as Baton's recipes use it: properties of tickets.

use super::object::Object;
use crate::domain::ids::PortalId;
use crate::domain::ids::WorkflowId;
use crate::simulator::hubspot::desk::do_deed::may_own;
use crate::simulator::hubspot::desk::doer::{By, Doer};
use crate::simulator::hubspot::desk::ticket::OWNER;
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::hubspot::simulation::Simulation;

/// Whose passage edits which record.
pub struct Editor {
    pub portal: PortalId,
    pub object: Object,
    pub workflow: WorkflowId,
    pub enrollment: i64,
}

/// Sets the property; an empty value clears it.
///
/// # Errors
/// If there is no such ticket or owner; contacts have nothing here that could be set.
pub fn edit(
    simulation: &Simulation,
    editor: &Editor,
    property: &str,
    value: String,
) -> Result<(), Refused> {
    let ticket = match editor.object {
        Object::Ticket(ticket) => ticket,
        Object::Contact(contact) => return Err(Refused::UnknownContact(contact)),
    };
    let doer = Doer {
        by: By::Workflow(editor.workflow, editor.enrollment),
        now: simulation.now(),
    };
    let mut world = simulation.world();
    if property == OWNER && !value.is_empty() {
        let owner = value.parse().map_err(|_| Refused::UnknownOwner(0))?;
        let account = world.accounts.get(&editor.portal);
        may_own(account.ok_or(Refused::UnknownAccount)?, owner)?;
    }
    let properties = [(property.to_owned(), value)].into();
    world.on_desk(editor.portal, |desk| {
        desk.set_properties(ticket, properties, doer)
    })?
}
