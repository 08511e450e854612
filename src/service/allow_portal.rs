//! Which portals may use this Baton.

use crate::domain::gate::Connection;
use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portals;
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The setting `BATON_ALLOWED_PORTALS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedPortals {
    /// Only portals that an admin of this Baton connected.
    Connected,
    /// These, connected or not.
    Listed(BTreeSet<PortalId>),
    /// All.
    Any,
}

/// Answers whether a portal is allowed. A portal that was connected once stays known, so only
/// the first call of each asks the database.
pub struct PortalGuard {
    allowed: AllowedPortals,
    store: Arc<Store>,
    known: RwLock<BTreeSet<PortalId>>,
}

impl PortalGuard {
    /// A guard by this setting.
    pub fn new(allowed: AllowedPortals, store: Arc<Store>) -> Self {
        Self {
            allowed,
            store,
            known: RwLock::default(),
        }
    }

    /// True if the portal is allowed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn allows(&self, portal: PortalId) -> Result<bool, StoreError> {
        match &self.allowed {
            AllowedPortals::Any => return Ok(true),
            AllowedPortals::Listed(portals) => return Ok(portals.contains(&portal)),
            AllowedPortals::Connected => {}
        }
        if self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&portal)
        {
            return Ok(true);
        }
        let found = read(&self.store, move |conn| portals::find(conn, portal)).await?;
        let was_connected = found.is_some_and(|row| row.connection != Connection::NotConnected);
        if was_connected {
            self.known
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(portal);
        }
        Ok(was_connected)
    }
}
