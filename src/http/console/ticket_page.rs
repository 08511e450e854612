//! `/console/portals/{portal}/tickets/{ticket}`: a ticket, its conversations, and everything that
//! was decided about any of them.

use super::admin::Admin;
use super::conversation_line::conversation_line;
use super::layout::{Frame, Moves};
use super::page_error::{PageError, Why};
use super::shown_time::Clock;
use super::silences::{held, portal_silence};
use super::subject_page::{SubjectPage, named, respond};
use super::timeline::{Place, timeline};
use crate::domain::ids::TicketId;
use crate::http::state::ServiceState;
use crate::service::read_timeline::{USUAL_LINES, lines_of_ticket, ticket_cursor};
use crate::service::show_conversations::{of_ticket, standing_of_ticket};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

/// Shows the ticket.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<(String, String)>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let named = named::<TicketId>(&request, &state, &path).await?;
    let (id, ticket) = (named.portal.portal_id, named.id);
    let after = named.cursor.as_deref().map(ticket_cursor).transpose();
    let after = after.map_err(|_| Why::NotFound)?;
    let shown = of_ticket(&state.store, id, ticket).await?;
    let (record, shown) = shown.ok_or(Why::NotFound)?;
    let lines = lines_of_ticket(&state.store, id, ticket, after, USUAL_LINES).await?;

    let frame = Frame::signed_in(&request, &admin).that(Moves::ByScript);
    let place = Place {
        frame: &frame,
        portal: id,
        path: format!("/console/portals/{id}/tickets/{ticket}"),
        is_later: after.is_some(),
        connected_at: named.portal.connected_at,
        names_threads: true,
    };
    let conversations = html! {
        section.stack #now data-live aria-labelledby="ticket" {
            h2 #ticket { "Ticket " (ticket) }
            (portal_silence(&shown.portal_gates))
            @if shown.conversations.is_empty() {
                div.card {
                    p.muted {
                        "No conversation of this ticket is known yet. "
                        "What is recorded here counts from the moment one is seen."
                    }
                    ul.silences { @for hold in &standing_of_ticket(&record, &shown) { (held(hold, Clock::of(&shown))) } }
                }
            } @else {
                ul.conversations {
                    @for conversation in &shown.conversations {
                        (conversation_line(&frame, id, conversation, Clock::of(&shown)))
                    }
                }
            }
        }
    };
    let timeline = timeline(&place, &lines, &shown);
    let parts = html! { (conversations) (timeline) };
    let page = SubjectPage {
        title: &format!("Ticket {ticket}"),
        portal: &named.portal,
        moving: parts.clone(),
        whole: parts,
    };
    respond(&request, &frame, page)
}
