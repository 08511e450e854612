//! `/console/activity` and `/console/portals/{portal}/activity`: what came in and went out lately;
//! with `.csv` the same as a file.

use super::activity_filters::ActivityFilters;
use super::activity_line::activity_line;
use super::admin::Admin;
use super::layout::{Frame, Page, Section};
use super::page_error::{PageError, Why};
use super::portal_frame::{PortalPage, portal_top};
use super::portal_path::{name_of, portal_at, shown_at};
use crate::domain::ids::PortalId;
use crate::http::state::{ServiceState, now};
use crate::service::read_activity::{
    ActivityPage, MOST_EXPORTED, export_activity, line_of_words, read_activity,
};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, LINK};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

/// Lines on a page.
const LINES: i32 = 50;

/// The log of every portal.
pub(super) async fn of_all(
    request: HttpRequest,
    admin: Admin,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let frame = Frame::signed_in(&request, &admin);
    let top = html! { div.title { h1 { "Activity" } } };
    let filters = ActivityFilters::read(request.query_string(), None);
    let place = ("/console/activity", "Activity", Section::Activity);
    respond(&state, &frame, place, &filters, &top).await
}

/// The log of one portal.
pub(super) async fn of_portal(
    request: HttpRequest,
    admin: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = shown_at(&state, &path).await?;
    let frame = Frame::signed_in(&request, &admin);
    let top = portal_top(&frame, &portal, PortalPage::Activity);
    let filters = ActivityFilters::read(request.query_string(), Some(portal.portal_id));
    let path = format!("/console/portals/{}/activity", portal.portal_id);
    let title = format!("Activity of {}", name_of(&portal));
    let place = (path.as_str(), title.as_str(), Section::Portals);
    respond(&state, &frame, place, &filters, &top).await
}

/// Every portal's as a file.
pub(super) async fn export_of_all(
    request: HttpRequest,
    _: Admin,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    export(&request, &state, None, "/console/activity.csv").await
}

/// One portal's as a file.
pub(super) async fn export_of_portal(
    request: HttpRequest,
    _: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = portal_at(&state, &path).await?;
    let path = format!("/console/portals/{portal}/activity.csv");
    export(&request, &state, Some(portal), &path).await
}

async fn export(
    request: &HttpRequest,
    state: &ServiceState,
    portal: Option<PortalId>,
    path: &str,
) -> Result<HttpResponse, PageError> {
    let filters = ActivityFilters::read(request.query_string(), portal);
    let wanted = filters.wanted.clone();
    let wanted = wanted.map_err(Why::Misfit)?;
    let (mut csv, next) = export_activity(&state.store, wanted).await?;
    let mut response = HttpResponse::Ok();
    let disposition = "attachment; filename=\"baton-activity.csv\"";
    response
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, disposition));
    if let Some(next) = next {
        let rest = Frame::public(request).link(format!("{path}?{}", filters.query(Some(next))));
        csv.push_str(&line_of_words(&format!(
            "Not all: this file ends after {MOST_EXPORTED} lines. The older ones begin at {rest} of this console"
        )));
        response.insert_header((LINK, format!("<{rest}>; rel=\"next\"")));
    }
    Ok(response.body(csv))
}

async fn respond(
    state: &ServiceState,
    frame: &Frame,
    (path, title, section): (&str, &str, Section),
    filters: &ActivityFilters,
    top: &Markup,
) -> Result<HttpResponse, PageError> {
    let (status, found) = match &filters.wanted {
        Ok(wanted) => {
            let page = read_activity(&state.store, wanted.clone(), LINES).await?;
            (StatusCode::OK, lines(frame, path, filters, &page))
        }
        Err(_) => (StatusCode::BAD_REQUEST, html! {}),
    };
    let content = html! {
        (top)
        p.muted { "What came in and went out lately. Under a flood, what went well may be left out." }
        (filters.form(frame, path))
        (found)
    };
    let page = Page {
        title,
        section,
        content,
    };
    Ok(frame.respond(status, &page))
}

fn lines(frame: &Frame, path: &str, filters: &ActivityFilters, page: &ActivityPage) -> Markup {
    let now = now();
    html! {
        @if page.lines.is_empty() {
            div.empty {
                @if filters.are_set() || filters.is_later() {
                    h2 { "Nothing fits" }
                    p.muted { "Nothing of this kind, status and time is kept." }
                    p.muted {
                        "Requests whose signature was refused (401) are not here, since anybody can send them. "
                        "Webhooks that HubSpot signed and that were refused all the same are counted on each portal's overview; "
                        "every refusal, of workflow actions too, is in the log with its reason and in the metric "
                        code { "baton_signature_failures_total" } "."
                    }
                } @else {
                    h2 { "Nothing happened yet" }
                    p.muted { "Workflow actions, webhooks, requests of the API and calls of HubSpot appear here within a second." }
                }
            }
        } @else {
            ul.activity-lines {
                @for line in &page.lines { (activity_line(frame, line, now)) }
            }
            nav.actions aria-label="Pages" {
                @if filters.is_later() {
                    a.button.second href=(frame.link(format!("{path}?{}", filters.query(None)))) { "Newest" }
                }
                @if let Some(next) = page.next {
                    a.button.second href=(frame.link(format!("{path}?{}", filters.query(Some(next))))) { "Older" }
                }
                a href=(frame.link(format!("{path}.csv?{}", filters.query(None)))) download { "Download as CSV" }
                span.small.muted { "At most " (MOST_EXPORTED) " lines a file. Where there are more, its last line says where they begin." }
            }
        }
    }
}
