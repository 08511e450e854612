//! `GET /crm/objects/2026-03/tickets` and `/{ticketId}`.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::conversations::threads::wants_archived;
use super::super::simulation::Simulation;
use super::ticket_json::Asked;
use crate::domain::ids::TicketId;
use actix_web::HttpResponse;
use serde_json::{Value, json};

pub const SCOPES: &[&str] = &["tickets"];
const USUAL_PAGE: usize = 10;
const LARGEST_PAGE: usize = 100;

/// One ticket, as the replica has it.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let query = call.query_fields();
        let asked = Asked::read(&query)?;
        let id = ticket_id(call)?;
        let desk = world.desk(caller.portal)?;
        let seen_at = desk.seen_at(now);
        let ticket = desk.ticket_as_of(id, seen_at);
        let ticket = ticket.filter(|ticket| ticket.is_archived == wants_archived(&query));
        let ticket = ticket.ok_or_else(|| ApiError::not_found("resource not found"))?;
        Ok(HttpResponse::Ok().json(asked.public_ticket(&ticket)))
    })
}

/// A page, in the order of the ids.
pub fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let query = call.query_fields();
        let asked = Asked::read(&query)?;
        let limit: usize = query
            .get("limit")
            .map_or(Ok(USUAL_PAGE), str::parse)
            .unwrap_or(0);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(ApiError::invalid("Invalid input: limit must be 1 to 100"));
        }
        let after = query.get("after").map_or(Ok(0), str::parse);
        let after = after.map_err(|_| ApiError::invalid("Invalid input: after is no cursor"))?;
        let desk = world.desk(caller.portal)?;
        let all = desk.tickets_as_of(TicketId(after), desk.seen_at(now));
        let mut fitting = all.filter(|ticket| ticket.is_archived == wants_archived(&query));
        let here: Vec<_> = fitting.by_ref().take(limit).collect();
        let results: Vec<Value> = here
            .iter()
            .map(|ticket| asked.public_ticket(ticket))
            .collect();
        let mut page = json!({ "results": results });
        if let (Some(last), Some(fields)) = (here.last(), page.as_object_mut())
            && fitting.next().is_some()
        {
            let next = json!({ "next": { "after": last.id.to_string() } });
            fields.insert("paging".to_owned(), next);
        }
        Ok(HttpResponse::Ok().json(page))
    })
}

/// The id in the path, which is at the same place under every alias.
pub fn ticket_id(call: &Call) -> Result<TicketId, ApiError> {
    let id = call.part(4).parse();
    id.map_err(|_| ApiError::invalid("Invalid input: ticketId must be a whole number"))
}
