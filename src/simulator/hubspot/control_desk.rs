//! The control routes for conversations, tickets and webhooks.

use super::api_error::ApiError;
use super::call::Call;
use super::control::with_body;
use super::deed::Deed;
use super::simulation::Simulation;
use super::webhooks::disturbance::Disturbance;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

/// Somebody does something in an account, for instance
/// `{"do": "agent_replies", "thread": 7001, "user": 3892001, "text": "Hello"}`.
pub(super) fn carry_out(simulation: &Simulation, call: &Call) -> HttpResponse {
    let Ok(portal) = call.part(2).parse::<PortalId>() else {
        return ApiError::not_found("no such account").into_response();
    };
    with_body(call, |deed: Deed| {
        let now = simulation.now();
        match simulation.world().carry_out(portal, &deed, now) {
            Ok(done) => HttpResponse::Ok().json(done),
            Err(refused) => ApiError::invalid(&refused.to_string()).into_response(),
        }
    })
}

/// How late reads of an account are: `{"ms": 2000}`.
pub(super) fn lag(simulation: &Simulation, call: &Call) -> HttpResponse {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Lag {
        ms: u32,
    }
    let mut world = simulation.world();
    let portal = call.part(2).parse::<PortalId>().ok();
    let desk = portal.and_then(|portal| world.desks.get_mut(&portal));
    let Some(desk) = desk else {
        return ApiError::not_found("no such account").into_response();
    };
    with_body(call, |lag: Lag| {
        desk.lag = TimeDelta::milliseconds(lag.ms.into());
        HttpResponse::NoContent().finish()
    })
}

/// The last deliveries, oldest first, and how many events wait.
pub(super) fn webhooks(simulation: &Simulation, _: &Call) -> HttpResponse {
    let world = simulation.world();
    let (waiting, deliveries) = (world.webhooks.unsettled(), world.webhooks.log.all());
    HttpResponse::Ok().json(json!({ "unsettled": waiting, "deliveries": deliveries }))
}

/// Forgets the deliveries.
pub(super) fn clear_webhooks(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().webhooks.log.clear();
    HttpResponse::NoContent().finish()
}

/// Sends nothing until it is released.
pub(super) fn hold(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().webhooks.hold();
    HttpResponse::NoContent().finish()
}

/// Sends again.
pub(super) fn release(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().webhooks.release();
    HttpResponse::NoContent().finish()
}

/// The disturbances that may strike.
pub(super) fn disturbances(simulation: &Simulation, _: &Call) -> HttpResponse {
    let world = simulation.world();
    HttpResponse::Ok().json(json!({ "disturbances": world.webhooks.disturbances.all() }))
}

/// One more, for instance `{"event": "conversation.", "effect": {"kind": "lose"}, "times": 2}`. Its
/// kinds: `lose`, `repeat` (`times`), `delay` (`ms`), `shuffle` (`within_ms`).
pub(super) fn add_disturbance(simulation: &Simulation, call: &Call) -> HttpResponse {
    with_body(call, |disturbance: Disturbance| {
        simulation.world().webhooks.disturbances.add(disturbance);
        HttpResponse::NoContent().finish()
    })
}

/// None of them.
pub(super) fn clear_disturbances(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().webhooks.disturbances.clear();
    HttpResponse::NoContent().finish()
}
