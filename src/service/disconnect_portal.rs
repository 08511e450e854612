//! Disconnecting a portal from our side: the AI falls silent at once, the credentials are deleted,
//! and HubSpot is told. Conversations, holds, history and settings stay, so that connecting again
//! restores exactly what was.

use super::audit_change::{Change, Changed, audit_change};
use super::hubspot_app::HubspotApp;
use super::install_portal::record::side as connection_side;
use super::seal_tokens::open_refresh_token;
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::hubspot::api::client::Call;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::uninstall;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::row::{CredentialRow, in_use};
use crate::store::credentials::wipe::remove_all;
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::portal_record::lock::lock_alone;
use crate::store::portals::{self, UnavailableBecause};
use secrecy::SecretString;

/// What a disconnect came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// The app is uninstalled in HubSpot, and its tokens are void.
    Everywhere,
    /// Disconnected here, but HubSpot could not be told: an admin removes the app there.
    HereOnly,
    /// A private app's token was deleted here; only its owner can delete the private app.
    PrivateAppForgotten,
    /// There was nothing to disconnect.
    WasNotConnected,
}

/// Disconnects a portal.
///
/// # Errors
/// Those of the database; then nothing was disconnected.
pub async fn disconnect_portal(
    app: &HubspotApp,
    portal: PortalId,
    actor: &str,
) -> Result<Disconnected, StoreError> {
    // A token that still works is wanted for the uninstall; without one, revoking has to do.
    let token = app.tokens.token_for(portal).await.ok();
    let actor = actor.to_owned();
    let removed = read(&app.store, move |conn| silence(conn, portal, &actor)).await?;
    let Some(removed) = removed else {
        return Ok(Disconnected::WasNotConnected);
    };
    log::info!(portal_id = portal.0; "a portal was disconnected by an admin");
    if removed.kind == CredentialKind::PrivateApp {
        return Ok(Disconnected::PrivateAppForgotten);
    }
    let is_uninstalled = match token {
        Some(token) => uninstall(app, portal, &token.secret).await,
        None => false,
    };
    let is_revoked = revoke(app, &removed).await;
    Ok(match (is_uninstalled, is_revoked) {
        (true, _) => Disconnected::Everywhere,
        (false, true | false) => Disconnected::HereOnly,
    })
}

/// Shuts the gate and deletes the credentials in one commit. None: there were none.
fn silence(
    conn: &mut PgConnection,
    portal: PortalId,
    actor: &str,
) -> Result<Option<CredentialRow>, StoreError> {
    transaction(conn, |conn| {
        lock_alone(conn, portal)?;
        let before = connection_side(conn, portal)?;
        let removed = in_use(conn, portal)?;
        remove_all(conn, portal)?;
        portals::mark_unavailable(conn, portal, UnavailableBecause::Disconnected)?;
        let after = connection_side(conn, portal)?;
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
        Ok(removed)
    })
}

async fn uninstall(app: &HubspotApp, portal: PortalId, token: &SecretString) -> bool {
    let call = Call {
        portal: Some(portal),
        token,
        lane: Lane::LookUps,
    };
    match app.api.send(call, &uninstall::uninstall()).await {
        Ok(()) => true,
        Err(error) => {
            log::warn!(portal_id = portal.0; "the app could not be uninstalled in HubSpot: {error}");
            false
        }
    }
}

async fn revoke(app: &HubspotApp, removed: &CredentialRow) -> bool {
    let portal_id = removed.portal.0;
    let Some(consent) = app.consent.as_ref() else {
        return false;
    };
    let opened = match open_refresh_token(&app.keyring, removed) {
        Ok(Some(opened)) => opened,
        Ok(None) => return false,
        Err(error) => {
            log::warn!(portal_id; "a refresh token could not be revoked: {error}");
            return false;
        }
    };
    let revoked = consent.oauth.revoke(&opened).await;
    if let Err(error) = &revoked {
        log::warn!(portal_id; "a refresh token could not be revoked: {error}");
    }
    revoked.is_ok()
}
