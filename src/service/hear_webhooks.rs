//! Which portals' webhooks came lately: held in memory and written every few seconds, so that a
//! flood of them costs no write each.

use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use crate::store::heard_webhooks;
use crate::store::pool::{Store, read};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The portals heard since the last writing.
#[derive(Default)]
pub struct HeardBook {
    portals: Mutex<BTreeSet<PortalId>>,
}

impl HeardBook {
    /// A delivery told of these portals, whatever it told.
    pub fn record(&self, portals: impl IntoIterator<Item = PortalId>) {
        self.lock().extend(portals);
    }

    /// Writes them down. If that fails, they are kept for the next time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn flush(&self, store: &Arc<Store>) -> Result<(), StoreError> {
        let taken: Vec<PortalId> = std::mem::take(&mut *self.lock()).into_iter().collect();
        if taken.is_empty() {
            return Ok(());
        }
        let portals = taken.clone();
        let noted = read(store, move |conn| heard_webhooks::note(conn, &portals)).await;
        if noted.is_err() {
            self.record(taken);
        }
        noted
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<PortalId>> {
        self.portals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
