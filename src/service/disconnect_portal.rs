//! Disconnecting a portal from our side: the AI falls silent at once, the credentials are out of
//! use, and HubSpot is told. Conversations, holds, history and settings stay, so that connecting
//! again restores exactly what was. If HubSpot cannot be told now, `end_grant` goes on.

use super::audit_change::{Change, Changed, audit_change};
use super::end_grant::{Ended, end_grant};
use super::hubspot_app::HubspotApp;
use super::install_portal::record::side as connection_side;
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::row::{find, in_use};
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::portal_record::lock::lock_alone;
use crate::store::portals::{self, UnavailableBecause};
use crate::store::unfinished_disconnects::{self, Claimed};
use std::sync::Arc;
use std::time::Duration;

/// How long an admin waits to see whether HubSpot was told; it goes on behind.
const WAIT_AT_MOST: Duration = Duration::from_secs(8);

/// What a disconnect came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// The app.
    App(AppEnd),
    /// A private app's token was deleted here. HubSpot is not told, and goes on taking it: only an
    /// admin there can rotate it, or delete the private app.
    PrivateAppForgotten,
    /// Both: one had taken the other's place, which was kept for the way back.
    AppAndPrivateApp(AppEnd),
    /// There was nothing to disconnect.
    WasNotConnected,
}

/// What became of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnd {
    /// It is uninstalled in HubSpot, and its tokens are void.
    Everywhere,
    /// The grant is ended, but the app may still be listed in HubSpot: an admin removes it there.
    AccessEnded,
    /// Disconnected here; HubSpot could not be told yet, and will be.
    HubSpotNotToldYet,
}

/// What was there before.
struct Removed {
    /// A private app's token.
    had_private_app: bool,
    /// A grant that HubSpot is to be told to end, by this attempt.
    grant: Option<Claimed>,
}

/// Disconnects a portal.
///
/// # Errors
/// Those of the database; then nothing was disconnected.
pub async fn disconnect_portal(
    app: &Arc<HubspotApp>,
    portal: PortalId,
    actor: &str,
) -> Result<Disconnected, StoreError> {
    let actor = actor.to_owned();
    let removed = read(&app.store, move |conn| silence(conn, portal, &actor)).await?;
    let Some(removed) = removed else {
        return Ok(Disconnected::WasNotConnected);
    };
    log::info!(portal_id = portal.0; "a portal was disconnected by an admin");
    let Some(attempt) = removed.grant else {
        return Ok(Disconnected::PrivateAppForgotten);
    };
    let ended = end_app(app, attempt).await;
    Ok(match removed.had_private_app {
        true => Disconnected::AppAndPrivateApp(ended),
        false => Disconnected::App(ended),
    })
}

async fn end_app(app: &Arc<HubspotApp>, attempt: Claimed) -> AppEnd {
    // In a task of its own: an admin who leaves does not end it.
    let ending = Arc::clone(app);
    let ending = tokio::spawn(async move { end_grant(&ending, attempt).await });
    let ended = match tokio::time::timeout(WAIT_AT_MOST, ending).await {
        Ok(Ok(ended)) => ended.unwrap_or_else(|error| {
            let portal_id = attempt.portal.0;
            log::warn!(portal_id; "HubSpot could not be told of a disconnect: {error}");
            Ended::NotYet
        }),
        Ok(Err(_)) | Err(_) => Ended::NotYet,
    };
    match ended {
        Ended::Uninstalled => AppEnd::Everywhere,
        Ended::Revoked => AppEnd::AccessEnded,
        Ended::NotYet | Ended::Overtaken => AppEnd::HubSpotNotToldYet,
    }
}

/// Shuts the gate and puts the credentials out of use in one commit.
fn silence(
    conn: &mut PgConnection,
    portal: PortalId,
    actor: &str,
) -> Result<Option<Removed>, StoreError> {
    transaction(conn, |conn| {
        lock_alone(conn, portal)?;
        if in_use(conn, portal)?.is_none() {
            return Ok(None);
        }
        let before = connection_side(conn, portal)?;
        let removed = Removed {
            had_private_app: find(conn, portal, CredentialKind::PrivateApp)?.is_some(),
            grant: unfinished_disconnects::begin(conn, portal)?,
        };
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
        Ok(Some(removed))
    })
}
