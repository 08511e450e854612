//! Installs that begin in HubSpot's marketplace ("Understand app installation flow" in HubSpot's
//! documentation, read 2026-11-22): the app's install URL is called with a code that nobody asked
//! for, or first to sign the user in. Which redirect URL such a code is bound to is documented
//! nowhere; here it is the app's callback.

use super::api_error::ApiError;
use super::call::Call;
use super::page::page;
use super::simulation::Simulation;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use maud::html;
use url::form_urlencoded::Serializer;

/// Without a sign-in to the app: the code comes at once.
pub(super) fn install(simulation: &Simulation, call: &Call) -> HttpResponse {
    send_code(simulation, call, &[])
}

/// With a sign-in: the app comes back to [`finalize`] with a state of its own.
pub(super) fn sign_in(simulation: &Simulation, call: &Call) -> HttpResponse {
    let back = format!("{}/marketplace/{}/finalize", simulation.url, call.part(1));
    send(simulation, &[("step", "authorize"), ("returnUrl", &back)])
}

/// The app has signed the user in: now the code comes, with the app's state.
pub(super) fn finalize(simulation: &Simulation, call: &Call) -> HttpResponse {
    match call.query_fields().get("state") {
        Some(state) => send_code(simulation, call, &[("step", "finalize"), ("state", state)]),
        None => ApiError::invalid("the app came back without a state").into_response(),
    }
}

/// Where the app sends the user in the end.
pub(super) fn done(simulation: &Simulation, call: &Call) -> HttpResponse {
    let portal = call.part(1).parse::<PortalId>().ok();
    let installations = &simulation.world().grants.installations;
    let is_installed = portal.is_some_and(|portal| installations.contains_key(&portal));
    let content = html! {
        p.soft { "Simulated HubSpot" }
        h1 { "Back in the marketplace" }
        section.card {
            @if is_installed {
                p.good { "The app is installed." }
            } @else {
                p.bad { "The app came back without exchanging its code: it is not installed." }
            }
        }
        p { a href="/" { "All accounts" } }
    };
    page(StatusCode::OK, "Back in the marketplace", &content)
}

fn send_code(simulation: &Simulation, call: &Call, fields: &[(&str, &str)]) -> HttpResponse {
    let now = simulation.now();
    let mut world = simulation.world();
    let callback = world.app.callback_url();
    let portal = call.part(1).parse::<PortalId>().ok();
    let code = portal.and_then(|portal| world.marketplace_code(&callback, portal, now));
    drop(world);
    let Some(code) = code else {
        return ApiError::not_found("no such account").into_response();
    };
    let back = format!("{}/marketplace/{}/done", simulation.url, call.part(1));
    let code = [("code", code.as_str()), ("returnUrl", &back)];
    send(simulation, &[fields, &code].concat())
}

fn send(simulation: &Simulation, fields: &[(&str, &str)]) -> HttpResponse {
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    let location = format!("{}?{query}", simulation.world().app.install_url());
    HttpResponse::SeeOther()
        .insert_header((LOCATION, location))
        .finish()
}
