//! The forms of a portal's page: the kill switch and the AI sender.

use super::form::SignedForm;
use super::layout::Frame;
use super::page_error::{PageError, Why};
use super::portal_path::portal_at;
use super::toast::Toast;
use crate::http::state::ServiceState;
use crate::service::choose_ai_sender::{Choice, NotChosen, choose_ai_sender};
use crate::service::read_owners::NotRead;
use crate::service::switch_ai::{AiSwitch, switch_ai};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// `POST /console/portals/{portal}/ai-enabled`
pub(super) async fn ai_enabled(
    request: HttpRequest,
    form: SignedForm,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = portal_at(&state, &path).await?;
    let enabled = form.form.one("enabled")?;
    let (switch, toast) = match enabled {
        Some("true") => (AiSwitch::On, Toast::AiEnabled),
        Some("false") => (AiSwitch::Off, Toast::AiDisabled),
        Some(_) | None => {
            let misfit = "enabled must be true or false".to_owned();
            return Err(Why::Misfit(misfit).into());
        }
    };
    switch_ai(&state.store, portal, switch, &form.admin.name).await?;
    let frame = Frame::public(&request);
    Ok(frame.redirect(format!("/console/portals/{portal}"), Some(toast)))
}

/// `POST /console/portals/{portal}/ai-sender`
pub(super) async fn ai_sender(
    request: HttpRequest,
    form: SignedForm,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let misfit = |text: &str| Why::Misfit(text.to_owned());
    let portal = portal_at(&state, &path).await?;
    let field = |name: &str| form.form.one(name);
    let user_id = field("user_id")?.and_then(|id| id.parse().ok());
    let choice = Choice {
        user_id: user_id.ok_or_else(|| misfit("choose a teammate from the list"))?,
        // Unticked says nothing: it is what the form begins with.
        is_shared: field("is_own")?.map(|_| false),
    };
    let chosen = choose_ai_sender(&state.app, portal, choice, &form.admin.name).await;
    chosen.map_err(|error| -> PageError {
        match error {
            NotChosen::NoTeammate(_) => Why::Misfit(
                "HubSpot has no active teammate of this id any more; choose another".to_owned(),
            )
            .into(),
            NotChosen::NotRead(NotRead::NotConnected) => {
                Why::Misfit("the portal is not connected; connect it first".to_owned()).into()
            }
            NotChosen::NotRead(NotRead::HubSpotUnavailable) => Why::HubSpotAway.into(),
            NotChosen::NotRead(NotRead::Store(error)) | NotChosen::Store(error) => error.into(),
        }
    })?;
    let frame = Frame::public(&request);
    Ok(frame.redirect(
        format!("/console/portals/{portal}"),
        Some(Toast::SenderChosen),
    ))
}
