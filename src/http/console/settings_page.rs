//! `/console/portals/{portal}/settings`: the portal's policies, shown and changed.

use super::admin::Admin;
use super::form::SignedForm;
use super::layout::{Frame, Page, Section};
use super::page_error::{PageError, Why};
use super::portal_frame::{PortalPage, portal_top};
use super::portal_path::{name_of, portal_at, shown_at};
use super::settings_form::settings_form;
use super::settings_read::changes;
use super::settings_text::needs;
use super::toast::Toast;
use crate::http::state::ServiceState;
use crate::service::change_settings::{NotChanged, change_settings};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

/// Shows the form.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = shown_at(&state, &path).await?;
    let frame = Frame::signed_in(&request, &admin);
    let content = html! {
        (portal_top(&frame, &portal, PortalPage::Settings))
        p.muted { "Changes apply from the next decision on, never to the past." }
        (settings_form(&frame, &portal))
    };
    let page = Page {
        title: &format!("Settings of {}", name_of(&portal)),
        section: Section::Portals,
        content,
    };
    Ok(frame.respond(StatusCode::OK, &page))
}

/// Saves what was changed.
pub(super) async fn save(
    request: HttpRequest,
    form: SignedForm,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = portal_at(&state, &path).await?;
    let page = format!("/console/portals/{portal}/settings");
    let changes = changes(&form.form).map_err(|why| why.of_form_at(&page))?;
    let changed = change_settings(&state.store, portal, changes.into(), &form.admin.name).await;
    let toast = match changed {
        Ok(true) => Toast::SettingsSaved,
        Ok(false) => Toast::NothingChanged,
        Err(NotChanged::Store(error)) => return Err(error.into()),
        Err(NotChanged::Misfits(misfits)) => {
            let misfits = misfits.iter();
            let told = misfits.map(|misfit| needs(&misfit.field, &misfit.expected));
            let misfit = told.collect::<Vec<_>>().join("; ");
            return Err(Why::MisfitOf { page, misfit }.into());
        }
    };
    let frame = Frame::public(&request);
    Ok(frame.redirect(page, Some(toast)))
}
