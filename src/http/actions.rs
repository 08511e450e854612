//! `POST /hubspot/actions/{action}`: HubSpot's workflows call here.

use super::error::ApiError;
use super::signed::Signed;
use super::state::ServiceState;
use crate::hubspot::action_call::ActionCall;
use crate::hubspot::action_kind::ActionKind;
use crate::metrics::METRICS;
use crate::service::perform_action::perform_action;
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// Performs one action. The path is matched first, so an unknown action is 404 before anything
/// is read.
pub async fn perform(
    request: HttpRequest,
    path: Path<String>,
    signed: Signed,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let refused = |error: ApiError| error.of(&request);
    let kind = ActionKind::from_slug(&path).ok_or_else(|| refused(ApiError::not_found()))?;
    let call = ActionCall::parse(&signed.body).map_err(|error| refused(error.into()))?;
    let reply = perform_action(&state.decider, &state.guard, kind, &call)
        .await
        .map_err(|error| refused(error.into()))?;
    match reply.verdict {
        Some((outcome, _)) => {
            METRICS
                .decisions
                .with_label_values(&[kind.name(), outcome.name()])
                .inc();
        }
        None => METRICS.repeats.inc(),
    }
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(reply.bytes))
}
