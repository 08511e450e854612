//! `POST /crm/objects/2026-03/tickets/search`: the newest tickets first; other orders and filters
//! are not played.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::conversations::threads::read_json;
use super::super::desk::ticket::Ticket;
use super::super::simulation::Simulation;
use super::read::SCOPES;
use super::ticket_json::Asked;
use crate::domain::ids::TicketId;
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::sync::Arc;

/// As the operation describes `limit`.
const MOST: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Search {
    limit: usize,
    properties: Vec<String>,
    filter_groups: Vec<Value>,
    sorts: Vec<Sort>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sort {
    property_name: String,
    direction: String,
}

/// Answers the newest tickets.
pub fn search(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let asked: Search = read_json(call)?;
        let is_newest_first = |sort: &Sort| {
            (sort.property_name.as_str(), sort.direction.as_str()) == ("createdate", "DESCENDING")
        };
        let is_played = asked.filter_groups.is_empty() && asked.sorts.iter().all(is_newest_first);
        if !is_played || asked.limit == 0 || asked.limit > MOST {
            return Err(ApiError::invalid(
                "the simulation searches by descending createdate only, 1 to 200 at a time",
            ));
        }
        let shown = Asked {
            properties: asked.properties,
            histories: Vec::new(),
            associations: Vec::new(),
        };
        let desk = world.desk(caller.portal)?;
        let seen_at = desk.seen_at(now);
        let tickets = desk.tickets_as_of(TicketId(0), seen_at);
        let mut tickets: Vec<&Arc<Ticket>> = tickets.filter(|ticket| !ticket.is_archived).collect();
        tickets.sort_by_key(|ticket| Reverse((ticket.created_at, ticket.id)));
        let total = tickets.len();
        let newest = tickets.into_iter().take(asked.limit);
        let results: Vec<Value> = newest.map(|ticket| shown.public_ticket(ticket)).collect();
        Ok(HttpResponse::Ok().json(json!({ "total": total, "results": results })))
    })
}
