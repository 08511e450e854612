//! The portal an address names.

use super::page_error::{PageError, Why};
use crate::domain::ids::PortalId;
use crate::http::state::ServiceState;
use crate::service::show_portals::PortalView;
use crate::service::show_portals::read::show_portal;

/// Reads the portal's id.
///
/// # Errors
/// [`Why::NotFound`] if it is none, or a portal that may not use this Baton; those of the
/// database.
pub(super) async fn portal_at(state: &ServiceState, path: &str) -> Result<PortalId, PageError> {
    let portal: PortalId = path.parse().map_err(|_| Why::NotFound)?;
    match state.guard.allows(portal).await? {
        true => Ok(portal),
        false => Err(Why::NotFound.into()),
    }
}

/// The portal itself.
///
/// # Errors
/// The same.
pub(super) async fn shown_at(state: &ServiceState, path: &str) -> Result<PortalView, PageError> {
    let portal = portal_at(state, path).await?;
    Ok(show_portal(&state.store, portal).await?)
}

/// The portal's name on pages: its domain, or its number.
pub(super) fn name_of(portal: &PortalView) -> String {
    let domain = portal.account.hub_domain.clone();
    domain.unwrap_or_else(|| format!("Portal {}", portal.portal_id))
}
