//! `/v1/portals/{portal}/tickets/{ticket}`: a ticket with all its conversations.

use super::caller::Call;
use super::conversations::PageQuery;
use super::error::ApiError;
use super::state::ServiceState;
use crate::domain::ids::TicketId;
use crate::service::{read_conversation, read_timeline};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// `GET .../tickets/{ticket}`
pub async fn show(
    call: Call<TicketId>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let found = read_conversation::ticket(&state.store, call.portal, call.of).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET .../tickets/{ticket}/decisions`
pub async fn decisions(
    call: Call<TicketId>,
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let query = PageQuery::read(&request, read_timeline::ticket_cursor)?;
    let (after, most) = (query.cursor, query.limit);
    let found = read_timeline::of_ticket(&state.store, call.portal, call.of, after, most).await?;
    Ok(HttpResponse::Ok().json(found))
}
