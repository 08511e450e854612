//! `GET /v1/portals/{portal}/latency`: how long events of webhooks took until they were committed.

use super::caller::caller_for;
use super::error::ApiError;
use super::state::ServiceState;
use crate::service::publish_latency::read_latency;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// Percentiles of the last hour and day, by kind of event.
pub async fn show(
    request: HttpRequest,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let (_, portal) = caller_for(&request, &state, &path).await?;
    Ok(HttpResponse::Ok().json(read_latency(&state.store, portal).await?))
}
