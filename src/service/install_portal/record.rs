//! Storing a fresh grant: credentials, account, audit and the state's outcome in one commit, so
//! that a crash leaves either all of it or nothing.

use super::outcome::{Before, InstallOutcome};
use crate::domain::credential::CredentialKind;
use crate::domain::gate::Connection;
use crate::domain::ids::PortalId;
use crate::domain::scopes::Features;
use crate::hubspot::api::client::ApiClient;
use crate::service::audit_change::{Change, Changed, audit_change};
use crate::service::hubspot_app::HubspotApp;
use crate::service::keep_hubspot_clock::keep_hubspot_clock;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::{self, grant::NewGrant};
use crate::store::error::StoreError;
use crate::store::oauth_states::Sha256;
use crate::store::pool::{Store, read};
use crate::store::portal_record::account::{Account, record_connected};
use crate::store::portal_record::dead::marked_dead;
use crate::store::portal_record::lock::lock_alone;
use crate::store::{install_outcomes, portals, unfinished_disconnects};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// All that one installation stores.
pub(in crate::service) struct Installation {
    /// The tokens, encrypted.
    pub(in crate::service) grant: NewGrant,
    /// What HubSpot said of the account.
    pub(in crate::service) account: Account,
    /// Who connects it.
    pub(in crate::service) actor: String,
    /// The state the tokens came by; a pasted one came by none.
    pub(in crate::service) state_sha256: Option<Sha256>,
}

/// How long a grant is offered to a database that does not take it, and how long between two offers:
/// the code it came by is spent, and what a reconnecting replaced may be void.
const OFFERED_FOR: Duration = Duration::from_secs(30);
const BETWEEN_OFFERS: Duration = Duration::from_millis(500);

/// Stores it and gives back what the installation came to. It goes on if the browser does not wait
/// for it.
///
/// # Errors
/// Those of the database.
pub(in crate::service) async fn store_installation(
    app: &HubspotApp,
    installation: Installation,
) -> Result<InstallOutcome, StoreError> {
    let (store, api) = (Arc::clone(&app.store), Arc::clone(&app.api));
    let offering = tokio::spawn(async move { offer(&store, &api, installation).await });
    let stored = offering.await;
    stored.unwrap_or_else(|error| Err(StoreError::Unexpected(error.to_string())))
}

/// HubSpot has just answered: its clock is kept first, since what was missed is told by it. The worker
/// keeps it too, so nothing is given up for it.
async fn offer(
    store: &Arc<Store>,
    api: &ApiClient,
    installation: Installation,
) -> Result<InstallOutcome, StoreError> {
    let portal_id = installation.grant.portal.0;
    // What an admin pasted, an admin still has.
    let came_by_a_code = installation.state_sha256.is_some();
    let installation = Arc::new(installation);
    let offering = async {
        loop {
            if let Err(error) = keep_hubspot_clock(store, api).await {
                log::warn!(portal_id; "HubSpot's clock could not be kept: {error}");
            }
            let offered = Arc::clone(&installation);
            match read(store, move |conn| record(conn, &offered)).await {
                Err(error) if error.is_transient() && came_by_a_code => {
                    log::warn!(portal_id; "a fresh grant could not be stored: {error}");
                }
                outcome => return outcome,
            }
            tokio::time::sleep(BETWEEN_OFFERS).await;
        }
    };
    let too_late =
        || StoreError::Unavailable("a fresh grant could not be stored in time".to_owned());
    let stored = tokio::time::timeout(OFFERED_FOR, offering).await;
    stored.unwrap_or_else(|_| Err(too_late()))
}

fn record(
    conn: &mut PgConnection,
    installation: &Installation,
) -> Result<InstallOutcome, StoreError> {
    transaction(conn, |conn| {
        let grant = &installation.grant;
        let portal = grant.portal;
        lock_alone(conn, portal)?;
        if let Some(state) = &installation.state_sha256
            && let Some(outcome) = install_outcomes::of(conn, state)?
        {
            // An earlier offer was taken, and its answer came too late.
            return InstallOutcome::from_value(outcome);
        }
        let side_before = side(conn, portal)?;
        let before = before(conn, portal)?;
        credentials::grant::save_grant(conn, grant)?;
        // After the credentials, in the order in which an attempt that ends locks the two.
        unfinished_disconnects::forget(conn, portal)?;
        record_connected(conn, portal, &installation.account)?;
        let side_after = side(conn, portal)?;
        audit_change(
            conn,
            &Change {
                portal,
                actor: &installation.actor,
                changed: Changed::Connection,
                before: side_before,
                after: side_after,
            },
        )?;
        let outcome = InstallOutcome::Connected {
            portal,
            before,
            has_workflow_actions: Features::from_granted(&grant.scopes).workflow_actions,
        };
        if let Some(state) = &installation.state_sha256 {
            install_outcomes::record(conn, state, &outcome.to_value()?)?;
        }
        Ok(outcome)
    })
}

fn before(conn: &mut PgConnection, portal: PortalId) -> Result<Before, StoreError> {
    let in_use = credentials::row::in_use(conn, portal)?;
    let was_connected = portals::find(conn, portal)?
        .is_some_and(|found| found.connection != Connection::NotConnected);
    Ok(match in_use.map(|row| row.kind) {
        Some(CredentialKind::PrivateApp) => Before::Migrated,
        Some(CredentialKind::Oauth) => Before::Reconnected,
        None if was_connected => Before::Reconnected,
        None => Before::New,
    })
}

/// One side of the audit's line: nothing secret.
pub(in crate::service) fn side(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Value, StoreError> {
    let connection =
        portals::find(conn, portal)?.map_or(Connection::NotConnected, |found| found.connection);
    let because = marked_dead(conn, &[portal])?.remove(&portal);
    let row = credentials::row::in_use(conn, portal)?;
    Ok(json!({
        "connection": connection,
        "because": because,
        "by": row.as_ref().map(|row| row.kind),
        "generation": row.as_ref().map(|row| row.generation),
        "scopes": row.map(|row| row.scopes),
    }))
}
