//! `/console/portals/{portal}/disconnect`: what disconnecting means, and doing it.

use super::admin::Admin;
use super::form::SignedForm;
use super::layout::{Frame, Page, Section};
use super::page_error::PageError;
use super::portal_path::{name_of, portal_at, shown_at};
use super::toast::Toast;
use crate::http::state::ServiceState;
use crate::service::disconnect_portal::{AppEnd, Disconnected, disconnect_portal};
use crate::service::show_portals::view::ConnectedBy;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

/// Asks once more.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = shown_at(&state, &path).await?;
    let frame = Frame::signed_in(&request, &admin);
    let here = format!("/console/portals/{}", portal.portal_id);
    let content = html! {
        p.crumbs { a href=(frame.link(&here)) { "← " (name_of(&portal)) } }
        section.card.notice aria-labelledby="disconnect" {
            h1 #disconnect { "Disconnect " (name_of(&portal)) "?" }
            ul {
                li { "The AI falls silent in every conversation of this portal, at once." }
                @if portal.private_app.is_some() {
                    li {
                        "The private app's token is deleted here. HubSpot is not told of that: it "
                        "takes the token until you rotate it there or delete the private app."
                    }
                }
                @match portal.connected_by {
                    Some(ConnectedBy::PrivateApp) => {
                        li { "If the app is still installed in HubSpot as well, it is uninstalled, and its access is revoked." }
                    }
                    Some(ConnectedBy::Oauth) | None => {
                        li { "The app is uninstalled in HubSpot, and its access is revoked. HubSpot tells the portal's admins by e-mail." }
                    }
                }
                li { "Conversations, decisions, holds, history and settings are kept, and are as they were once you connect again." }
            }
            form method="post" action=(frame.link(format!("{here}/disconnect"))) {
                (frame.csrf_field())
                div.actions {
                    button.danger type="submit" { "Disconnect" }
                    a.button.second href=(frame.link(&here)) { "Cancel" }
                }
            }
        }
    };
    let page = Page {
        title: "Disconnect",
        section: Section::Portals,
        content,
    };
    Ok(frame.respond(StatusCode::OK, &page))
}

/// Does it.
pub(super) async fn disconnect(
    request: HttpRequest,
    form: SignedForm,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = portal_at(&state, &path).await?;
    let disconnected = disconnect_portal(&state.app, portal, &form.admin.name).await;
    let toast = match disconnected? {
        Disconnected::App(AppEnd::Everywhere) => Toast::Disconnected,
        Disconnected::App(AppEnd::AccessEnded) => Toast::AccessEnded,
        Disconnected::App(AppEnd::HubSpotNotToldYet) => Toast::HubSpotNotToldYet,
        Disconnected::PrivateAppForgotten => Toast::PrivateAppForgotten,
        Disconnected::AppAndPrivateApp(AppEnd::Everywhere) => Toast::BothDisconnected,
        Disconnected::AppAndPrivateApp(AppEnd::AccessEnded) => Toast::BothAccessEnded,
        Disconnected::AppAndPrivateApp(AppEnd::HubSpotNotToldYet) => Toast::BothNotToldYet,
        Disconnected::WasNotConnected => Toast::WasNotConnected,
    };
    let frame = Frame::public(&request);
    Ok(frame.redirect(format!("/console/portals/{portal}"), Some(toast)))
}
