//! `/console`: the portals, and the ways to connect one.

use super::admin::Admin;
use super::layout::{Frame, Page, Section};
use super::page_error::PageError;
use super::sign_in;
use crate::http::state::ServiceState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use maud::html;
use url::form_urlencoded;

/// `GET /console`, also with `?once=...`
pub(super) async fn show(
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let query = request.query_string().as_bytes();
    let link = form_urlencoded::parse(query).find(|(name, _)| name == "once");
    if let Some((_, link)) = link {
        return sign_in::by_link(&request, &state, &link).await;
    }
    let admin = Admin::of(&request).await?;
    let frame = Frame::signed_in(&request, &admin);
    let content = html! {
        div.title { h1 { "Portals" } }
        section.card aria-labelledby="connect" {
            h2 #connect { "Connect a HubSpot portal" }
            p.actions { a.button href=(frame.link("/hubspot/oauth/install")) { "Connect with HubSpot" } }
        }
    };
    let page = Page {
        title: "Portals",
        section: Section::Portals,
        content,
    };
    Ok(frame.respond(StatusCode::OK, &page))
}
