//! What a workflow enrols: a ticket or a contact, and what workflows read of it.

use crate::domain::ids::{PortalId, TicketId};
use crate::simulator::action_request::Enrolled;
use crate::simulator::hubspot::desk::ticket::ORIGINATING_THREAD;
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::hubspot::world::World;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A record that can be enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    /// A ticket.
    Ticket(TicketId),
    /// A contact.
    Contact(i64),
}

/// A record as a workflow sees it.
pub struct Record {
    /// Which it is.
    pub object: Object,
    /// What it says, by property.
    pub properties: BTreeMap<String, String>,
}

impl Object {
    /// The record as it is now.
    pub(super) fn read(self, world: &mut World, portal: PortalId) -> Result<Record, Refused> {
        let desk = world.desks.get_mut(&portal);
        let desk = desk.ok_or(Refused::UnknownAccount)?;
        let properties = match self {
            Self::Ticket(id) => desk.ticket(id)?.properties.clone(),
            Self::Contact(id) => {
                let contact = desk.contact(id).ok_or(Refused::UnknownContact(id))?;
                [("email", &contact.email), ("firstname", &contact.name)]
                    .map(|(name, value)| (name.to_owned(), value.clone()))
                    .into()
            }
        };
        Ok(Record {
            object: self,
            properties,
        })
    }
}

impl Record {
    /// As a call names it, with what of its properties the action asks for.
    pub(super) fn enrolled(&self, asked_for: &[String]) -> Enrolled {
        match self.object {
            Object::Contact(id) => Enrolled::Contact(id),
            Object::Ticket(id) => {
                let is_asked = asked_for.iter().any(|name| name == ORIGINATING_THREAD);
                let thread = self.properties.get(ORIGINATING_THREAD);
                let thread = thread.filter(|_| is_asked).and_then(|id| id.parse().ok());
                Enrolled::Ticket(id, thread)
            }
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(id) => write!(formatter, "Ticket {id}"),
            Self::Contact(id) => write!(formatter, "Contact {id}"),
        }
    }
}
