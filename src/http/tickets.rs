//! `/v1/portals/{portal}/tickets/{ticket}`: a ticket with all its conversations.

use super::caller::caller_for;
use super::conversations::PageQuery;
use super::error::ApiError;
use super::state::ServiceState;
use crate::domain::ids::TicketId;
use crate::service::{read_conversation, read_timeline};
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};

/// `GET .../tickets/{ticket}`
pub async fn show(
    request: HttpRequest,
    path: Path<(String, String)>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let (portal, ticket) = path.into_inner();
    let (_, portal) = caller_for(&request, &state, &portal).await?;
    let ticket = ticket_id(&ticket)?;
    Ok(HttpResponse::Ok().json(read_conversation::ticket(&state.store, portal, ticket).await?))
}

/// `GET .../tickets/{ticket}/decisions`
pub async fn decisions(
    request: HttpRequest,
    path: Path<(String, String)>,
    query: Query<PageQuery>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let (portal, ticket) = path.into_inner();
    let (_, portal) = caller_for(&request, &state, &portal).await?;
    let ticket = ticket_id(&ticket)?;
    let after = query
        .cursor
        .as_deref()
        .map(read_timeline::ticket_cursor)
        .transpose();
    let after = after.map_err(|error| ApiError::invalid_request(error.to_string()))?;
    let most = query.limit.unwrap_or(read_timeline::USUAL_LINES);
    let found = read_timeline::of_ticket(&state.store, portal, ticket, after, most).await?;
    Ok(HttpResponse::Ok().json(found))
}

fn ticket_id(text: &str) -> Result<TicketId, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}
