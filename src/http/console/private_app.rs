//! `POST /console/private-app`: connects a portal by a pasted token. `POST
//! /console/portals/{portal}/private-app`: back to the one that the app replaced.

use super::form::SignedForm;
use super::layout::Frame;
use super::notice::Notice;
use super::page_error::{PageError, Why};
use super::portal_path::portal_at;
use super::toast::Toast;
use crate::http::state::ServiceState;
use crate::service::connect_private_app::{NotConnected, connect_private_app};
use crate::service::return_to_private_app::{NotReturned, return_to_private_app};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};

/// Connects.
pub(super) async fn connect(
    request: HttpRequest,
    form: SignedForm,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let pasted = form.form.secret("token")?;
    // Pasting picks up line ends.
    let token = SecretString::from(pasted.expose_secret().trim());
    let frame = Frame::public(&request);
    match connect_private_app(&state.app, &token, &form.admin.name).await {
        Ok(connected) => {
            let path = format!("/console/portals/{}", connected.portal);
            Ok(frame.redirect(path, Some(Toast::PrivateAppConnected)))
        }
        Err(NotConnected::Store(error)) => Err(error.into()),
        Err(NotConnected::HubSpotUnavailable) => Err(Why::HubSpotAway.into()),
        Err(error) => Ok(say(&Frame::signed_in(&request, &form.admin), &error)),
    }
}

/// Goes back.
pub(super) async fn go_back(
    request: HttpRequest,
    form: SignedForm,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = portal_at(&state, &path).await?;
    let returned = return_to_private_app(&state.app, portal, &form.admin.name).await;
    returned.map_err(|error| -> PageError {
        match error {
        NotReturned::NothingKept => Why::Misfit(
            "no private app's token is kept for this portal any more; paste one to connect by it"
                .to_owned(),
        )
        .into(),
        NotReturned::Refused => Why::Misfit(
            "HubSpot does not accept the private app's token any more, so nothing was changed"
                .to_owned(),
        )
        .into(),
        NotReturned::HubSpotUnavailable => Why::HubSpotAway.into(),
        NotReturned::Store(error) => error.into(),
    }
    })?;
    let frame = Frame::public(&request);
    let path = format!("/console/portals/{portal}");
    Ok(frame.redirect(path, Some(Toast::BackToPrivateApp)))
}

fn say(frame: &Frame, error: &NotConnected) -> HttpResponse {
    let to_do = match error {
        NotConnected::NotAToken => {
            "Copy the whole token from the private app's Auth tab, and paste it again."
        }
        NotConnected::Refused => {
            "Check in HubSpot that the private app still exists, and copy its token again; \
             a token that was rotated no longer works."
        }
        NotConnected::ScopesMissing(_) => {
            "Add the scopes in the private app's settings, and paste the token again."
        }
        NotConnected::PortalNotAllowed(_) => {
            "Use a token of an allowed portal, or add this one to BATON_ALLOWED_PORTALS and start Baton again."
        }
        NotConnected::ConnectedByApp(_) => "Nothing: the app does all that a private app can.",
        NotConnected::HubSpotUnavailable | NotConnected::Store(_) => "Wait a moment and try again.",
    };
    let notice = Notice {
        status: StatusCode::BAD_REQUEST,
        heading: "The private app was not connected",
        happened: &sentence(&error.to_string()),
        to_do: &[to_do],
        way_on: Some(("Back to the portals", "/console")),
        details: &[],
    };
    notice.respond(frame)
}

/// An error's message as a sentence: a capital first, a full stop last.
fn sentence(message: &str) -> String {
    let mut characters = message.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}. Nothing was stored.",
        first.unwrap_or_default(),
        characters.as_str()
    )
}
