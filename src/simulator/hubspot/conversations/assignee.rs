//! Who a conversation is assigned to. The OpenAPI file has `PUT` and `DELETE
//! /conversations/conversations/v3/threads/{threadId}/assignee`; the guide says `POST
//! /conversations/v3/conversations/threads/{threadId}/assignee` and shows an address as the actor.
//! Here both work.

use super::super::account::Account;
use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::desk::actor::Actor;
use super::super::refused::Refused;
use super::super::simulation::Simulation;
use super::thread_json::{Associations, public_thread};
use super::threads::{WRITE, present, read_json, refusal, thread_id, through_api};
use actix_web::HttpResponse;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    actor_id: String,
}

/// Assigns it.
pub fn assign(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, WRITE, |world, caller| {
        let id = thread_id(call)?;
        let asked: Asked = read_json(call)?;
        present(world, caller, id)?;
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        let actor = assignable(account, &asked.actor_id).map_err(refusal)?;
        let doer = through_api(caller, now);
        let assigned = world.on_desk(caller.portal, |desk| desk.assign(id, Some(actor), doer));
        assigned.and_then(|done| done).map_err(refusal)?;
        let thread = present(world, caller, id)?;
        Ok(HttpResponse::Ok().json(public_thread(&thread, Associations::None)))
    })
}

/// Takes it from whoever has it.
pub fn unassign(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, WRITE, |world, caller| {
        let id = thread_id(call)?;
        let doer = through_api(caller, now);
        let done = world.on_desk(caller.portal, |desk| desk.assign(id, None, doer));
        done.and_then(|done| done).map_err(refusal)?;
        Ok(HttpResponse::NoContent().finish())
    })
}

fn assignable(account: &Account, actor: &str) -> Result<Actor, Refused> {
    let by_address = account.users.iter().find(|user| user.email == actor);
    let user = match (by_address, Actor::read(actor)) {
        (Some(user), _) => user.id,
        (None, Some(Actor::Agent(user))) => user,
        (None, _) => return Err(Refused::CannotBeAssigned(actor.to_owned())),
    };
    let known = account.user(user).ok_or(Refused::UnknownUser(user))?;
    Ok(Actor::Agent(known.id))
}
