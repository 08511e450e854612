//! Reads a portal's people and teams from HubSpot into the caches, and says why that was not possible.

use super::access_token::TokenError;
use super::call_hubspot::CallError;
use super::hubspot_app::HubspotApp;
use super::read_owners::ask_owners;
use crate::domain::ids::PortalId;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::teams as asked;
use crate::store::error::StoreError;
use crate::store::owners;
use crate::store::pool::read;
use crate::store::team_lists::{self, Team, TeamList};

/// Why nobody can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhyNot {
    /// The portal never connected.
    NotConnected,
    /// It did once.
    ReconnectRequired,
    /// The grant does not allow it.
    MissingScope,
    /// Too many calls.
    RateLimited,
    /// No answer yet, or none that can be used.
    Unavailable,
}

/// Asks for both and keeps what came. People come first: without them nothing is worth showing.
///
/// # Errors
/// What kept either from being read; what was known of it stays.
pub(super) async fn refresh_targets(app: &HubspotApp, portal: PortalId) -> Result<(), WhyNot> {
    let people = ask_owners(app, portal).await.map_err(|error| why(&error))?;
    let kept = read(&app.store, move |conn| {
        owners::replace_all(conn, portal, &people)
    });
    kept.await.map_err(not_kept)?;
    let list = ask_teams(app, portal).await.map_err(|error| why(&error))?;
    let kept = read(&app.store, move |conn| {
        team_lists::replace(conn, portal, &list)
    });
    kept.await.map_err(not_kept)
}

async fn ask_teams(app: &HubspotApp, portal: PortalId) -> Result<TeamList, CallError> {
    let hubspot = app.hubspot();
    match hubspot.ask(portal, Lane::LookUps, &asked::list()).await {
        Ok(page) => {
            let teams = page.results.into_iter().map(|team| Team {
                id: team.id,
                name: team.name,
            });
            Ok(TeamList::Listed(teams.collect()))
        }
        // An optional permission: owners still say which teams they are in.
        Err(CallError::HubSpot(HubSpotError::MissingScopes { .. })) => Ok(TeamList::NotPermitted),
        Err(error) => {
            log::warn!(portal_id = portal.0; "the teams could not be read: {error}");
            Err(error)
        }
    }
}

fn why(error: &CallError) -> WhyNot {
    match error {
        CallError::Token(TokenError::NotConnected) => WhyNot::NotConnected,
        CallError::Token(TokenError::ReconnectRequired)
        | CallError::HubSpot(HubSpotError::Unauthorized { .. }) => WhyNot::ReconnectRequired,
        CallError::HubSpot(HubSpotError::MissingScopes { .. }) => WhyNot::MissingScope,
        CallError::HubSpot(HubSpotError::RateLimited { .. }) => WhyNot::RateLimited,
        CallError::Token(
            TokenError::Unavailable { .. } | TokenError::Configuration(_) | TokenError::Store(_),
        )
        | CallError::HubSpot(
            HubSpotError::NotFound(_)
            | HubSpotError::Migrating { .. }
            | HubSpotError::Refused(_)
            | HubSpotError::Unavailable { .. }
            | HubSpotError::Unreadable { .. },
        ) => WhyNot::Unavailable,
    }
}

fn not_kept(error: StoreError) -> WhyNot {
    log::warn!("people and teams could not be kept: {error}");
    WhyNot::Unavailable
}
