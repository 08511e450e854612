//! Bells that wake this process's workers at once, when there is something to read. Whoever does
//! not hear one finds the same work in the database a moment later.

use tokio::sync::Notify;

/// One bell for each kind of work.
#[derive(Debug, Default)]
pub struct Bells {
    /// Messages were announced.
    pub messages: Notify,
    /// Owner fields are to be read again.
    pub owner_checks: Notify,
}
