//! The control routes under `/_simulator`: JSON, for tests and scripts. They answer for the
//! simulator, not for HubSpot.

use super::api_error::ApiError;
use super::call::Call;
use super::fault::Fault;
use super::request_log::written;
use super::simulation::Simulation;
use super::world::World;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// The accounts and what is installed in them.
pub(super) fn portals(simulation: &Simulation, _: &Call) -> HttpResponse {
    let (now, world) = (simulation.now(), simulation.world());
    let portals = world.accounts.values().map(|account| {
        json!({
            "portal": account.portal,
            "name": account.name,
            "hublet": account.hublet.name(),
            "account_type": account.kind.api_name(),
            "tier": account.tier.name(),
            "installation": installation(&world, account.portal, now),
            "has_private_app": account.private_app.is_some(),
        })
    });
    let portals: Vec<Value> = portals.collect();
    HttpResponse::Ok().json(json!({ "portals": portals }))
}

/// What happens to one account: `expire-access-tokens`, `revoke-refresh-tokens`, `uninstall`,
/// `delete-private-app` or `delete-account`.
pub(super) fn on_portal(simulation: &Simulation, call: &Call) -> HttpResponse {
    let (now, mut world) = (simulation.now(), simulation.world());
    let portal = call.part(2).parse::<PortalId>().ok();
    let Some(portal) = portal.filter(|portal| world.accounts.contains_key(portal)) else {
        return ApiError::not_found("no such account").into_response();
    };
    let changed = match call.part(3) {
        "expire-access-tokens" => world.expire_access_tokens(portal, now),
        "revoke-refresh-tokens" => world.revoke_refresh_tokens(portal),
        "uninstall" => usize::from(world.uninstall(portal)),
        "delete-private-app" => usize::from(world.delete_private_app(portal)),
        "delete-account" => usize::from(world.accounts.remove(&portal).is_some()),
        _ => return ApiError::not_found("no such control").into_response(),
    };
    HttpResponse::Ok().json(json!({ "changed": changed }))
}

/// The faults that may strike.
pub(super) fn faults(simulation: &Simulation, _: &Call) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "faults": simulation.world().faults.all() }))
}

/// One more fault, for instance
/// `{"path": "/crm/", "portal": 50001, "effect": {"kind": "status", "status": 503}, "times": 2}`;
/// only `effect` is needed. Its kinds: `status` (`status`, `retry_after`), `slow` (`ms`), `garbage`,
/// `reset`; with `"when": "after"` the request has had its effect by then.
pub(super) fn add_fault(simulation: &Simulation, call: &Call) -> HttpResponse {
    with_body(call, |fault: Fault| {
        if !fault.can_be_sent() {
            let message = "Invalid input: a status is 400 to 599, a Retry-After is plain text";
            return ApiError::invalid(message).into_response();
        }
        simulation.world().faults.add(fault);
        HttpResponse::NoContent().finish()
    })
}

/// No faults.
pub(super) fn clear_faults(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().faults.clear();
    HttpResponse::NoContent().finish()
}

/// The last requests, oldest first.
pub(super) fn requests(simulation: &Simulation, _: &Call) -> HttpResponse {
    let world = simulation.world();
    let (total, requests) = (world.log.total(), world.log.all());
    HttpResponse::Ok().json(json!({ "total": total, "requests": requests }))
}

/// Forgets the requests.
pub(super) fn clear_requests(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.world().log.clear();
    HttpResponse::NoContent().finish()
}

/// What the token endpoint did for each account.
pub(super) fn counters(simulation: &Simulation, _: &Call) -> HttpResponse {
    let portals = simulation.world().exchanges.all();
    HttpResponse::Ok().json(json!({ "portals": portals }))
}

/// The simulated time.
pub(super) fn clock(simulation: &Simulation, _: &Call) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "now": written(simulation.now()) }))
}

/// Skips simulated time.
pub(super) fn advance_clock(simulation: &Simulation, call: &Call) -> HttpResponse {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Advance {
        advance_ms: u64,
    }
    with_body(call, |asked: Advance| {
        let by = Duration::from_millis(asked.advance_ms);
        simulation.advance(by);
        clock(simulation, call)
    })
}

/// Registers another redirect URL of the app.
pub(super) fn add_redirect_url(simulation: &Simulation, call: &Call) -> HttpResponse {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Registered {
        url: String,
    }
    with_body(call, |registered: Registered| {
        simulation.world().app.redirect_urls.push(registered.url);
        HttpResponse::NoContent().finish()
    })
}

/// Begins again.
pub(super) fn reset(simulation: &Simulation, _: &Call) -> HttpResponse {
    simulation.reset();
    HttpResponse::NoContent().finish()
}

impl World {
    /// Deletes an account's private app, and with it its token. `false` if there was none.
    pub(super) fn delete_private_app(&mut self, portal: PortalId) -> bool {
        let account = self.accounts.get_mut(&portal);
        account.is_some_and(|account| account.private_app.take().is_some())
    }
}

fn installation(world: &World, portal: PortalId, now: DateTime<Utc>) -> Option<Value> {
    let installation = world.grants.installations.get(&portal)?;
    Some(json!({
        "user_id": installation.user,
        "scopes": installation.scopes,
        "installed_at": written(installation.installed_at),
        "live_access_tokens": world.live_access_tokens(portal, now),
        "live_refresh_tokens": world.live_refresh_tokens(portal),
    }))
}

pub(super) fn with_body<T: DeserializeOwned>(
    call: &Call,
    then: impl FnOnce(T) -> HttpResponse,
) -> HttpResponse {
    match serde_json::from_slice(&call.body) {
        Ok(body) => then(body),
        Err(error) => ApiError::invalid(&format!("Invalid input JSON: {error}")).into_response(),
    }
}
