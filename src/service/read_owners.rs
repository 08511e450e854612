//! The owners of a portal, asked of HubSpot and kept; what was kept serves while HubSpot is away.

use super::access_token::TokenError;
use super::call_hubspot::CallError;
use super::hubspot_app::HubspotApp;
use super::paced_reading::Caller;
use crate::domain::ids::PortalId;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::owners::{self as asked, Archived};
use crate::store::error::StoreError;
use crate::store::owners::{self, Owner, OwnerKind};
use crate::store::pool::read;
use serde_json::json;

/// 500 a page: more owners than any account has seats for.
const MOST_PAGES: usize = 20;

/// Why the owners could not be read, from HubSpot or from what was kept.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// There is no connection to ask by.
    #[error("the portal is not connected; connect it first")]
    NotConnected,
    /// HubSpot cannot be asked now, and nothing was kept.
    #[error("HubSpot did not answer; try again in a moment")]
    HubSpotUnavailable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads the owners in use.
///
/// # Errors
/// See [`NotRead`].
pub async fn read_owners(app: &HubspotApp, portal: PortalId) -> Result<Vec<Owner>, NotRead> {
    match ask_owners(app, portal).await {
        Ok(read_now) => {
            let kept = read_now.clone();
            read(&app.store, move |conn| {
                owners::replace_all(conn, portal, &kept)
            })
            .await?;
            Ok(read_now)
        }
        Err(CallError::Token(TokenError::NotConnected | TokenError::ReconnectRequired)) => {
            Err(NotRead::NotConnected)
        }
        Err(CallError::Token(_) | CallError::HubSpot(_)) => {
            let kept = read(&app.store, move |conn| owners::list(conn, portal)).await?;
            if kept.is_empty() {
                return Err(NotRead::HubSpotUnavailable);
            }
            Ok(kept)
        }
    }
}

/// Asks HubSpot for the owners in use, page by page; nothing is kept.
pub(super) async fn ask_owners(
    app: &HubspotApp,
    portal: PortalId,
) -> Result<Vec<Owner>, CallError> {
    let hubspot = app.hubspot();
    let mut caller = Caller::AtOnce {
        hubspot: &hubspot,
        portal,
        lane: Lane::LookUps,
    };
    let owners = list_owners(&mut caller, Archived::No).await;
    owners.inspect_err(|error| {
        log::warn!(portal_id = portal.0; "the owners could not be read: {error}");
    })
}

/// Asks HubSpot for a list of owners, page by page; nothing is kept.
pub(super) async fn list_owners(
    caller: &mut Caller<'_, '_>,
    which: Archived,
) -> Result<Vec<Owner>, CallError> {
    let mut owners = Vec::new();
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let page = caller.ask(&asked::list(which, after.as_deref())).await?;
        owners.extend(page.results.into_iter().filter_map(kept));
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    Ok(owners)
}

/// An owner of a kind we do not know is nobody the AI could send as.
pub(super) fn kept(owner: asked::Owner) -> Option<Owner> {
    let kind = match owner.kind {
        asked::OwnerKind::Person => OwnerKind::Person,
        asked::OwnerKind::Queue => OwnerKind::Queue,
        asked::OwnerKind::Unknown(_) => return None,
    };
    let has_left = owner.user_id.is_none() && owner.user_id_including_inactive.is_some();
    let teams = owner.teams.iter();
    let teams =
        teams.map(|team| json!({"id": team.id, "name": team.name, "primary": team.is_primary}));
    Some(Owner {
        owner_id: owner.id,
        user_id: owner.user_id.or(owner.user_id_including_inactive),
        email: owner.email,
        first_name: owner.first_name,
        last_name: owner.last_name,
        kind,
        is_archived: owner.is_archived || has_left,
        teams: teams.collect(),
    })
}
