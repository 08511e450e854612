//! What every request handler works with.

use crate::decider::Decider;
use crate::domain::time::Timestamp;
use crate::hubspot::signature::verify::Verifier;
use crate::service::allow_portal::PortalGuard;
use crate::service::authenticate::BootstrapKey;
use crate::service::follower::Follower;
use crate::service::hubspot_app::HubspotApp;
use crate::service::list_targets::TargetLists;
use crate::service::sign_in::SignIn;
use crate::store::pool::Store;
use crate::worker::flush::InMemory;
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
    /// The app as it meets HubSpot.
    pub app: Arc<HubspotApp>,
    /// What is counted and logged in memory until a worker writes it.
    pub in_memory: InMemory,
    /// Reads through HubSpot's API.
    pub follower: Arc<Follower>,
    /// Whom handoffs can go to.
    pub targets: TargetLists,
    /// The console's door.
    pub sign_in: SignIn,
    /// Stopping: `/readyz` says no, so that a balancer looks elsewhere.
    pub is_draining: AtomicBool,
}

/// This machine's clock.
pub fn now() -> Timestamp {
    Timestamp::from(chrono::Utc::now())
}
