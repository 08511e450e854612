//! The token routes of version 1, which end on 2027-02-16. HubSpot's own clients know only these.

use super::account::Account;
use super::api_error::ApiError;
use super::call::Call;
use super::grant::Grant;
use super::simulation::Simulation;
use super::world::World;
use actix_web::HttpResponse;
use serde_json::{Value, json};

/// `GET /oauth/v1/access-tokens/{token}`.
pub(super) fn of_access_token(simulation: &Simulation, call: &Call) -> HttpResponse {
    let (now, world) = (simulation.now(), simulation.world());
    let sent = call.part(3);
    let found = world.access_token(sent);
    let Some((token, grant)) = found.filter(|(token, _)| token.expires_at > now) else {
        return ApiError::not_found("access token not found").into_response();
    };
    answer(&world, grant, |account| {
        json!({
            "token": sent,
            "token_type": "access",
            "expires_in": (token.expires_at - now).num_seconds(),
            "app_id": world.app.app_id,
            "hub_id": grant.portal,
            "hub_domain": account.domain,
            "user_id": grant.user,
            "user": account.user(grant.user).map(|user| user.email),
            "scopes": grant.scopes,
            "scope_to_scope_group_pks": [],
            "trial_scopes": [],
            "trial_scope_to_scope_group_pks": [],
        })
    })
}

/// `GET /oauth/v1/refresh-tokens/{token}`.
pub(super) fn of_refresh_token(simulation: &Simulation, call: &Call) -> HttpResponse {
    let world = simulation.world();
    let sent = call.part(3);
    let Some(grant) = world.refresh_token(sent) else {
        return ApiError::not_found("refresh token not found").into_response();
    };
    answer(&world, grant, |account| {
        json!({
            "token": sent,
            "token_type": "refresh",
            "client_id": world.app.client_id,
            "hub_id": grant.portal,
            "hub_domain": account.domain,
            "user_id": grant.user,
            "user": account.user(grant.user).map(|user| user.email),
            "scopes": grant.scopes,
        })
    })
}

/// `DELETE /oauth/v1/refresh-tokens/{token}`.
pub(super) fn delete_refresh_token(simulation: &Simulation, call: &Call) -> HttpResponse {
    let mut world = simulation.world();
    if world.refresh_token(call.part(3)).is_none() {
        return ApiError::not_found("refresh token not found").into_response();
    }
    world.revoke(call.part(3));
    HttpResponse::NoContent().finish()
}

fn answer(world: &World, grant: &Grant, body: impl FnOnce(&Account) -> Value) -> HttpResponse {
    match world.accounts.get(&grant.portal) {
        Some(account) => HttpResponse::Ok().json(body(account)),
        None => ApiError::not_found("account not found").into_response(),
    }
}
