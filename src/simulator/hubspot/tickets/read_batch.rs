//! `POST /crm/objects/2026-03/tickets/batch/read`: up to 100 tickets at once.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::conversations::threads::{read_json, wants_archived};
use super::super::request_log::written;
use super::super::simulation::Simulation;
use super::read::SCOPES;
use super::ticket_json::Asked;
use crate::domain::ids::TicketId;
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};

const MOST_IN_BATCH: usize = 100;
/// Where histories are asked for (operation `batch/read` of the same description).
const MOST_WITH_HISTORY: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inputs {
    inputs: Vec<Input>,
    /// Required by the OpenAPI file, as is the next.
    properties: Vec<String>,
    properties_with_history: Vec<String>,
}

#[derive(Deserialize)]
struct Input {
    id: String,
}

/// Answers what there is; where some are missing the status is 207.
pub fn read_batch(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let asked: Inputs = read_json(call)?;
        let most = match asked.properties_with_history.is_empty() {
            true => MOST_IN_BATCH,
            false => MOST_WITH_HISTORY,
        };
        if asked.inputs.is_empty() || asked.inputs.len() > most {
            let message = format!("Invalid input: 1 to {most} inputs are allowed");
            return Err(ApiError::invalid(&message));
        }
        let archived = wants_archived(&call.query_fields());
        let shown = Asked {
            properties: asked.properties,
            histories: asked.properties_with_history,
            associations: Vec::new(),
        };
        let desk = world.desk(caller.portal)?;
        let seen_at = desk.seen_at(now);
        let mut results: Vec<Value> = Vec::new();
        let mut missing: Vec<String> = Vec::new();
        for input in asked.inputs {
            let ticket = input.id.parse::<TicketId>().ok();
            let ticket = ticket.and_then(|id| desk.ticket_as_of(id, seen_at));
            match ticket.filter(|ticket| ticket.is_archived == archived) {
                Some(ticket) => results.push(shown.public_ticket(&ticket)),
                None => missing.push(input.id),
            }
        }
        let at = written(now);
        let mut answer = json!({
            "status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at,
        });
        if missing.is_empty() {
            return Ok(HttpResponse::Ok().json(answer));
        }
        if let Some(fields) = answer.as_object_mut() {
            let error = json!({
                "status": "error", "category": "OBJECT_NOT_FOUND",
                "message": "Could not get some TICKET objects, they may be deleted or not exist. \
                    Check that ids are valid.",
                "context": { "ids": missing }, "errors": [], "links": {},
            });
            fields.insert("numErrors".to_owned(), json!(1));
            fields.insert("errors".to_owned(), json!([error]));
        }
        Ok(HttpResponse::MultiStatus().json(answer))
    })
}
