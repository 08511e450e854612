//! Around every request: its id, one log line, its duration; and what a failure answers, since only
//! here it meets its request.

use super::activity;
use super::console::page_error::PageError;
use super::error::ApiError;
use super::state::ServiceState;
use crate::metrics::METRICS;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};
use std::sync::atomic::Ordering;
use std::time::Instant;
use uuid::Uuid;

/// The header every response carries.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone, Copy)]
struct RequestId(Uuid);

/// The id of a request, as its response and the log carry it.
pub fn request_id(request: &HttpRequest) -> String {
    let id = request.extensions().get::<RequestId>().map(|id| id.0);
    id.unwrap_or_default().to_string()
}

/// Gives a request its id, passes it on, and writes the log line.
///
/// # Errors
/// Those of the handlers.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let began = Instant::now();
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let method = request.method().clone();
    // The pattern, not the path: it bounds the metrics' labels and names nobody's ids.
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "unknown".to_owned());
    let state = request.app_data::<Data<ServiceState>>().cloned();
    let response = next.call(request).await?;

    if let Some(state) = &state {
        let ended = activity::Ended {
            id,
            method: &method,
            route: &route,
            took: began.elapsed(),
        };
        activity::log(state, &response, ended);
    }
    let mut response = answer_failure(response);
    // A caller that keeps its connection would keep a stopping server waiting.
    let is_draining = |state: &Data<ServiceState>| state.is_draining.load(Ordering::Relaxed);
    if state.as_ref().is_some_and(is_draining) {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    let id = id.to_string();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status();
    let elapsed = began.elapsed();
    METRICS
        .durations
        .with_label_values(&[route.as_str()])
        .observe(elapsed.as_secs_f64());
    METRICS
        .responses
        .with_label_values(&[route.as_str(), status.as_str()])
        .inc();
    log::info!(
        request_id = id.as_str(),
        duration_ms = format!("{:.2}", elapsed.as_secs_f64() * 1_000.0).as_str();
        "{method} {route} {}", status.as_u16()
    );
    Ok(response)
}

/// A failure as a response that names its request: JSON, or one of the console's pages.
fn answer_failure<B>(response: ServiceResponse<B>) -> ServiceResponse<EitherBody<B>> {
    let request = response.request();
    let answer = response.response().error().and_then(|error| {
        let page = error.as_error::<PageError>().map(|it| it.answer(request));
        page.or_else(|| error.as_error::<ApiError>().map(|it| it.answer(request)))
    });
    let Some(mut answer) = answer else {
        return response.map_into_left_body();
    };
    // What was put on the failure on its way here stays, a console's policies for example.
    for (name, value) in response.headers() {
        if !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    response.into_response(answer).map_into_right_body()
}
