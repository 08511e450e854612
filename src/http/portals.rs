//! `/v1/portals`: what admin keys see and change of portals. The same as the console's card.

use super::body::{BODY_LIMIT, read_body};
use super::caller::{AdminCall, AdminCaller};
use super::error::ApiError;
use super::query_fields::QueryFields;
use super::state::ServiceState;
use crate::domain::ids::PortalId;
use crate::hubspot::{lenient, nesting};
use crate::service::allow_portal::AllowedPortals;
use crate::service::authenticate::Caller;
use crate::service::change_settings::change_settings;
use crate::service::choose_ai_sender::{Choice, choose_ai_sender};
use crate::service::disconnect_portal::{AppEnd, Disconnected, disconnect_portal};
use crate::service::return_to_private_app::return_to_private_app;
use crate::service::show_portals::read::{MOST_PORTALS, Which, list_portals, show_portal};
use crate::service::switch_ai::{AiSwitch, switch_ai};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

/// `GET /v1/portals`
pub async fn list(
    AdminCaller(caller): AdminCaller,
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let fields = QueryFields::read(request.query_string(), &["cursor"])?;
    let expected = "the next of an earlier page";
    let after = fields.parse("cursor", expected, str::parse::<PortalId>)?;
    let after = after.map_or(0, |portal| portal.0);
    let which = which(&state, &caller).await?;
    let portals = list_portals(&state.store, which, after).await?;
    let is_full = i64::try_from(portals.len()).is_ok_and(|found| found >= MOST_PORTALS);
    let last = portals.last().filter(|_| is_full);
    let next = last.map(|portal| portal.portal_id.to_string());
    Ok(HttpResponse::Ok().json(json!({ "portals": portals, "next": next })))
}

/// What this key may see of the portals that may use this Baton.
async fn which(state: &ServiceState, caller: &Caller) -> Result<Which, ApiError> {
    if let Some(own) = caller.portal {
        let is_allowed = state.guard.allows(own).await?;
        return Ok(Which::These(
            [own].into_iter().filter(|_| is_allowed).collect(),
        ));
    }
    Ok(match &state.app.allowed {
        AllowedPortals::Connected => Which::EverConnected,
        AllowedPortals::Listed(portals) => Which::These(portals.clone()),
        AllowedPortals::Any => Which::Every,
    })
}

/// `GET /v1/portals/{portal}`
pub async fn show(call: AdminCall, state: Data<ServiceState>) -> Result<HttpResponse, ApiError> {
    shown(&state, call.portal).await
}

/// `PUT /v1/portals/{portal}/ai-enabled`
pub async fn put_ai_enabled(
    AdminCall { caller, portal }: AdminCall,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let body = object(payload, &["enabled"]).await?;
    let switch = match body.get("enabled") {
        Some(Value::Bool(true)) => AiSwitch::On,
        Some(Value::Bool(false)) => AiSwitch::Off,
        Some(_) | None => {
            let expected = "expected {\"enabled\": true} or {\"enabled\": false}";
            return Err(ApiError::invalid_request(expected));
        }
    };
    switch_ai(&state.store, portal, switch, &caller.name).await?;
    shown(&state, portal).await
}

/// `PUT /v1/portals/{portal}/ai-sender`
pub async fn put_ai_sender(
    AdminCall { caller, portal }: AdminCall,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let body = object(payload, &["user_id", "is_shared"]).await?;
    let user_id = body.get("user_id").and_then(lenient::id);
    let is_shared = match body.get("is_shared") {
        None | Some(Value::Null) => Some(None),
        Some(Value::Bool(is_shared)) => Some(Some(*is_shared)),
        Some(_) => None,
    };
    let (Some(user_id), Some(is_shared)) = (user_id, is_shared) else {
        let expected = "expected {\"user_id\": \"...\"}, the id of a user in HubSpot, and perhaps \
                        \"is_shared\": true or false";
        return Err(ApiError::invalid_request(expected));
    };
    let choice = Choice { user_id, is_shared };
    choose_ai_sender(&state.app, portal, choice, &caller.name).await?;
    shown(&state, portal).await
}

