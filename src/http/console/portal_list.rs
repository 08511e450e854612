//! `/console`: the portals, and the ways to connect one.

use super::admin::Admin;
use super::connect_card::connect_card;
use super::layout::{Frame, Page, Section};
use super::page_error::PageError;
use super::portal_path::name_of;
use super::{ai_card, connection_card, sign_in};
use crate::http::state::ServiceState;
use crate::service::allow_portal::AllowedPortals;
use crate::service::show_portals::PortalView;
use crate::service::show_portals::read::{MOST_PORTALS, Which, list_portals};
use crate::service::show_portals::view::{ConnectionStatus, PrivateAppStatus};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};
use url::form_urlencoded;

/// `GET /console`, also with `?once=...` and `?after=...`
pub(super) async fn show(
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let query = request.query_string().as_bytes();
    let given = |wanted: &str| {
        let found = form_urlencoded::parse(query).find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    if let Some(link) = given("once") {
        return sign_in::by_link(&request, &state, &link).await;
    }
    let admin = Admin::of(&request).await?;
    let after = given("after").and_then(|id| id.parse().ok()).unwrap_or(0);
    let which = match &state.app.allowed {
        AllowedPortals::Connected => Which::EverConnected,
        AllowedPortals::Listed(portals) => Which::These(portals.clone()),
        AllowedPortals::Any => Which::Every,
    };
    let portals = list_portals(&state.store, which, after).await?;
    let frame = Frame::signed_in(&request, &admin);
    let page = Page {
        title: "Portals",
        section: Section::Portals,
        content: content(&frame, &portals, after),
    };
    Ok(frame.respond(StatusCode::OK, &page))
}

fn content(frame: &Frame, portals: &[PortalView], after: i64) -> Markup {
    let is_full = i64::try_from(portals.len()).is_ok_and(|found| found >= MOST_PORTALS);
    let next = portals
        .last()
        .filter(|_| is_full)
        .map(|last| last.portal_id);
    html! {
        div.title { h1 { "Portals" } }
        @if portals.is_empty() && after == 0 {
            p.muted {
                "No portal is connected yet. Once one is, Baton decides there for every "
                "conversation who may answer: the AI or a person."
            }
        } @else {
            ul.portals { @for portal in portals { (line(frame, portal)) } }
        }
        @if after != 0 || next.is_some() {
            nav.actions aria-label="Pages" {
                @if after != 0 { a.button.second href=(frame.link("/console")) { "First page" } }
                @if let Some(next) = next {
                    a.button.second href=(frame.link(format!("/console?after={next}"))) { "Next page" }
                }
            }
        }
        (connect_card(frame))
    }
}

fn line(frame: &Frame, portal: &PortalView) -> Markup {
    let by_private_app = portal.private_app.as_ref();
    let by_private_app = by_private_app.is_some_and(|app| app.status == PrivateAppStatus::InUse);
    let account = &portal.account;
    html! {
        li {
            div.row {
                h2 { a href=(frame.link(format!("/console/portals/{}", portal.portal_id))) { (name_of(portal)) } }
                span.end.row {
                    @if portal.connection == ConnectionStatus::Connected { (ai_card::pill(portal)) }
                    (connection_card::pill(portal))
                }
            }
            p.muted.small {
                "Portal " (portal.portal_id)
                @if let Some(region) = &account.region { " · " (region) }
                @if by_private_app { " · private app, being phased out" }
                @if portal.connection == ConnectionStatus::Connected && portal.ai_sender.is_none() {
                    " · choose an AI sender"
                }
            }
        }
    }
}
