//! `PATCH /crm/objects/2026-03/tickets/{ticketId}`: new values of properties.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::{Call, Fields};
use super::super::conversations::threads::{read_json, refusal, through_api};
use super::super::desk::do_deed::may_own;
use super::super::desk::ticket::{MORE_PROPERTIES, OWNER, READ_ONLY, USUAL_PROPERTIES};
use super::super::simulation::Simulation;
use super::read::{SCOPES, ticket_id};
use super::ticket_json::Asked;
use actix_web::HttpResponse;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Input {
    properties: BTreeMap<String, String>,
}

/// Changes them, all or none.
pub fn change(simulation: &Simulation, call: &Call) -> HttpResponse {
    let now = simulation.now();
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let id = ticket_id(call)?;
        let input: Input = read_json(call)?;
        for name in input.properties.keys() {
            let is_known = USUAL_PROPERTIES
                .iter()
                .chain(&MORE_PROPERTIES)
                .any(|of| of == name);
            if !is_known {
                let message = format!("Property \"{name}\" does not exist");
                return Err(ApiError::invalid(&message));
            }
            if READ_ONLY.contains(&name.as_str()) {
                let message =
                    format!("\"{name}\" is a read only property; its value cannot be set");
                return Err(ApiError::invalid(&message));
            }
        }
        let ticket = world.desk(caller.portal)?.ticket(id).map_err(refusal)?;
        if ticket.is_archived {
            return Err(ApiError::not_found("resource not found"));
        }
        if let Some(owner) = input
            .properties
            .get(OWNER)
            .filter(|owner| !owner.is_empty())
        {
            let owner = owner
                .parse()
                .map_err(|_| ApiError::invalid(&format!("\"{owner}\" was not a valid OWNER")))?;
            let account = world.accounts.get(&caller.portal);
            may_own(account.ok_or_else(ApiError::unauthenticated)?, owner).map_err(refusal)?;
        }
        let doer = through_api(caller, now);
        let changed = world.on_desk(caller.portal, |desk| {
            desk.set_properties(id, input.properties, doer)
        });
        changed.and_then(|done| done).map_err(refusal)?;
        let ticket = world.desk(caller.portal)?.ticket(id).map_err(refusal)?;
        let shown = Asked::read(&Fields::read(b""))?;
        Ok(HttpResponse::Ok().json(shown.public_ticket(&ticket)))
    })
}
