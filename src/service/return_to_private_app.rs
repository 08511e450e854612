//! The way back from the app to the private app it replaced, as long as its token is kept. HubSpot
//! is asked first whether it still takes the token; then nothing but the credentials changes.

use super::audit_change::{Change, Changed, audit_change};
use super::connect_private_app::{NotConnected, describe};
use super::hubspot_app::HubspotApp;
use super::install_portal::record::side;
use super::keep_hubspot_clock::keep_hubspot_clock;
use super::seal_tokens::open_access_token;
use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::restore::restore_private_app;
use crate::store::credentials::row::find;
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::portal_record::lock::lock_alone;
use crate::store::portals::{self, UnavailableBecause};

/// Why there is no way back now. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotReturned {
    /// The portal never had a private app, or its token's time is over.
    #[error("no private app's token is kept for this portal any more")]
    NothingKept,
    /// HubSpot does not take the token.
    #[error("HubSpot does not accept the private app's token any more")]
    Refused,
    /// HubSpot cannot be asked now.
    #[error("HubSpot did not answer; try again in a moment")]
    HubSpotUnavailable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Goes back.
///
/// # Errors
/// See [`NotReturned`].
pub async fn return_to_private_app(
    app: &HubspotApp,
    portal: PortalId,
    admin: &str,
) -> Result<(), NotReturned> {
    let kind = CredentialKind::PrivateApp;
    let row = read(&app.store, move |conn| find(conn, portal, kind)).await?;
    let row = row.filter(|row| {
        let is_over = row.wipe_at.is_none_or(|end| end <= row.read_at);
        row.status == CredentialStatus::Retired && !is_over
    });
    let row = row.ok_or(NotReturned::NothingKept)?;
    let token = open_access_token(&app.keyring, &row)
        .map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let described = describe(app, &token).await.map_err(|error| match error {
        NotConnected::HubSpotUnavailable => NotReturned::HubSpotUnavailable,
        NotConnected::Store(error) => NotReturned::Store(error),
        NotConnected::NotAToken
        | NotConnected::Refused
        | NotConnected::ScopesMissing(_)
        | NotConnected::PortalNotAllowed(_)
        | NotConnected::ConnectedByApp(_) => NotReturned::Refused,
    })?;
    if described.portal != portal {
        return Err(NotReturned::Refused);
    }
    keep_hubspot_clock(&app.store, &app.api).await?;
    let (window, actor) = (app.rollback_window, admin.to_owned());
    let is_back = read(&app.store, move |conn| switch(conn, portal, window, &actor));
    if !is_back.await? {
        return Err(NotReturned::NothingKept);
    }
    log::info!(portal_id = portal.0; "a portal went back to its private app");
    Ok(())
}

fn switch(
    conn: &mut PgConnection,
    portal: PortalId,
    window: Span,
    actor: &str,
) -> Result<bool, StoreError> {
    transaction(conn, |conn| {
        lock_alone(conn, portal)?;
        let before = side(conn, portal)?;
        if !restore_private_app(conn, portal, window)? {
            return Ok(false);
        }
        // A connection that the app had lost works again; what was missed is noted.
        for because in [UnavailableBecause::Revoked, UnavailableBecause::Uninstalled] {
            portals::available_again(conn, portal, because)?;
        }
        let after = side(conn, portal)?;
        audit_change(
            conn,
            &Change {
                portal,
                actor,
                changed: Changed::Connection,
                before,
                after,
            },
        )?;
        Ok(true)
    })
}
