//! `POST /oauth/2026-03/token/introspect`: whose a token is, and whether it works.

use super::account::Account;
use super::call::Call;
use super::grant::{AccessToken, Grant};
use super::simulation::Simulation;
use super::token_endpoint::form_of_the_app;
use super::world::World;
use actix_web::HttpResponse;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Answers about an access token or a refresh token; one that does not work is only
/// `{"active": false}`.
pub(super) fn introspect(simulation: &Simulation, call: &Call) -> HttpResponse {
    let form = match form_of_the_app(simulation, call) {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    let now = simulation.now();
    let world = simulation.world();
    let token = form.get("token").unwrap_or_default();
    let known = of_access_token(&world, token, now).or_else(|| of_refresh_token(&world, token));
    HttpResponse::Ok().json(known.unwrap_or_else(|| json!({ "active": false })))
}

/// The operation's `PublicAccessTokenInfoResponse`.
fn of_access_token(world: &World, sent: &str, now: DateTime<Utc>) -> Option<Value> {
    let (token, grant) = world.access_token(sent)?;
    let mut info = about(world, grant, sent)?;
    let account = world.accounts.get(&grant.portal)?;
    let left = (token.expires_at - now).num_seconds();
    (left > 0).then_some(())?;
    let more = info.as_object_mut()?;
    more.insert("token_use".to_owned(), json!("access_token"));
    more.insert("expires_in".to_owned(), json!(left));
    more.insert("is_private_distribution".to_owned(), json!(false));
    more.insert(
        "signed_access_token".to_owned(),
        signed(world, account, grant, token),
    );
    Some(info)
}

/// The operation's `PublicRefreshTokenInfoResponse`.
fn of_refresh_token(world: &World, sent: &str) -> Option<Value> {
    let grant = world.refresh_token(sent)?;
    let mut info = about(world, grant, sent)?;
    let more = info.as_object_mut()?;
    more.insert("token_use".to_owned(), json!("refresh_token"));
    Some(info)
}

fn about(world: &World, grant: &Grant, sent: &str) -> Option<Value> {
    let account = world.accounts.get(&grant.portal)?;
    Some(json!({
        "active": true,
        "token": sent,
        "token_type": "bearer",
        "hub_id": grant.portal,
        "hub_domain": account.domain,
        "user_id": grant.user,
        "user": account.user(grant.user).map(|user| user.email),
        "app_id": world.app.app_id,
        "client_id": world.app.client_id,
        "scopes": grant.scopes,
    }))
}

/// Undocumented beyond its field names; nothing may rely on more than `hublet`.
fn signed(world: &World, account: &Account, grant: &Grant, token: &AccessToken) -> Value {
    let installation = world.grants.installations.get(&grant.portal);
    json!({
        "expiresAt": token.expires_at.timestamp_millis(),
        "scopes": "",
        "hubId": grant.portal,
        "userId": grant.user,
        "appId": world.app.app_id,
        "signature": "",
        "scopeToScopeGroupPks": "",
        "newSignature": "",
        "hublet": account.hublet.name(),
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "isUserLevel": false,
        "installingUserId": installation.map_or(grant.user, |known| known.user),
        "isServiceAccount": false,
        "isPrivateDistribution": false,
        "appInstallId": installation.map(|known| known.id.as_str()).unwrap_or_default(),
        "audience": "",
    })
}
