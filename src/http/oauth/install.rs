//! `GET /hubspot/oauth/install`: off to HubSpot's consent screen. HubSpot's marketplace begins
//! here as well, with parameters of its own.

use super::page;
use super::query::{self, OauthQuery};
use super::said;
use crate::domain::ids::PortalId;
use crate::domain::scopes::AskedFor;
use crate::http::console::admin::Admin;
use crate::http::console::cookies::{self, CookieName};
use crate::http::console::layout::Frame;
use crate::http::console::page_error::PageError;
use crate::http::state::ServiceState;
use crate::service::hubspot_app::StartedBy;
use crate::service::install_portal::begin::{Beginning, NotBegun, STATE_LIFETIME, Way, begin};
use crate::service::install_portal::one_time::OneTimeValue;
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use std::time::Duration;

/// Begins an installation.
///
/// # Errors
/// Sign-in comes first where only admins connect portals; those of the database.
pub(super) async fn install(
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let Ok(query) = query::read(request.query_string()) else {
        return Ok(page::respond(&request, &state, &said::garbled()));
    };
    let is_arrival = query.code.is_some()
        || query.state.is_some()
        || query.step.is_some()
        || query.error.is_some()
        || query.return_url.is_some();
    if is_arrival {
        return super::callback::arrive(&request, &state, query).await;
    }
    let (Ok(asked_for), Ok(portal)) = (asked_for(&query), portal(&query)) else {
        return Ok(page::respond(&request, &state, &said::garbled()));
    };
    begun(&request, &state, asked_for, Way::OurLink(portal)).await
}

/// Begins in either way and sends the browser off with its cookie.
pub(super) async fn begun(
    request: &HttpRequest,
    state: &ServiceState,
    asked_for: AskedFor,
    way: Way,
) -> Result<HttpResponse, PageError> {
    let is_open_to_anyone = state.app.may_begin(&StartedBy::Anyone);
    let admin = match way {
        // Nobody gets further without signing in; then it goes on here.
        Way::OurLink(_) if !is_open_to_anyone => Some(Admin::of(request).await?),
        Way::OurLink(_) | Way::Marketplace(_) => {
            let admin = Admin::if_signed_in(request).await;
            admin?
        }
    };
    let by = admin.map_or(StartedBy::Anyone, |admin| StartedBy::Admin(admin.name));
    let frame = Frame::public(request);
    let beginning = Beginning {
        asked_for,
        by,
        browser: browser(request, &frame),
        way,
    };
    match begin(&state.app, beginning).await {
        Ok(begun) => {
            let lasts = u64::try_from(STATE_LIFETIME.as_millis()).unwrap_or(0);
            let cookie = cookies::set(
                CookieName::Install,
                frame.transport,
                begun.browser.expose(),
                Duration::from_millis(lasts),
            );
            Ok(HttpResponse::SeeOther()
                .insert_header((LOCATION, begun.go_to))
                .append_header(cookie)
                .finish())
        }
        Err(NotBegun::NoApp) => Ok(page::respond(request, state, &said::no_app())),
        Err(NotBegun::AdminNeeded) => Ok(page::respond(request, state, &said::admin_needed())),
        Err(NotBegun::TooMany) => Ok(page::respond(request, state, &said::too_many_begun())),
        Err(NotBegun::Store(error)) => Err(PageError::from(error)),
    }
}

/// The cookie of an installation that this browser began.
pub(super) fn browser(request: &HttpRequest, frame: &Frame) -> Option<OneTimeValue> {
    let cookie = cookies::read(request, CookieName::Install, frame.transport)?;
    OneTimeValue::parse(&cookie)
}

fn asked_for(query: &OauthQuery) -> Result<AskedFor, query::Garbled> {
    match query.features.as_deref() {
        None | Some("all") => Ok(AskedFor::All),
        Some("base") => Ok(AskedFor::Base),
        Some(_) => Err(query::Garbled),
    }
}

fn portal(query: &OauthQuery) -> Result<Option<PortalId>, query::Garbled> {
    let portal = query.portal.as_deref().map(str::parse);
    portal.transpose().map_err(|_| query::Garbled)
}
