//! `GET /conversations/v3/conversations/actors/{actorId}` and `POST .../actors/batch/read`.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::desk::actor::Actor;
use super::super::request_log::written;
use super::super::simulation::Simulation;
use super::super::world::World;
use super::threads::{READ, read_json};
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Value, json};

const MOST_IN_BATCH: usize = 100;

#[derive(Deserialize)]
struct Asked {
    inputs: Vec<String>,
}

/// One actor.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, READ, |world, caller| {
        let actor = public_actor(world, caller.portal, call.part(4));
        let actor = actor.ok_or_else(|| ApiError::not_found("actor not found"))?;
        Ok(HttpResponse::Ok().json(actor))
    })
}

/// Several; where some are unknown the status is 207.
pub fn read_batch(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = written(simulation.now());
    bearer::answer(simulation, call, READ, |world, caller| {
        let asked: Asked = read_json(call)?;
        if asked.inputs.len() > MOST_IN_BATCH {
            return Err(ApiError::invalid("Invalid input: at most 100 inputs"));
        }
        let found = |id: &String| public_actor(world, caller.portal, id);
        let results: Vec<Value> = asked.inputs.iter().filter_map(found).collect();
        let missing: Vec<&String> = asked
            .inputs
            .iter()
            .filter(|id| public_actor(world, caller.portal, id).is_none())
            .collect();
        let mut answer = json!({
            "status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now,
        });
        if missing.is_empty() {
            return Ok(HttpResponse::Ok().json(answer));
        }
        if let Some(fields) = answer.as_object_mut() {
            let error = json!({
                "status": "error", "category": "OBJECT_NOT_FOUND",
                "message": "Could not get some actors", "context": { "ids": missing },
                "errors": [], "links": {},
            });
            fields.insert("numErrors".to_owned(), json!(1));
            fields.insert("errors".to_owned(), json!([error]));
        }
        Ok(HttpResponse::MultiStatus().json(answer))
    })
}

fn public_actor(world: &World, portal: PortalId, id: &str) -> Option<Value> {
    let actor = Actor::read(id)?;
    let mut json = json!({ "id": id, "type": actor.kind() });
    let (name, email) = match actor {
        Actor::Agent(user) => {
            let user = world.accounts.get(&portal)?.user(user)?;
            (user.name.to_owned(), Some(user.email.to_owned()))
        }
        Actor::Visitor(contact) => {
            let contact = world.desks.get(&portal)?.contact(contact)?;
            (contact.name.clone(), Some(contact.email.clone()))
        }
        Actor::Integration(app) => {
            let is_ours = app == world.app.app_id;
            let name = if is_ours {
                world.app.name.as_str()
            } else {
                "An app"
            };
            (name.to_owned(), None)
        }
        Actor::CustomerAgent(_) => ("Customer Agent".to_owned(), None),
        Actor::System => return Some(json),
    };
    let fields = json.as_object_mut()?;
    fields.insert("name".to_owned(), json!(name));
    fields.extend(email.map(|email| ("email".to_owned(), json!(email))));
    Some(json)
}
