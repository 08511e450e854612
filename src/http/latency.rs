//! `GET /v1/portals/{portal}/latency`: how long events of webhooks took until they were committed.

use super::caller::{Call, WholePortal};
use super::error::ApiError;
use super::state::ServiceState;
use crate::service::publish_latency::read_latency;
use actix_web::HttpResponse;
use actix_web::web::Data;

/// Percentiles of the last hour and day, by kind of event.
pub async fn show(
    call: Call<WholePortal>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(read_latency(&state.store, call.portal).await?))
}
