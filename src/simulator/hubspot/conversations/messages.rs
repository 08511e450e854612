//! `GET /conversations/v3/conversations/threads/{threadId}/messages` and `/{messageId}`.

use super::super::api_error::ApiError;
use super::super::bearer::{self, Caller};
use super::super::call::{Call, Fields};
use super::super::desk::thread::Thread;
use super::super::simulation::Simulation;
use super::super::world::World;
use super::message_json::{Names, public_message};
use super::threads::{READ, thread_id};
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::sync::Arc;

/// HubSpot publishes neither number; a small page makes callers follow the cursor.
const USUAL_PAGE: usize = 20;
const LARGEST_PAGE: usize = 500;

/// A page of the history, newest first unless `sort=createdAt` asks for the oldest first.
pub fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, READ, |world, caller| {
        let (thread, names) = seen(world, caller, call, now)?;
        let query = call.query_fields();
        let (limit, skipped) = page(&query)?;
        let mut items: Vec<_> = thread.items.iter().collect();
        match query.get("sort") {
            Some("createdAt") => {}
            None | Some("-createdAt") => items.reverse(),
            Some(_) => return Err(ApiError::invalid("Invalid input: sort must be createdAt")),
        }
        let here = items.iter().skip(skipped).take(limit);
        let results: Vec<Value> = here
            .map(|item| public_message(&thread, item, &names))
            .collect();
        let mut answer = json!({ "results": results });
        let next = skipped + limit;
        if let Some(fields) = answer.as_object_mut()
            && items.len() > next
        {
            let paging = json!({ "next": { "after": next.to_string() } });
            fields.insert("paging".to_owned(), paging);
        }
        Ok(HttpResponse::Ok().json(answer))
    })
}

/// One entry.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, READ, |world, caller| {
        let (thread, names) = seen(world, caller, call, now)?;
        let id = call.part(6);
        let item = thread.items.iter().find(|item| item.id == id);
        let item = item.ok_or_else(|| ApiError::not_found("message not found"))?;
        Ok(HttpResponse::Ok().json(public_message(&thread, item, &names)))
    })
}

/// The conversation as the replica has it, and whose names it shows.
fn seen<'a>(
    world: &'a mut World,
    caller: &Caller,
    call: &Call,
    now: DateTime<Utc>,
) -> Result<(Arc<Thread>, Names<'a>), ApiError> {
    let id = thread_id(call)?;
    let desk = world.desk(caller.portal)?;
    let seen_at = desk.seen_at(now);
    let thread = desk.thread_as_of(id, seen_at);
    let thread = thread.ok_or_else(|| ApiError::not_found("thread not found"))?;
    let names = world.names(caller.portal, &thread)?;
    Ok((thread, names))
}

fn page(query: &Fields) -> Result<(usize, usize), ApiError> {
    let limit: usize = query
        .get("limit")
        .map_or(Ok(USUAL_PAGE), str::parse)
        .unwrap_or(0);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiError::invalid("Invalid input: limit must be 1 to 500"));
    }
    let skipped = query.get("after").map_or(Ok(0), str::parse);
    let skipped = skipped.map_err(|_| ApiError::invalid("Invalid input: after is no cursor"))?;
    Ok((limit, skipped))
}
