//! The control routes for conversations, tickets and webhooks.

use super::api_error::ApiError;
use super::call::Call;
use super::control::with_body;
use super::deed::{Deed, Done, Known};
use super::refused::Refused;
use super::simulation::Simulation;
use super::webhooks::disturbance::Disturbance;
use super::world::World;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use actix_web::HttpResponse;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

/// Somebody does something in an account, for instance
/// `{"do": "agent_replies", "thread": 7001, "user": 3892001, "text": "Hello"}`.
pub(super) fn carry_out(simulation: &Simulation, call: &Call) -> HttpResponse {
    with_deed(simulation, call, World::carry_out)
}

/// The same, for a caller who delivers the event of it.
pub(super) fn carry_out_untold(simulation: &Simulation, call: &Call) -> HttpResponse {
    with_deed(simulation, call, World::carry_out_untold)
}

type CarryOut = fn(&mut World, PortalId, &Deed, DateTime<Utc>) -> Result<Done, Refused>;

fn with_deed(simulation: &Simulation, call: &Call, carry_out: CarryOut) -> HttpResponse {
    let Ok(portal) = call.part(2).parse::<PortalId>() else {
        return ApiError::not_found("no such account").into_response();
    };
    with_body(call, |deed: Deed| {
        let now = simulation.now();
        match carry_out(&mut simulation.world(), portal, &deed, now) {
            Ok(done) => HttpResponse::Ok().json(done),
            Err(refused) => ApiError::invalid(&refused.to_string()).into_response(),
        }
    })
}

/// A conversation, and the ticket it belongs to.
pub(super) fn know_thread(simulation: &Simulation, call: &Call) -> HttpResponse {
    let id = call.part(4).parse::<ThreadId>().ok();
    know(simulation, call, |world, portal| {
        let desk = world.desks.get_mut(&portal);
        let thread = desk.zip(id).and_then(|(desk, id)| desk.thread(id).ok());
        let ticket = thread.as_ref().and_then(|thread| thread.ticket);
        (thread.map(|thread| thread.id), ticket)
    })
}

/// A ticket, and its latest conversation.
pub(super) fn know_ticket(simulation: &Simulation, call: &Call) -> HttpResponse {
    let id = call.part(4).parse::<TicketId>().ok();
    know(simulation, call, |world, portal| {
        let desk = world.desks.get_mut(&portal);
        let ticket = desk.zip(id).and_then(|(desk, id)| desk.ticket(id).ok());
        let thread = ticket
            .as_ref()
            .and_then(|ticket| ticket.threads.last().copied());
        (thread, ticket.map(|ticket| ticket.id))
    })
}

fn know(
    simulation: &Simulation,
    call: &Call,
    look: impl FnOnce(&mut World, PortalId) -> (Option<ThreadId>, Option<TicketId>),
) -> HttpResponse {
    let mut world = simulation.world();
    let portal = call.part(2).parse::<PortalId>().ok();
    let (thread, ticket) = match portal {
        Some(portal) => look(&mut world, portal),
        None => (None, None),
    };
    HttpResponse::Ok().json(Known {
        service: world.app.service_url.clone(),
        thread,
        ticket,
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
