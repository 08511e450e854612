//! What a reading of a conversation through HubSpot's API says of its status, and what only a
//! second one may make true.

use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum StatusReading {
    /// It is open, and not in the archive.
    Open,
    /// It is closed, in the archive, or gone.
    Closed {
        /// HubSpot's time of the closing (`closedAt` of `GET .../threads/{threadId}`, "only set if
        /// the thread is closed"; conversations API description v3, read 2026-11-22); none: it did
        /// not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
}

/// A reading found another status than the one known, which stays until a later reading agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDoubt {
    /// When the first reading that found this counts.
    pub since: Timestamp,
    /// Whether it found the conversation open.
    pub is_open: bool,
}
