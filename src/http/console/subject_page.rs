//! What the page of a conversation and the page of a ticket have in common: how their address is
//! read, and the frame around their moving parts.

use super::layout::{Frame, Page, Section};
use super::live;
use super::page_error::{PageError, Why};
use super::portal_frame::{PortalPage, portal_top};
use super::portal_path::shown_at;
use crate::http::state::ServiceState;
use crate::service::show_portals::PortalView;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};
use std::str::FromStr;
use url::form_urlencoded;

/// What an address names.
pub(super) struct Named<Id> {
    /// The portal.
    pub(super) portal: PortalView,
    /// The conversation or ticket.
    pub(super) id: Id,
    /// Where the timeline's page begins; none: at its newest line.
    pub(super) cursor: Option<String>,
}

/// Reads an address.
///
/// # Errors
/// [`Why::NotFound`] if the portal or the id is none; those of the database.
pub(super) async fn named<Id: FromStr>(
    request: &HttpRequest,
    state: &ServiceState,
    (portal, id): &(String, String),
) -> Result<Named<Id>, PageError> {
    let portal = shown_at(state, portal).await?;
    let id = id.parse();
    let query = request.query_string().as_bytes();
    let cursor = form_urlencoded::parse(query).find(|(name, _)| name == "cursor");
    Ok(Named {
        portal,
        id: id.map_err(|_| PageError::from(Why::NotFound))?,
        cursor: cursor.map(|(_, text)| text.into_owned()),
    })
}

/// A page about a conversation or a ticket.
pub(super) struct SubjectPage<'a> {
    pub(super) title: &'a str,
    pub(super) portal: &'a PortalView,
    /// What the script asks for.
    pub(super) moving: Markup,
    /// The same with what stays.
    pub(super) whole: Markup,
}

/// The response: the moving parts alone, or the page.
pub(super) fn respond(
    request: &HttpRequest,
    frame: &Frame,
    subject: SubjectPage<'_>,
) -> Result<HttpResponse, PageError> {
    let portal = subject.portal;
    let list = format!("/console/portals/{}/conversations", portal.portal_id);
    let content = if live::is_asked_for_parts(request) {
        subject.moving
    } else {
        html! {
            (portal_top(frame, portal, PortalPage::Conversations))
            div.row {
                a href=(frame.link(list)) { "← All conversations" }
                span.end { (live::sign()) }
            }
            (subject.whole)
        }
    };
    let page = Page {
        title: subject.title,
        section: Section::Portals,
        content,
    };
    live::respond(request, frame, StatusCode::OK, &page)
}
