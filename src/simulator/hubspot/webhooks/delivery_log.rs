//! What was delivered, and what came of it. The events hold no words, so they are kept whole.

use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;

/// Older ones are forgotten.
const KEPT: usize = 2_000;

/// One delivery, or one event that was lost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeenDelivery {
    /// When, by the simulation's clock, in ISO 8601.
    pub at: String,
    /// The events, as sent.
    pub events: Vec<Value>,
    /// What came of it.
    pub outcome: DeliveryOutcome,
    /// How long it took, in real milliseconds.
    pub took_ms: u64,
}

/// What came of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryOutcome {
    /// The service answered with this HTTP status. 2xx ends it, all else is tried again.
    Answered(u16),
    /// No answer within the time-out.
    TimedOut,
    /// No connection, or one that broke.
    NotReached,
    /// A disturbance lost it; it was never sent.
    Lost,
    /// HubSpot gave it up after its last try.
    GivenUp,
}

impl DeliveryOutcome {
    /// Whether the events need not be sent again.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Answered(200..300))
    }
}

#[derive(Default)]
pub(crate) struct DeliveryLog(VecDeque<SeenDelivery>);

impl DeliveryLog {
    pub(crate) fn add(&mut self, delivery: SeenDelivery) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(delivery);
    }

    /// Oldest first.
    pub(crate) fn all(&self) -> Vec<SeenDelivery> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
