//! Storing a fresh grant: credentials, account, audit and the state's outcome in one commit, so
//! that a crash leaves either all of it or nothing.

use super::outcome::{Before, InstallOutcome};
use crate::domain::credential::CredentialKind;
use crate::domain::gate::Connection;
use crate::domain::ids::PortalId;
use crate::domain::scopes::Features;
use crate::service::audit_change::{Change, Changed, audit_change};
use crate::service::hubspot_app::HubspotApp;
use crate::service::keep_hubspot_clock::keep_hubspot_clock;
use crate::store::PgConnection;
use crate::store::batch::transaction::transaction;
use crate::store::credentials::{self, grant::NewGrant};
use crate::store::error::StoreError;
use crate::store::oauth_states::Sha256;
use crate::store::pool::read;
use crate::store::portal_record::account::{Account, record_connected};
use crate::store::portal_record::dead::marked_dead;
use crate::store::portal_record::lock::lock_alone;
use crate::store::{install_outcomes, portals, unfinished_disconnects};
use serde_json::{Value, json};

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

/// Stores it and gives back what the installation came to. HubSpot has just answered: its clock is
/// kept first, since what was missed is told by it.
///
/// # Errors
/// Those of the database.
pub(in crate::service) async fn store_installation(
    app: &HubspotApp,
    installation: Installation,
) -> Result<InstallOutcome, StoreError> {
    keep_hubspot_clock(&app.store, &app.api).await?;
    read(&app.store, move |conn| record(conn, &installation)).await
}

fn record(
    conn: &mut PgConnection,
    installation: &Installation,
) -> Result<InstallOutcome, StoreError> {
    transaction(conn, |conn| {
        let grant = &installation.grant;
        let portal = grant.portal;
        lock_alone(conn, portal)?;
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
