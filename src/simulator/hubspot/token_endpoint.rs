//! `POST /oauth/2026-03/token`: codes and refresh tokens become access tokens.

use super::access::Issued;
use super::call::{Call, Fields, NotAForm};
use super::oauth_error::OAuthError;
use super::simulation::Simulation;
use super::world::World;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use secrecy::ExposeSecret as _;
use serde_json::json;

/// Exchanges.
pub(super) fn exchange(simulation: &Simulation, call: &Call) -> HttpResponse {
    match issue(simulation, call) {
        Ok(issued) => tokens(&issued),
        Err(error) => error.into_response(),
    }
}

fn issue(simulation: &Simulation, call: &Call) -> Result<Issued, OAuthError> {
    let form = form_of_the_app(simulation, call)?;
    let now = simulation.now();
    let mut world = simulation.world();
    let redirect_uri = form.get("redirect_uri");
    match form.get("grant_type") {
        Some("authorization_code") => match form.get("code") {
            Some(code) => world.exchange_code(code, redirect_uri, now),
            None => Err(OAuthError::BadAuthCode),
        },
        Some("refresh_token") => match form.get("refresh_token") {
            Some(token) => world.refresh(token, redirect_uri, now),
            None => Err(OAuthError::BadRefreshToken),
        },
        Some(_) | None => Err(OAuthError::BadGrantType),
    }
}

/// The form of a call that shows the app's own client id and secret.
pub(super) fn form_of_the_app(simulation: &Simulation, call: &Call) -> Result<Fields, OAuthError> {
    let form = call.form().map_err(|problem| match problem {
        NotAForm::ContentType => OAuthError::NotAForm,
        NotAForm::Repeats => OAuthError::Repeated,
    })?;
    check_client(&simulation.world(), &form)?;
    Ok(form)
}

fn check_client(world: &World, form: &Fields) -> Result<(), OAuthError> {
    if form.get("client_id") != Some(world.app.client_id.as_str()) {
        return Err(OAuthError::BadClientId);
    }
    if form.get("client_secret") != Some(world.app.client_secret.expose_secret()) {
        return Err(OAuthError::BadClientSecret);
    }
    Ok(())
}

/// The fields of the operation's `AccessTokenResponse`.
fn tokens(issued: &Issued) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(json!({
            "token_type": "bearer",
            "token_use": "access_token",
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "expires_in": issued.expires_in,
            "hub_id": issued.grant.portal,
            "user_id": issued.grant.user,
            "scopes": issued.grant.scopes,
        }))
}
