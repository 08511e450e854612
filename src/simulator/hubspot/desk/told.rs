//! A change that subscribers are told of.

use crate::simulator::webhook_event::Change;
use chrono::{DateTime, Utc};

/// A change, when it was, and `changeSource` and `sourceId` where HubSpot says them.
#[derive(Clone, Debug)]
pub struct Told {
    pub change: Change,
    pub at: DateTime<Utc>,
    pub source: Option<(&'static str, String)>,
}
