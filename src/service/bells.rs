//! Bells that wake this process's workers at once, when there is something to read. Whoever does
//! not hear one finds the same work in the database a moment later.

use crate::domain::ids::{PortalId, TicketId};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One bell for each kind of work.
#[derive(Debug, Default)]
pub struct Bells {
    /// Messages were announced.
    pub messages: Notify,
    /// Owner fields are to be read again.
    pub owner_checks: Notify,
    /// Tickets whose conversations nobody knows, until they are noted.
    look_ups: Mutex<Vec<(PortalId, TicketId)>>,
}

impl Bells {
    pub(super) fn look_ups(&self) -> MutexGuard<'_, Vec<(PortalId, TicketId)>> {
        self.look_ups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
