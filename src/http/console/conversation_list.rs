//! `/console/portals/{portal}/conversations`: who may answer where, and why not.

use super::admin::Admin;
use super::conversation_filters::Filters;
use super::conversation_line::conversation_line;
use super::layout::{Frame, Moves, Page, Section};
use super::live;
use super::page_error::PageError;
use super::portal_frame::{PortalPage, portal_top};
use super::portal_path::{name_of, shown_at};
use super::shown_time::Clock;
use super::silences::portal_silence;
use crate::http::state::ServiceState;
use crate::service::show_conversations::{Shown, list};
use crate::service::show_portals::PortalView;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

/// Browsers without scripts load the list again after so many seconds.
const AGAIN_AFTER: u32 = 10;

/// Shows a page of the list.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = shown_at(&state, &path).await?;
    let filters = Filters::read(request.query_string());
    let frame = Frame::signed_in(&request, &admin).that(Moves::ByScriptOrAgainAfter(AGAIN_AFTER));
    let (status, found) = match &filters.wanted {
        Ok(wanted) => {
            let shown = list(&state.store, portal.portal_id, wanted.clone()).await?;
            (StatusCode::OK, parts(&frame, &portal, &filters, &shown))
        }
        Err(_) => (StatusCode::BAD_REQUEST, html! {}),
    };
    let content = if live::is_asked_for_parts(&request) {
        found
    } else {
        html! {
            (portal_top(&frame, &portal, PortalPage::Conversations))
            div.row {
                p.muted { "Who may answer in each conversation, the newest conversation first." }
                span.end { (live::sign()) }
            }
            (filters.form(&frame, portal.portal_id))
            (found)
        }
    };
    let page = Page {
        title: &format!("Conversations of {}", name_of(&portal)),
        section: Section::Portals,
        content,
    };
    live::respond(&request, &frame, status, &page)
}

fn parts(frame: &Frame, portal: &PortalView, filters: &Filters, shown: &Shown) -> Markup {
    let base = format!("/console/portals/{}/conversations", portal.portal_id);
    let is_later = filters
        .wanted
        .as_ref()
        .is_ok_and(|wanted| wanted.before.is_some());
    html! {
        div.stack #list data-live {
            (portal_silence(&shown.portal_gates))
            @if shown.conversations.is_empty() {
                (nothing(filters, is_later, shown.next.is_some()))
            } @else {
                ul.conversations {
                    @for conversation in &shown.conversations {
                        (conversation_line(frame, portal.portal_id, conversation, Clock::of(shown)))
                    }
                }
            }
            @if is_later || shown.next.is_some() {
                nav.actions aria-label="Pages" {
                    @if is_later { a.button.second #first href=(frame.link(&base)) { "First page" } }
                    @if let Some(next) = shown.next {
                        a.button.second #next href=(frame.link(format!("{base}?{}", filters.page_below(next)))) { "Older conversations" }
                    }
                }
            }
        }
    }
}

fn nothing(filters: &Filters, is_later: bool, has_more: bool) -> Markup {
    html! {
        div.empty {
            @if has_more {
                p { "None among the conversations looked at so far." }
            } @else if filters.are_set() {
                h2 { "No conversation fits" }
                p.muted { "None has this state, number or waiting customer. Clear the filters to see all." }
            } @else if is_later {
                p { "There are no older conversations." }
            } @else {
                h2 { "No conversations yet" }
                p.muted {
                    "A conversation appears here with the first webhook or workflow action about it. "
                    "Assign a test conversation to yourself in HubSpot to see one."
                }
            }
        }
    }
}
