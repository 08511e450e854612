//! The portal an address names.

use super::page_error::{PageError, Why};
use crate::domain::ids::PortalId;
use crate::http::state::ServiceState;
use crate::service::show_portals::PortalView;
use crate::service::show_portals::read::show_portal;
use actix_web::HttpRequest;

/// Reads the portal's id.
///
/// # Errors
/// [`Why::NotFound`] if it is none, or a portal that may not use this Baton; those of the
/// database.
pub(super) async fn portal_at(
    request: &HttpRequest,
    state: &ServiceState,
    path: &str,
) -> Result<PortalId, PageError> {
    let not_found = || PageError::from(Why::NotFound).of(request);
    let portal: PortalId = path.parse().map_err(|_| not_found())?;
    match state.guard.allows(portal).await {
        Ok(true) => Ok(portal),
        Ok(false) => Err(not_found()),
        Err(error) => Err(PageError::from(error).of(request)),
    }
}

/// The portal itself.
///
/// # Errors
/// The same.
pub(super) async fn shown_at(
    request: &HttpRequest,
    state: &ServiceState,
    path: &str,
) -> Result<PortalView, PageError> {
    let portal = portal_at(request, state, path).await?;
    let shown = show_portal(&state.store, portal).await;
    shown.map_err(|error| PageError::from(error).of(request))
}

/// The portal's name on pages: its domain, or its number.
pub(super) fn name_of(portal: &PortalView) -> String {
    let domain = portal.account.hub_domain.clone();
    domain.unwrap_or_else(|| format!("Portal {}", portal.portal_id))
}
