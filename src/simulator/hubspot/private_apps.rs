//! `POST /oauth/v2/private-apps/get/access-token-info`: whose a private app's token is.

use super::api_error::ApiError;
use super::call::Call;
use super::simulation::Simulation;
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    token_key: String,
}

/// Answers about the token in the body. No scope is needed, and no bearer either for a token of
/// North America; one of another region needs itself as the bearer (reported by users of the API,
/// read 2026-11-22).
pub(super) fn token_info(simulation: &Simulation, call: &Call) -> HttpResponse {
    let Ok(asked) = serde_json::from_slice::<Asked>(&call.body) else {
        let message = "Invalid input JSON: tokenKey is expected";
        return ApiError::invalid(message).into_response();
    };
    let world = simulation.world();
    let found = world.account_of_private_app(&asked.token_key);
    let app = found.and_then(|account| Some((account, account.private_app.as_ref()?)));
    let Some((account, app)) = app else {
        return ApiError::not_found("access token not found").into_response();
    };
    let is_shown = call.bearer() == Some(asked.token_key.as_str());
    if !is_shown && !asked.token_key.starts_with("pat-na1-") {
        return ApiError::unauthenticated().into_response();
    }
    HttpResponse::Ok().json(json!({
        "userId": app.user_id,
        "hubId": account.portal,
        "appId": app.app_id,
        "scopes": app.scopes,
    }))
}
