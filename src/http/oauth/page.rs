//! The page in which an installation ends, unless it ends in the console: what happened, what to
//! do, and what HubSpot's own error pages mean, which never reach us.

use super::said::Said;
use crate::http::console::layout::{Frame, Page, Section};
use crate::http::observe::request_id;
use crate::http::state::ServiceState;
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

/// The response with the page.
pub(super) fn respond(request: &HttpRequest, state: &ServiceState, said: &Said) -> HttpResponse {
    let frame = Frame::public(request);
    let content = html! {
        section.notice.card aria-labelledby="notice" {
            h1 #notice { (said.heading) }
            p { (said.happened) }
            @if let [only] = said.to_do.as_slice() {
                h2 { "What to do" }
                p { (only) }
            } @else if !said.to_do.is_empty() {
                h2 { "What to do" }
                ol { @for step in &said.to_do { li { (step) } } }
            }
            @for (text, path) in said.ways_on {
                p.actions { a.button href=(frame.link(path)) { (text) } }
            }
            dl.small { div { dt { "Request" } dd { code { (request_id(request)) } } } }
        }
        @if !said.is_good { (hubspots_own_pages(state)) }
    };
    let page = Page {
        title: said.heading,
        section: Section::Outside,
        content,
    };
    frame.respond(said.status, &page)
}

/// Failures that HubSpot shows on pages of its own (page "Working with OAuth" and HubSpot's
/// knowledge base, read 2026-11-22).
fn hubspots_own_pages(state: &ServiceState) -> Markup {
    let redirect_uri = state
        .app
        .consent
        .as_ref()
        .map(|consent| &consent.redirect_uri);
    html! {
        section.card aria-labelledby="hubspots-pages" {
            h2 #hubspots-pages { "If HubSpot itself showed an error" }
            p { "Some failures end on a page of HubSpot's and are never reported to Baton." }
            dl {
                div {
                    dt { "The redirect URL does not match" }
                    dd {
                        "On the app's Auth page in HubSpot, register exactly "
                        @if let Some(redirect_uri) = redirect_uri { code { (redirect_uri) } }
                        @else { "the callback address, which HUBSPOT_CLIENT_ID makes known" }
                        ". It follows from BATON_PUBLIC_URL."
                    }
                }
                div {
                    dt { "Invalid client_id" }
                    dd { "Copy the client id from the app's Auth page into HUBSPOT_CLIENT_ID." }
                }
                div {
                    dt { "Insufficient scopes were provided, or scopes do not match the app" }
                    dd {
                        "The app in HubSpot asks for other scopes than Baton does: upload the \
                         app's configuration again."
                    }
                }
                div {
                    dt { "Your account cannot use the scope automation" }
                    dd {
                        "Workflow actions need Professional or Enterprise. Without them, begin at "
                        code { "/hubspot/oauth/install?features=base" } "."
                    }
                }
                div {
                    dt { "You do not have permission to install apps" }
                    dd { "Ask a Super Admin of the account, or someone with App Marketplace Access." }
                }
                div {
                    dt { "This app has not been verified by HubSpot" }
                    dd {
                        "Expected for an app of your own: continue, or verify the app's domain \
                         in HubSpot."
                    }
                }
                div {
                    dt { "The app has reached its limit of installs" }
                    dd { "An app that is not listed in HubSpot's marketplace stops at 25 accounts." }
                }
            }
        }
    }
}
