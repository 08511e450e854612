//! `GET /hubspot/oauth/callback`: HubSpot sends the browser back, with a code or with an error.

use super::query::{self, OauthQuery, State};
use super::{install, page, said};
use crate::domain::scopes::AskedFor;
use crate::http::console::admin::Admin;
use crate::http::console::layout::Frame;
use crate::http::console::page_error::PageError;
use crate::http::console::toast::Toast;
use crate::http::state::ServiceState;
use crate::hubspot::oauth::return_url;
use crate::service::install_portal::begin::Way;
use crate::service::install_portal::finish::{
    CameBack, Finished, NotFinished, finish, finish_from_marketplace,
};
use crate::service::install_portal::outcome::{Before, InstallOutcome};
use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

/// Finishes an installation.
///
/// # Errors
/// Those of the database.
pub(super) async fn callback(
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    match query::read(request.query_string()) {
        Ok(query) => arrive(&request, &state, query).await,
        Err(query::Garbled) => Ok(page::respond(&request, &state, &said::garbled())),
    }
}

/// A browser that HubSpot sent, from its consent screen or from its marketplace.
pub(super) async fn arrive(
    request: &HttpRequest,
    state: &ServiceState,
    query: OauthQuery,
) -> Result<HttpResponse, PageError> {
    let says = |said: &said::Said| Ok(page::respond(request, state, said));
    if let Some(error) = &query.error {
        return says(&said::not_approved(error));
    }
    let return_url = match checked_return_url(state, query.return_url.as_deref()) {
        Ok(return_url) => return_url,
        Err(return_url::ForeignReturnUrl) => return says(&said::foreign_return_url()),
    };
    let finished = match (query.code, query.state, return_url) {
        (Some(code), Some(State::Fits(state_value)), _) => {
            let came_back = CameBack {
                state: state_value,
                browser: install::browser(request, &Frame::public(request)),
                code,
            };
            finish(&state.app, came_back).await
        }
        (Some(_), Some(State::Foreign), _) => return says(&said::unknown_state()),
        (Some(code), None, Some(return_url)) => {
            finish_from_marketplace(&state.app, code, return_url).await
        }
        (Some(_), None, None) => return says(&said::unknown_state()),
        (None, _, Some(return_url)) if query.step.as_deref() == Some("authorize") => {
            let way = Way::Marketplace(return_url);
            return install::begun(request, state, AskedFor::All, way).await;
        }
        (None, _, _) => return says(&said::nothing_to_do()),
    };
    match finished {
        Ok(finished) => end(request, state, finished).await,
        Err(NotFinished::Store(error)) => Err(PageError::from(error)),
        Err(error) => says(&said::not_finished(&error)),
    }
}

fn checked_return_url(
    state: &ServiceState,
    given: Option<&str>,
) -> Result<Option<Url>, return_url::ForeignReturnUrl> {
    let Some(given) = given else {
        return Ok(None);
    };
    let consent = state.app.consent.as_ref();
    let auth_url = consent.map(|consent| &consent.auth_url);
    let auth_url = auth_url.ok_or(return_url::ForeignReturnUrl)?;
    return_url::parse(given, auth_url).map(Some)
}

async fn end(
    request: &HttpRequest,
    state: &ServiceState,
    finished: Finished,
) -> Result<HttpResponse, PageError> {
    let InstallOutcome::Connected { portal, before, .. } = &finished.outcome else {
        return Ok(page::respond(
            request,
            state,
            &said::outcome(&finished.outcome),
        ));
    };
    if let Some(return_url) = finished.return_url {
        return Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, return_url.to_string()))
            .finish());
    }
    let admin = Admin::if_signed_in(request).await?;
    if admin.is_none() {
        return Ok(page::respond(
            request,
            state,
            &said::outcome(&finished.outcome),
        ));
    }
    let toast = match before {
        Before::New => Toast::Connected,
        Before::Reconnected => Toast::Reconnected,
        Before::Migrated => Toast::Migrated,
    };
    let frame = Frame::public(request);
    Ok(frame.redirect(format!("/console/portals/{portal}"), Some(toast)))
}
