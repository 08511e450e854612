//! The app as it meets HubSpot: who it is, where it asks for consent, and what opens its
//! credentials.

use super::access_token::AccessTokens;
use super::allow_portal::AllowedPortals;
use super::call_hubspot::HubSpot;
use super::exchange_turns::ExchangeTurns;
use super::log_activity::ActivityLog;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::encryption::keyring::Keyring;
use crate::hubspot::api::client::ApiClient;
use crate::hubspot::oauth::client::OAuthClient;
use crate::store::pool::Store;
use std::sync::Arc;
use url::Url;

/// Everything an installation needs.
pub struct HubspotApp {
    /// The database.
    pub store: Arc<Store>,
    /// What encrypts credentials.
    pub keyring: Arc<Keyring>,
    /// HubSpot's API.
    pub api: Arc<ApiClient>,
    /// Tokens that keep themselves fresh.
    pub tokens: Arc<AccessTokens>,
    /// Takes a line for each call.
    pub log: Arc<ActivityLog>,
    /// The consent screen; none where no client id is set.
    pub consent: Option<Consent>,
    /// Which portals may connect.
    pub allowed: AllowedPortals,
    /// How many codes are exchanged at once.
    pub turns: ExchangeTurns,
    /// How long a replaced private app's token is kept.
    pub rollback_window: Span,
}

/// The consent screen, and what comes after it.
pub struct Consent {
    /// The app's client id.
    pub client_id: String,
    /// Where consent is asked for.
    pub auth_url: Url,
    /// Where HubSpot sends the browser back, exactly as registered there.
    pub redirect_uri: String,
    /// Exchanges codes, revokes tokens.
    pub oauth: Arc<OAuthClient>,
}

/// Who began an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartedBy {
    /// An admin of this Baton, signed in, by name.
    Admin(String),
    /// Somebody else.
    Anyone,
}

impl StartedBy {
    /// As the audit names them.
    pub fn actor(&self) -> &str {
        match self {
            Self::Admin(name) => name,
            Self::Anyone => "someone in HubSpot",
        }
    }
}

impl HubspotApp {
    /// HubSpot's API for portals that are connected; every call leaves a line in the activity log.
    pub fn hubspot(&self) -> HubSpot {
        let hubspot = HubSpot::new(Arc::clone(&self.tokens), Arc::clone(&self.api));
        hubspot.logged(Arc::clone(&self.log))
    }

    /// True if this portal may connect when begun by these: unset, only an admin of this Baton
    /// connects portals; a list or `*` opens it to anyone.
    pub fn may_connect(&self, portal: PortalId, by: &StartedBy) -> bool {
        match &self.allowed {
            AllowedPortals::Connected => self.may_begin(by),
            AllowedPortals::Listed(portals) => portals.contains(&portal),
            AllowedPortals::Any => true,
        }
    }

    /// True if these may begin an installation at all.
    pub fn may_begin(&self, by: &StartedBy) -> bool {
        match (&self.allowed, by) {
            (AllowedPortals::Connected, StartedBy::Anyone) => false,
            (AllowedPortals::Connected, StartedBy::Admin(_))
            | (AllowedPortals::Listed(_) | AllowedPortals::Any, _) => true,
        }
    }
}
