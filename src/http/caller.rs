//! The extractor of API keys, and the wall between portals: what a key may not see answers
//! exactly as what does not exist.

use super::activity::Note;
use super::error::ApiError;
use super::state::ServiceState;
use crate::domain::actor::Authority;
use crate::domain::ids::PortalId;
use crate::service::authenticate::{Caller, authenticate};
use crate::store::activity::ActivityKind;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

/// Finds out who calls.
///
/// # Errors
/// 401 without a valid key.
pub async fn caller(request: &HttpRequest, state: &ServiceState) -> Result<Caller, ApiError> {
    let secret = bearer(request).ok_or_else(ApiError::unauthorized)?;
    let caller = authenticate(&state.store, &state.bootstrap_keys, secret).await?;
    caller.ok_or_else(ApiError::unauthorized)
}

/// That the key is an admin's.
///
/// # Errors
/// 403 for any other role.
pub fn as_admin(caller: Caller) -> Result<Caller, ApiError> {
    match caller.authority {
        Authority::Admin => Ok(caller),
        Authority::Ai | Authority::Workflow => Err(ApiError::forbidden()),
    }
}

/// Finds out who calls, and that the key may see this portal.
///
/// # Errors
/// 401 without a valid key; 404 for a portal that is none or not the key's.
pub async fn caller_for(
    request: &HttpRequest,
    state: &ServiceState,
    portal: &str,
) -> Result<(Caller, PortalId), ApiError> {
    let caller = caller(request, state).await?;
    let portal: PortalId = portal.parse().map_err(|_| ApiError::not_found())?;
    if !caller.may_see(portal) || !state.guard.allows(portal).await? {
        return Err(ApiError::not_found());
    }
    Note::of(ActivityKind::Api, portal, Vec::new()).leave(request);
    Ok((caller, portal))
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let value = values
        .next()
        .filter(|_| values.next().is_none())?
        .to_str()
        .ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}