/// `GET /v1/portals/{portal}/settings`
pub async fn show_settings(
    call: AdminCall,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let view = show_portal(&state.store, call.portal).await?;
    Ok(HttpResponse::Ok().json(view.settings.shown()))
}

/// `PATCH /v1/portals/{portal}/settings`
pub async fn patch_settings(
    AdminCall { caller, portal }: AdminCall,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let changes = any_object(payload).await?;
    change_settings(&state.store, portal, changes.into(), &caller.name).await?;
    let view = show_portal(&state.store, portal).await?;
    Ok(HttpResponse::Ok().json(view.settings.shown()))
}

/// `DELETE /v1/portals/{portal}/connection`
pub async fn delete_connection(
    AdminCall { caller, portal }: AdminCall,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let disconnected = disconnect_portal(&state.app, portal, &caller.name).await?;
    let (result, message) = match disconnected {
        Disconnected::App(end) => {
            let (result, message) = of_app(end);
            (result, message.to_owned())
        }
        Disconnected::PrivateAppForgotten => (TOKEN_DELETED.0, TOKEN_DELETED.1.to_owned()),
        Disconnected::AppAndPrivateApp(end) => {
            let (result, message) = of_app(end);
            let of_token = TOKEN_DELETED.1;
            (result, format!("{message}. Also {of_token}"))
        }
        Disconnected::WasNotConnected => (
            "was_not_connected",
            "there was nothing to disconnect".to_owned(),
        ),
    };
    let had_private_app = matches!(
        disconnected,
        Disconnected::PrivateAppForgotten | Disconnected::AppAndPrivateApp(_)
    );
    Ok(HttpResponse::Ok().json(json!({
        "result": result, "message": message, "private_app_token_deleted": had_private_app,
    })))
}

const TOKEN_DELETED: (&str, &str) = (
    "private_app_forgotten",
    "the private app's token is deleted here; HubSpot is not told of that, and takes the token \
     until you rotate it there or delete the private app",
);

const fn of_app(end: AppEnd) -> (&'static str, &'static str) {
    match end {
        AppEnd::Everywhere => (
            "disconnected",
            "the app is uninstalled in HubSpot; conversations, holds and settings are kept",
        ),
        AppEnd::AccessEnded => (
            "disconnected_access_ended",
            "Baton's access is ended; if the app is still listed in HubSpot under Connected apps, \
             uninstall it there",
        ),
        AppEnd::HubSpotNotToldYet => (
            "disconnected_hubspot_not_told_yet",
            "HubSpot could not be told yet and will be; to hurry, uninstall the app there, under \
             Connected apps",
        ),
    }
}

/// `PUT /v1/portals/{portal}/connection`: back to the private app that the app replaced.
pub async fn put_connection(
    AdminCall { caller, portal }: AdminCall,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let body = object(payload, &["by"]).await?;
    if body.get("by").and_then(Value::as_str) != Some("private_app") {
        let expected = "expected {\"by\": \"private_app\"}, to go back to the private app that the \
                        app replaced";
        return Err(ApiError::invalid_request(expected));
    }
    return_to_private_app(&state.app, portal, &caller.name).await?;
    shown(&state, portal).await
}

async fn shown(state: &ServiceState, portal: PortalId) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(show_portal(&state.store, portal).await?))
}

/// A JSON object with no other fields than these.
async fn object(payload: Payload, fields: &[&str]) -> Result<Map<String, Value>, ApiError> {
    let object = any_object(payload).await?;
    if object.keys().any(|name| !fields.contains(&name.as_str())) {
        let expected = format!("expected no other fields than {}", fields.join(", "));
        return Err(ApiError::invalid_request(expected));
    }
    Ok(object)
}

async fn any_object(payload: Payload) -> Result<Map<String, Value>, ApiError> {
    let body = read_body(payload, BODY_LIMIT).await?;
    let not_an_object = || ApiError::invalid_request("the body must be a JSON object");
    if nesting::is_too_deep(&body) {
        return Err(not_an_object());
    }
    match serde_json::from_slice(&body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) | Err(_) => Err(not_an_object()),
    }
}
