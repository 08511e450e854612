//! Connecting a portal by the token of a private app, which an admin pastes: HubSpot is asked at
//! once whose it is and what it may, and the token is stored encrypted and never shown.

use super::describe_account::describe_account;
use super::hubspot_app::{HubspotApp, StartedBy};
use super::install_portal::outcome::{Before, InstallOutcome};
use super::install_portal::record::{Installation, store_installation};
use super::seal_tokens::{Pasted, seal_pasted};
use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::scopes::{self, Scope};
use crate::hubspot::api::client::Call;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::private_app::{self, PrivateApp};
use crate::store::credentials::row::in_use;
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::portal_record::account::Account;
use secrecy::{ExposeSecret, SecretString};

/// HubSpot's tokens have under 100 bytes; what is longer is something else that was pasted.
const MOST_BYTES: usize = 512;

/// Why a pasted token connects nothing. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    /// It cannot be a token.
    #[error("this is no private app's token: expected one word such as pat-eu1-...")]
    NotAToken,
    /// HubSpot does not know it.
    #[error("HubSpot does not accept this token; copy it again from the private app's Auth tab")]
    Refused,
    /// It may do too little.
    #[error("the private app misses scopes: {}; add them in HubSpot and paste the token again", .0.join(", "))]
    ScopesMissing(Vec<&'static str>),
    /// The portal may not connect here.
    #[error("portal {0} is not in BATON_ALLOWED_PORTALS")]
    PortalNotAllowed(PortalId),
    /// The app is better than a private app.
    #[error("portal {0} is connected by the app already, which can do all that a private app can")]
    ConnectedByApp(PortalId),
    /// HubSpot cannot be asked now.
    #[error("HubSpot did not answer; try again in a moment")]
    HubSpotUnavailable,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A portal that was connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// The portal the token belongs to, as HubSpot says.
    pub portal: PortalId,
    /// Whether it was connected before.
    pub is_new: bool,
}

/// Connects the portal a private app's token belongs to.
///
/// # Errors
/// See [`NotConnected`].
pub async fn connect_private_app(
    app: &HubspotApp,
    token: &SecretString,
    admin: &str,
) -> Result<Connected, NotConnected> {
    if !looks_like_a_token(token) {
        return Err(NotConnected::NotAToken);
    }
    let described = describe(app, token).await?;
    let portal = described.portal;
    let by = StartedBy::Admin(admin.to_owned());
    if !app.may_connect(portal, &by) {
        return Err(NotConnected::PortalNotAllowed(portal));
    }
    // Where the answer does not say, HubSpot itself refuses what is not allowed.
    let granted = described.scopes.clone();
    let missing = granted.as_deref().map(missing).unwrap_or_default();
    if !missing.is_empty() {
        return Err(NotConnected::ScopesMissing(missing));
    }
    let row = read(&app.store, move |conn| in_use(conn, portal)).await?;
    let is_by_app = row.is_some_and(|row| {
        row.kind == CredentialKind::Oauth && row.status == CredentialStatus::Active
    });
    if is_by_app {
        return Err(NotConnected::ConnectedByApp(portal));
    }
    let account = describe_account(app, portal, token).await;
    let pasted = Pasted {
        portal,
        token,
        scopes: granted.unwrap_or_default(),
        hubspot_user_id: described.user_id,
        rollback_window: app.rollback_window,
    };
    let grant = seal_pasted(&app.keyring, pasted)
        .map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let installation = Installation {
        grant,
        account: Account {
            installed_by: Some(admin.to_owned()),
            installed_by_user_id: described.user_id,
            ..account
        },
        actor: admin.to_owned(),
        state_sha256: None,
    };
    let outcome = store_installation(app, installation).await?;
    log::info!(portal_id = portal.0; "a portal was connected by a private app");
    let is_new = match outcome {
        InstallOutcome::Connected { before, .. } => before == Before::New,
        InstallOutcome::PortalNotAllowed { .. }
        | InstallOutcome::ScopesMissing { .. }
        | InstallOutcome::CodeRefused
        | InstallOutcome::AppRefused { .. }
        | InstallOutcome::Interrupted => false,
    };
    Ok(Connected { portal, is_new })
}

fn looks_like_a_token(token: &SecretString) -> bool {
    let text = token.expose_secret();
    !text.is_empty()
        && text.len() <= MOST_BYTES
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Asks HubSpot whose a token is.
pub(super) async fn describe(
    app: &HubspotApp,
    token: &SecretString,
) -> Result<PrivateApp, NotConnected> {
    let call = Call {
        portal: None,
        token,
        lane: Lane::LookUps,
    };
    app.api
        .send(call, &private_app::describe())
        .await
        .map_err(|error| match error {
            // Sources disagree on how HubSpot says that it does not know a token.
            HubSpotError::Unauthorized { .. }
            | HubSpotError::NotFound(_)
            | HubSpotError::MissingScopes { .. }
            | HubSpotError::Refused(_) => NotConnected::Refused,
            HubSpotError::RateLimited { .. }
            | HubSpotError::Migrating { .. }
            | HubSpotError::Unavailable { .. }
            | HubSpotError::Unreadable { .. } => {
                log::warn!("a pasted token could not be checked: {error}");
                NotConnected::HubSpotUnavailable
            }
        })
}

/// The scope `oauth` belongs to apps; a private app cannot have it.
fn missing(granted: &[String]) -> Vec<&'static str> {
    let missing = scopes::missing_required(granted).into_iter();
    missing
        .filter(|scope| *scope != Scope::Oauth)
        .map(Scope::name)
        .collect()
}
