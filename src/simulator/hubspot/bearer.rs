//! Who calls the API: the bearer token in the header is looked up, and judged in HubSpot's order:
//! known, not expired, within the rate limit, with the scopes.

use super::api_error::ApiError;
use super::call::Call;
use super::rate_limit::Budget;
use super::simulation::Simulation;
use super::world::World;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};

/// A caller that may call.
pub(super) struct Caller {
    pub(super) portal: PortalId,
    pub(super) credential: Credential,
    pub(super) app_id: i64,
    scopes: Vec<String>,
}

/// What the caller showed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    OAuth,
    PrivateApp,
}

/// Answers a call that needs any one of these scopes; none of them if the list is empty.
pub(super) fn answer(
    simulation: &Simulation,
    call: &Call,
    any_of: &[&str],
    respond: impl FnOnce(&mut World, &Caller) -> Result<HttpResponse, ApiError>,
) -> HttpResponse {
    let mut world = simulation.world();
    let now = simulation.now();
    let caller = match recognise(&world, call, now) {
        Ok(caller) => caller,
        Err(error) => return error.into_response(),
    };
    let budget = world.limits.count(caller.portal, caller.app_id, now);
    let answered = admit(&caller, budget, any_of).and_then(|()| respond(&mut world, &caller));
    let mut response = answered.unwrap_or_else(ApiError::into_response);
    budget.write_on(&mut response);
    response
}

fn recognise(world: &World, call: &Call, now: DateTime<Utc>) -> Result<Caller, ApiError> {
    let sent = call.bearer().ok_or_else(ApiError::unauthenticated)?;
    if let Some(account) = world.account_of_private_app(sent) {
        let app = account.private_app.as_ref();
        let app = app.ok_or_else(ApiError::unauthenticated)?;
        return Ok(Caller {
            portal: account.portal,
            credential: Credential::PrivateApp,
            app_id: app.app_id,
            scopes: app.scopes.iter().map(|&scope| scope.to_owned()).collect(),
        });
    }
    let (token, grant) = world
        .access_token(sent)
        .ok_or_else(ApiError::unauthenticated)?;
    if token.expires_at <= now {
        return Err(ApiError::expired(token.expires_at, now));
    }
    Ok(Caller {
        portal: grant.portal,
        credential: Credential::OAuth,
        app_id: world.app.app_id,
        scopes: grant.scopes.clone(),
    })
}

fn admit(caller: &Caller, budget: Budget, any_of: &[&str]) -> Result<(), ApiError> {
    if budget.is_spent() {
        return Err(ApiError::rate_limited());
    }
    let has = |scope: &&str| caller.scopes.iter().any(|granted| granted == scope);
    if any_of.is_empty() || any_of.iter().any(has) {
        Ok(())
    } else {
        Err(ApiError::missing_scopes(any_of))
    }
}
