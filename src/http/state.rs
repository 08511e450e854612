//! What every request handler works with.

use crate::decider::Decider;
use crate::domain::time::Timestamp;
use crate::encryption::keyring::Keyring;
use crate::hubspot::oauth::client::OAuthClient;
use crate::hubspot::signature::verify::Verifier;
use crate::service::access_token::AccessTokens;
use crate::service::allow_portal::PortalGuard;
use crate::service::authenticate::BootstrapKey;
use crate::store::pool::Store;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The service, shared by all workers of the HTTP server.
pub struct ServiceState {
    /// The write path.
    pub decider: Arc<Decider>,
    /// The database.
    pub store: Arc<Store>,
    /// Which portals may use it.
    pub guard: PortalGuard,
    /// Checks HubSpot's signatures.
    pub verifier: Verifier,
    /// API keys from the settings.
    pub bootstrap_keys: Vec<BootstrapKey>,
    /// Tokens for HubSpot's API.
    pub tokens: Arc<AccessTokens>,
    /// What stored tokens are encrypted with.
    pub keyring: Arc<Keyring>,
    /// HubSpot's OAuth endpoints; none: the app has no client id, and nobody can connect.
    pub oauth: Option<Arc<OAuthClient>>,
    /// Stopping: `/readyz` says no, so that a balancer looks elsewhere.
    pub is_draining: AtomicBool,
}

/// This machine's clock.
pub fn now() -> Timestamp {
    Timestamp::from(chrono::Utc::now())
}
