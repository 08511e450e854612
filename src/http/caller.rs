//! The extractors of API keys, and the wall between portals: what a key may not see answers exactly
//! as what does not exist.

use super::activity::Note;
use super::error::ApiError;
use super::state::ServiceState;
use crate::domain::actor::Authority;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::service::authenticate::{Caller, authenticate};
use crate::store::activity::ActivityKind;
use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::future::Future;
use std::pin::Pin;

/// A call about one portal that its key may see: 401 without a valid key, 404 for a portal or a
/// subject that is none or not the key's.
pub struct Call<Of> {
    /// Whose key it is.
    pub caller: Caller,
    /// The portal.
    pub portal: PortalId,
    /// What of the portal it is about.
    pub of: Of,
}

/// An admin's call about a portal: 403 for a key of any other role, and else as [`Call`].
pub struct AdminCall {
    /// Whose key it is.
    pub caller: Caller,
    /// The portal.
    pub portal: PortalId,
}

/// An admin's call about no portal in particular: 401 without a valid key, 403 for any other role.
pub struct AdminCaller(pub Caller);

/// The portal as a whole.
pub struct WholePortal;

/// What a route's path may name within a portal.
pub trait Subject: Sized + 'static {
    /// Reads it. None if it is no such thing.
    fn named_by(request: &HttpRequest) -> Option<Self>;
}

impl Subject for WholePortal {
    fn named_by(_: &HttpRequest) -> Option<Self> {
        Some(Self)
    }
}

impl Subject for ThreadId {
    fn named_by(request: &HttpRequest) -> Option<Self> {
        request.match_info().get("thread")?.parse().ok()
    }
}

impl Subject for TicketId {
    fn named_by(request: &HttpRequest) -> Option<Self> {
        request.match_info().get("ticket")?.parse().ok()
    }
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl<Of: Subject> FromRequest for Call<Of> {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (caller, portal) = caller_for(&request).await?;
            let of = Of::named_by(&request).ok_or_else(ApiError::not_found)?;
            Ok(Self { caller, portal, of })
        })
    }
}

impl FromRequest for AdminCall {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (caller, portal) = caller_for(&request).await?;
            let caller = as_admin(caller)?;
            Ok(Self { caller, portal })
        })
    }
}

impl FromRequest for AdminCaller {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(as_admin(caller(&request, state(&request)?).await?)?)) })
    }
}

async fn caller_for(request: &HttpRequest) -> Result<(Caller, PortalId), ApiError> {
    let state = state(request)?;
    let caller = caller(request, state).await?;
    let portal = request.match_info().get("portal");
    let portal: Option<PortalId> = portal.and_then(|portal| portal.parse().ok());
    let portal = portal.ok_or_else(ApiError::not_found)?;
    if !caller.may_see(portal) || !state.guard.allows(portal).await? {
        return Err(ApiError::not_found());
    }
    Note::of(ActivityKind::Api, portal, Vec::new()).leave(request);
    Ok((caller, portal))
}

async fn caller(request: &HttpRequest, state: &ServiceState) -> Result<Caller, ApiError> {
    let secret = bearer(request).ok_or_else(ApiError::unauthorized)?;
    let caller = authenticate(&state.store, &state.bootstrap_keys, secret).await?;
    caller.ok_or_else(ApiError::unauthorized)
}

fn as_admin(caller: Caller) -> Result<Caller, ApiError> {
    match caller.authority {
        Authority::Admin => Ok(caller),
        Authority::Ai | Authority::Workflow => Err(ApiError::forbidden()),
    }
}

fn state(request: &HttpRequest) -> Result<&ServiceState, ApiError> {
    let state = request.app_data::<Data<ServiceState>>();
    Ok(state.ok_or_else(ApiError::internal)?)
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
