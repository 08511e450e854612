//! `/console/portals/{portal}`: how one portal is connected, and whether its AI may speak.

use super::admin::Admin;
use super::ai_card::ai_card;
use super::changes_card::changes_card;
use super::connection_card::{connection_card, phase_out_banner};
use super::kept_card::kept_card;
use super::latency_card::latency_card;
use super::layout::{Frame, Moves, Page, Section};
use super::live;
use super::missed_banner::missed_banner;
use super::page_error::PageError;
use super::portal_frame::{PortalPage, portal_top};
use super::portal_path::{name_of, shown_at};
use super::reading_card::reading_card;
use super::sender_card::{Teammates, sender_card};
use super::webhook_banner::webhook_banner;
use crate::http::state::{ServiceState, now};
use crate::service::choose_ai_sender::list_teammates;
use crate::service::publish_latency::read_latency;
use crate::service::read_owners::NotRead;
use crate::service::show_portals::PortalView;
use crate::service::show_portals::view::ConnectionStatus;
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::{
    followed_portals, heard_webhooks, kept_events, portal_changes, webhook_refusals,
};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use maud::html;
use std::time::Duration;

/// How long the page waits for HubSpot to name the teammates.
const TEAMMATES_WITHIN: Duration = Duration::from_secs(2);
/// Lines of the audit shown.
const CHANGES: i64 = 10;
/// Unusable webhooks shown.
const KEPT: i32 = 5;

/// Shows the portal.
pub(super) async fn show(
    request: HttpRequest,
    admin: Admin,
    path: Path<String>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, PageError> {
    let portal = shown_at(&state, &path).await?;
    let id = portal.portal_id;
    let told = read(&state.store, move |conn| {
        let changes = portal_changes::list(conn, id, CHANGES)?;
        let refusals = webhook_refusals::all(conn)?;
        let kept = kept_events::newest(conn, id, KEPT)?;
        let following = (
            heard_webhooks::missed(conn, id)?,
            followed_portals::progress(conn, id)?,
        );
        Ok((changes, refusals, kept, following))
    });
    let (changes, refusals, kept, (missed, progress)) = told.await?;
    let latency = read_latency(&state.store, id).await?;

    let frame = Frame::signed_in(&request, &admin).that(Moves::ByScript);
    let now = now();
    let url = &state.verifier.public_url;
    let target = format!("{}{}/hubspot/webhooks", url.origin(), url.prefix());
    let warnings = html! {
        div.stack #warnings data-live {
            (webhook_banner(&refusals, now))
            (missed_banner(&portal, missed.as_ref(), &target, now))
        }
    };
    let reading = reading_card(&frame, &portal, progress.as_ref(), now);
    if live::is_asked_for_parts(&request) {
        // HubSpot is not asked for the teammates every two seconds.
        let page = Page {
            title: "",
            section: Section::Portals,
            content: html! { (warnings) (reading) },
        };
        return live::respond(&request, &frame, StatusCode::OK, &page);
    }
    let teammates = teammates(&state, &portal).await?;
    let content = html! {
        (portal_top(&frame, &portal, PortalPage::Overview))
        (warnings)
        (phase_out_banner(&frame, &portal))
        div.columns {
            div.stack {
                (connection_card(&frame, &portal, now))
                (reading)
            }
            div.stack {
                @if portal.connection != ConnectionStatus::NotConnected {
                    (ai_card(&frame, &portal))
                    (sender_card(&frame, &portal, &teammates))
                }
                (latency_card(&latency))
                (changes_card(&changes, now))
                (kept_card(&kept, now))
            }
        }
    };
    let page = Page {
        title: &name_of(&portal),
        section: Section::Portals,
        content,
    };
    Ok(frame.respond(StatusCode::OK, &page))
}

async fn teammates(state: &ServiceState, portal: &PortalView) -> Result<Teammates, StoreError> {
    match portal.connection {
        ConnectionStatus::Connected => {}
        ConnectionStatus::NotConnected | ConnectionStatus::ReconnectRequired => {
            let first = "Connect the portal to choose another teammate.";
            return Ok(Teammates::Unknown(first.to_owned()));
        }
    }
    let listed = list_teammates(&state.app, portal.portal_id);
    match tokio::time::timeout(TEAMMATES_WITHIN, listed).await {
        Ok(Ok(known)) => Ok(Teammates::Known(known)),
        Ok(Err(NotRead::Store(error))) => Err(error),
        Ok(Err(NotRead::NotConnected | NotRead::HubSpotUnavailable)) | Err(_) => {
            let later = "HubSpot did not name the teammates. Load this page again to retry.";
            Ok(Teammates::Unknown(later.to_owned()))
        }
    }
}
