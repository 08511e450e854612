//! `GET`, `PATCH` and `DELETE /conversations/v3/conversations/threads/{threadId}`.

use super::super::api_error::ApiError;
use super::super::bearer::{self, Caller};
use super::super::call::{Call, Fields};
use super::super::desk::doer::{By, Doer};
use super::super::desk::thread::{Status, Thread};
use super::super::refused::Refused;
use super::super::simulation::Simulation;
use super::super::world::World;
use super::thread_json::{Associations, public_thread};
use crate::domain::ids::ThreadId;
use actix_web::HttpResponse;
use serde::Deserialize;
use std::sync::Arc;

pub const READ: &[&str] = &["conversations.read"];
pub const WRITE: &[&str] = &["conversations.write"];

/// One conversation, as the replica has it; an archived one only with `archived=true`.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, READ, |world, caller| {
        let query = call.query_fields();
        let desk = world.desk(caller.portal)?;
        let seen_at = desk.seen_at(now);
        let thread = desk.thread_as_of(thread_id(call)?, seen_at);
        let thread = thread.filter(|thread| thread.is_archived == wants_archived(&query));
        let thread = thread.ok_or_else(|| ApiError::not_found("thread not found"))?;
        Ok(HttpResponse::Ok().json(public_thread(&thread, associations(&query)?)))
    })
}

/// A new status, or out of the archive.
pub fn change(simulation: &Simulation, call: &Call) -> HttpResponse {
    #[derive(Deserialize)]
    struct Asked {
        status: Option<String>,
        archived: Option<bool>,
    }
    let now = simulation.now();
    bearer::answer(simulation, call, WRITE, |world, caller| {
        let id = thread_id(call)?;
        let asked: Asked = read_json(call)?;
        let thread = present(world, caller, id)?;
        if thread.is_archived != wants_archived(&call.query_fields()) {
            return Err(ApiError::not_found("thread not found"));
        }
        let status = asked.status.as_deref().map(|status| {
            let message = "Invalid input: status must be one of: [OPEN, CLOSED]";
            Status::read(status).ok_or_else(|| ApiError::invalid(message))
        });
        let doer = through_api(caller, now);
        let changed = match (status.transpose()?, asked.archived) {
            (None, Some(false)) => world.on_desk(caller.portal, |desk| desk.restore(id, doer)),
            (Some(status), None) => {
                world.on_desk(caller.portal, |desk| desk.set_status(id, status, doer))
            }
            (None, None) | (_, Some(true)) | (Some(_), Some(false)) => {
                let message = "Invalid input: either a status, or archived as false";
                return Err(ApiError::invalid(message));
            }
        };
        changed.and_then(|done| done).map_err(refusal)?;
        let thread = present(world, caller, id)?;
        Ok(HttpResponse::Ok().json(public_thread(&thread, Associations::None)))
    })
}

/// Into the archive.
pub fn archive(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, WRITE, |world, caller| {
        let id = thread_id(call)?;
        let doer = through_api(caller, now);
        let archived = world.on_desk(caller.portal, |desk| desk.archive(id, doer));
        archived.and_then(|done| done).map_err(refusal)?;
        Ok(HttpResponse::NoContent().finish())
    })
}

/// The conversation as it is, for whoever changes it.
pub fn present(world: &mut World, caller: &Caller, id: ThreadId) -> Result<Arc<Thread>, ApiError> {
    world.desk(caller.portal)?.thread(id).map_err(refusal)
}

/// An app that changes something through the API.
pub fn through_api(caller: &Caller, now: chrono::DateTime<chrono::Utc>) -> Doer {
    let by = By::App(caller.app_id);
    Doer { by, now }
}

/// The id in the path.
pub fn thread_id(call: &Call) -> Result<ThreadId, ApiError> {
    let id = call.part(4).parse();
    id.map_err(|_| ApiError::invalid("Invalid input: threadId must be a whole number"))
}

/// A body of JSON.
pub fn read_json<T: for<'de> Deserialize<'de>>(call: &Call) -> Result<T, ApiError> {
    let read = serde_json::from_slice(&call.body);
    read.map_err(|error| ApiError::invalid(&format!("Invalid input JSON: {error}")))
}

pub fn wants_archived(query: &Fields) -> bool {
    query.get("archived") == Some("true")
}

pub fn associations(query: &Fields) -> Result<Associations, ApiError> {
    match query.get("association") {
        None => Ok(Associations::None),
        Some("TICKET") => Ok(Associations::Ticket),
        Some(_) => Err(ApiError::invalid(
            "Invalid input: association must be one of: [TICKET]",
        )),
    }
}

/// What the API answers.
pub fn refusal(refused: Refused) -> ApiError {
    match &refused {
        Refused::UnknownThread(_) | Refused::UnknownTicket(_) | Refused::UnknownContact(_) => {
            ApiError::not_found("resource not found")
        }
        Refused::UnknownAccount => ApiError::unauthenticated(),
        Refused::UnknownUser(_)
        | Refused::UnknownOwner(_)
        | Refused::CannotBeAssigned(_)
        | Refused::EmptyText => ApiError::invalid(&refused.to_string()),
    }
}
