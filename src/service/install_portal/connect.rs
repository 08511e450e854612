//! From a code to a connected portal: exchange, introspect, judge, describe, store.

use super::outcome::InstallOutcome;
use super::record::{Installation, store_installation};
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::domain::scopes;
use crate::hubspot::oauth::client::OAuthClient;
use crate::hubspot::oauth::error::OAuthError;
use crate::hubspot::oauth::grant::Grant;
use crate::hubspot::oauth::introspection::{Introspection, TokenInfo};
use crate::service::describe_account::describe_account;
use crate::service::hubspot_app::{Consent, HubspotApp, StartedBy};
use crate::service::seal_tokens::{Granted, seal_grant};
use crate::store::credentials::row;
use crate::store::error::StoreError;
use crate::store::oauth_states::Sha256;
use crate::store::pool::read;
use crate::store::portal_record::account::Account;
use secrecy::SecretString;
use std::time::Duration;

/// A question that HubSpot could not answer is asked once more, after this.
const BETWEEN_TRIES: Duration = Duration::from_millis(300);

/// A code that came back with the browser.
pub(super) struct Code {
    pub(super) code: SecretString,
    /// The redirect URI it was asked for with.
    pub(super) redirect_uri: String,
    /// The state it belongs to.
    pub(super) state_sha256: Sha256,
    pub(super) by: StartedBy,
}

/// Why a code came to nothing that could be kept.
#[derive(Debug)]
pub(super) enum NotExchanged {
    /// HubSpot could not be reached; the code may still be good.
    HubSpotUnavailable,
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for NotExchanged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is known of a fresh grant.
struct Facts {
    portal: PortalId,
    scopes: Vec<String>,
    info: Option<TokenInfo>,
}

/// Connects the portal that a code stands for.
pub(super) async fn connect(
    app: &HubspotApp,
    consent: &Consent,
    code: &Code,
) -> Result<InstallOutcome, NotExchanged> {
    let exchanged = consent.oauth.exchange(&code.code, &code.redirect_uri).await;
    let grant = match exchanged {
        Ok(grant) => grant,
        Err(OAuthError::Revoked(_)) => return Ok(InstallOutcome::CodeRefused),
        Err(OAuthError::Configuration(refusal)) => {
            log::error!("HubSpot refused the app, not the code: {refusal}");
            let said = refusal.to_string();
            return Ok(InstallOutcome::AppRefused { said });
        }
        Err(error @ OAuthError::Transient { .. }) => {
            log::warn!("a code could not be exchanged: {error}");
            return Err(NotExchanged::HubSpotUnavailable);
        }
    };
    let Some(facts) = facts(&consent.oauth, &grant).await else {
        return Ok(InstallOutcome::Interrupted);
    };
    let portal = facts.portal;
    if !app.may_connect(portal, &code.by) {
        log::warn!(portal_id = portal.0; "a portal that is not allowed was refused");
        let is_revoked = revoke(&consent.oauth, &grant).await;
        return Ok(InstallOutcome::PortalNotAllowed { portal, is_revoked });
    }
    let missing = scopes::missing_required(&facts.scopes);
    if !missing.is_empty() {
        // HubSpot gives a portal one refresh token: revoking it would end a connection that works.
        if !is_connected_by_app(app, portal).await? {
            revoke(&consent.oauth, &grant).await;
        }
        let missing = missing
            .iter()
            .map(|scope| scope.name().to_owned())
            .collect();
        return Ok(InstallOutcome::ScopesMissing { portal, missing });
    }
    let account = describe_account(app, portal, &grant.access_token).await;
    store(app, code, &grant, facts, account).await
}

/// Asks HubSpot about the token: the scopes really granted, the account, who installed.
async fn facts(oauth: &OAuthClient, grant: &Grant) -> Option<Facts> {
    let mut introspected = oauth.introspect(&grant.access_token).await;
    if matches!(&introspected, Err(error) if error.is_transient()) {
        tokio::time::sleep(BETWEEN_TRIES).await;
        introspected = oauth.introspect(&grant.access_token).await;
    }
    let info = match introspected {
        Ok(Introspection::Active(info)) => Some(info),
        Ok(Introspection::Inactive) => {
            log::warn!("HubSpot says that a fresh token is not active");
            return None;
        }
        Err(error) => {
            log::warn!("a fresh token could not be introspected: {error}");
            None
        }
    };
    let portal = info.as_ref().map(|info| info.hub_id).or(grant.hub_id)?;
    let said = info.as_ref().and_then(|info| info.scopes.clone());
    let scopes = said.or_else(|| grant.scopes.clone())?;
    Some(Facts {
        portal,
        scopes,
        info,
    })
}

/// Voids fresh tokens. False: HubSpot did not confirm it.
async fn revoke(oauth: &OAuthClient, grant: &Grant) -> bool {
    let revoked = oauth.revoke(&grant.refresh_token).await;
    if let Err(error) = &revoked {
        log::warn!("fresh tokens could not be revoked: {error}");
    }
    revoked.is_ok()
}

async fn is_connected_by_app(app: &HubspotApp, portal: PortalId) -> Result<bool, StoreError> {
    let in_use = read(&app.store, move |conn| row::in_use(conn, portal)).await?;
    Ok(in_use.is_some_and(|row| row.kind == CredentialKind::Oauth))
}

async fn store(
    app: &HubspotApp,
    code: &Code,
    grant: &Grant,
    facts: Facts,
    account: Account,
) -> Result<InstallOutcome, NotExchanged> {
    let portal = facts.portal;
    let info = facts.info;
    let user_id = info
        .as_ref()
        .and_then(|info| info.user_id)
        .or(grant.user_id);
    let account = Account {
        hub_domain: info.as_ref().and_then(|info| info.hub_domain.clone()),
        region: account
            .region
            .or_else(|| info.as_ref().and_then(|info| info.hublet.clone())),
        installed_by: info.and_then(|info| info.user),
        installed_by_user_id: user_id,
        ..account
    };
    let granted = Granted {
        portal,
        grant,
        redirect_uri: &code.redirect_uri,
        scopes: facts.scopes,
        hubspot_user_id: user_id,
        rollback_window: app.rollback_window,
    };
    let sealed = seal_grant(&app.keyring, granted)
        .map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let installation = Installation {
        grant: sealed,
        account,
        actor: code.by.actor().to_owned(),
        state_sha256: Some(code.state_sha256),
    };
    let outcome = store_installation(app, installation).await?;
    log::info!(portal_id = portal.0; "a portal was connected by the app");
    Ok(outcome)
}
