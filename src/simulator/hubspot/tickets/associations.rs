//! What a ticket is associated with: conversations and the contact. Shown beside a ticket, and by
//! `GET /crm/v4/objects/tickets/{ticketId}/associations/{toObjectType}`.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::desk::ticket::Ticket;
use super::super::simulation::Simulation;
use super::read::{SCOPES, ticket_id};
use actix_web::HttpResponse;
use serde_json::{Value, json};

/// What it is associated with. HubSpot knows a conversation under two types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Threads,
    Conversations,
    Contacts,
}

impl Kind {
    pub fn read(name: &str) -> Result<Self, ApiError> {
        match name.to_lowercase().trim_end_matches('s') {
            "thread" => Ok(Self::Threads),
            "conversation" => Ok(Self::Conversations),
            "contact" | "0-1" => Ok(Self::Contacts),
            _ => Err(ApiError::invalid(&format!(
                "Unable to infer object type from: {name}"
            ))),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Threads => "threads",
            Self::Conversations => "conversations",
            Self::Contacts => "contacts",
        }
    }

    /// HubSpot's number of the association from a ticket.
    const fn type_id(self) -> i64 {
        match self {
            Self::Threads => 32,
            Self::Conversations => 278,
            Self::Contacts => 16,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Threads => "ticket_to_thread",
            Self::Conversations => "ticket_to_conversation",
            Self::Contacts => "ticket_to_contact",
        }
    }

    fn ids(self, ticket: &Ticket) -> Vec<i64> {
        match self {
            Self::Threads | Self::Conversations => {
                ticket.threads.iter().map(|thread| thread.0).collect()
            }
            Self::Contacts => vec![ticket.contact],
        }
    }

    /// As an answer about the ticket shows them; nothing where there are none.
    pub fn of_ticket(self, ticket: &Ticket) -> Option<(String, Value)> {
        let ids = self.ids(ticket);
        let results = ids
            .iter()
            .map(|id| json!({ "id": id.to_string(), "type": self.label() }));
        let results: Vec<Value> = results.collect();
        let shown = json!({ "results": results });
        (!ids.is_empty()).then(|| (self.name().to_owned(), shown))
    }
}

/// Those of one ticket and one kind.
pub fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let kind = Kind::read(call.part(6))?;
        let desk = world.desk(caller.portal)?;
        let seen_at = desk.seen_at(now);
        let ticket = desk.ticket_as_of(ticket_id(call)?, seen_at);
        let ticket = ticket.ok_or_else(|| ApiError::not_found("resource not found"))?;
        let kinds = json!([{
            "category": "HUBSPOT_DEFINED", "typeId": kind.type_id(), "label": null,
        }]);
        let ids = kind.ids(&ticket);
        let results: Vec<Value> = ids
            .iter()
            .map(|id| json!({ "toObjectId": id, "associationTypes": kinds }))
            .collect();
        Ok(HttpResponse::Ok().json(json!({ "results": results })))
    })
}
