//! Bells that wake this process's workers at once, when there is something to read. Whoever does
//! not hear one finds the same work in the database a moment later; only tickets to be looked up
//! are in memory until then, a quarter of a second, or until the service has stopped.

use crate::domain::ids::{PortalId, TicketId};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// One bell for each kind of work.
#[derive(Debug, Default)]
pub struct Bells {
    /// Messages were announced.
    pub messages: Notify,
    /// Conversations were found of which nobody told everything.
    pub untold: Notify,
    /// Owner fields are to be read again.
    pub owner_checks: Notify,
    /// Tickets whose conversations nobody knows, until they are noted.
    look_ups: Mutex<BTreeSet<(PortalId, TicketId)>>,
}

impl Bells {
    pub(super) fn look_ups(&self) -> MutexGuard<'_, BTreeSet<(PortalId, TicketId)>> {
        self.look_ups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
