//! The app as it meets HubSpot, put together.

use super::error::StartError;
use crate::config::Settings;
use crate::domain::time::{Span, Timestamp};
use crate::encryption::keyring::Keyring;
use crate::hubspot::api::budget::Allowance;
use crate::hubspot::api::client::{ApiClient, ApiSettings};
use crate::hubspot::api::clock::Clock;
use crate::hubspot::oauth::client::OAuthClient;
use crate::hubspot::signature::public_url::PublicUrl;
use crate::service::access_token::AccessTokens;
use crate::service::allow_portal::AllowedPortals;
use crate::service::exchange_turns::ExchangeTurns;
use crate::service::hubspot_app::{Consent, HubspotApp};
use crate::service::log_activity::ActivityLog;
use crate::store::pool::Store;
use std::sync::Arc;
use url::Url;

/// Where HubSpot sends browsers back, below the public URL.
const CALLBACK: &str = "/hubspot/oauth/callback";

/// Where HubSpot is, and what is kept of a private app.
#[derive(Clone, Debug)]
pub struct HubspotParts {
    /// Its API; the path ends with `/`.
    pub api_url: Url,
    /// Where it asks for consent; the path ends with `/`.
    pub auth_url: Url,
    /// How long a replaced private app's token is kept.
    pub rollback_window: Span,
    /// The app's own id, by which its messages are told from others'. Without it none is ours.
    pub app_id: Option<i64>,
}

impl HubspotParts {
    /// Those of the settings.
    pub fn of(settings: &Settings) -> Self {
        let hubspot = &settings.hubspot;
        Self {
            api_url: hubspot.api_url.clone(),
            auth_url: hubspot.auth_url.clone(),
            rollback_window: Span::from_days(hubspot.private_app_rollback_days.into()),
            app_id: hubspot.app_id.and_then(|id| i64::try_from(id).ok()),
        }
    }
}

/// What the app shares with the rest of the service.
pub(super) struct AppParts {
    pub(super) store: Arc<Store>,
    pub(super) keyring: Arc<Keyring>,
    /// The client id and its client; none: nobody can connect.
    pub(super) oauth: Option<(String, Arc<OAuthClient>)>,
    pub(super) tokens: Arc<AccessTokens>,
    pub(super) log: Arc<ActivityLog>,
}

/// Puts it together.
pub(super) fn hubspot_app(
    hubspot: HubspotParts,
    allowed: AllowedPortals,
    public_url: &PublicUrl,
    parts: AppParts,
) -> Result<HubspotApp, StartError> {
    let api = ApiClient::new(ApiSettings {
        api_url: hubspot.api_url,
        timeout: ApiSettings::TIMEOUT,
        allowance: Allowance::HUBSPOT,
        clock: Clock::new(|| Timestamp::from(chrono::Utc::now())),
    })?;
    Ok(HubspotApp {
        store: parts.store,
        keyring: parts.keyring,
        api: Arc::new(api),
        tokens: parts.tokens,
        log: parts.log,
        consent: parts.oauth.map(|(client_id, oauth)| Consent {
            client_id,
            auth_url: hubspot.auth_url,
            redirect_uri: redirect_uri(public_url),
            oauth,
        }),
        allowed,
        turns: ExchangeTurns::default(),
        rollback_window: hubspot.rollback_window,
    })
}

/// The redirect URL to register in HubSpot.
pub fn redirect_uri(public_url: &PublicUrl) -> String {
    format!("{public_url}{CALLBACK}")
}
