//! The one way every request takes: read, struck by faults, answered, logged.

use super::api_error::ApiError;
use super::call::Call;
use super::connection;
use super::fault::{Blow, Effect};
use super::request_log::{SeenRequest, shown, written};
use super::routes;
use super::simulation::Simulation;
use actix_web::http::StatusCode;
use actix_web::http::header::{DATE, HeaderValue, RETRY_AFTER};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use std::time::Duration;

/// Answers a request.
pub(super) async fn handle(
    request: HttpRequest,
    body: Result<Bytes, actix_web::Error>,
    simulation: Data<Simulation>,
) -> HttpResponse {
    let Ok(body) = body else {
        return ApiError::too_large().into_response();
    };
    let call = Call::of(&request, body);
    if is_for_people(&call) {
        return routes::answer(&simulation, &call);
    }
    let arrived = simulation.now();
    let (portal, struck) = {
        let mut world = simulation.world();
        let portal = world.portal_of(&call);
        (portal, world.faults.strike(&call.path, portal, arrived))
    };
    wait(struck.before.wait).await;
    let answered = match instead(&struck.before) {
        Some(answer) => answer,
        None => Some(routes::answer(&simulation, &call)),
    };
    let answered = instead(&struck.after).unwrap_or(answered);
    // Logged before a wait in which the caller may give up.
    simulation.world().log.add(SeenRequest {
        at: written(arrived),
        method: call.method.to_string(),
        path: shown(&call.path),
        portal,
        status: answered.as_ref().map(|answer| answer.status().as_u16()),
    });
    wait(struck.after.wait).await;
    let Some(mut answer) = answered else {
        connection::close(&request);
        return HttpResponse::InternalServerError().finish();
    };
    let date = simulation.now().format("%a, %d %b %Y %H:%M:%S GMT");
    if let Ok(date) = HeaderValue::from_str(&date.to_string()) {
        answer.headers_mut().insert(DATE, date);
    }
    answer
}

/// Even the shortest sleep takes until the timer's next tick.
async fn wait(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

/// The simulator's own pages and control routes are neither struck nor logged.
fn is_for_people(call: &Call) -> bool {
    let is_of_the_simulator = [
        "/_simulator/",
        "/marketplace/",
        "/private-apps/",
        "/inbox",
        "/workflows",
    ]
    .iter()
    .any(|prefix| call.path.starts_with(prefix));
    call.path == "/" || is_of_the_simulator
}

/// What a blow puts in place of an answer; `Some(None)` is a connection that is closed.
fn instead(blow: &Blow) -> Option<Option<HttpResponse>> {
    match blow.instead.as_ref()? {
        Effect::Reset => Some(None),
        Effect::Garbage => {
            let body = "<!doctype html><title>Hang tight</title>{\"access_token\":";
            let mut answer = HttpResponse::Ok();
            Some(Some(answer.content_type("application/json").body(body)))
        }
        Effect::Status {
            status,
            retry_after,
        } => {
            let status = StatusCode::from_u16(*status);
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut answer = ApiError::faulty(status).into_response();
            if let Some(Ok(after)) = retry_after.as_deref().map(HeaderValue::from_str) {
                answer.headers_mut().insert(RETRY_AFTER, after);
            }
            Some(Some(answer))
        }
        Effect::Slow { .. } => None,
    }
}
