//! The last requests the simulated HubSpot saw: what was asked and what came of it, never a body,
//! a query or a token.

use crate::domain::ids::PortalId;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::collections::VecDeque;

/// Older ones are forgotten.
const KEPT: usize = 2_000;
/// HubSpot's paths have no longer parts; what is longer may be a token that somebody put there.
const LONGEST_PART: usize = 28;
/// Nor have they more parts.
const MOST_PARTS: usize = 12;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenRequest {
    /// When, by the simulation's clock, in ISO 8601.
    pub at: String,
    /// The HTTP method.
    pub method: String,
    /// The path; parts that might be secrets are left out.
    pub path: String,
    /// The account its credentials belong to, if any.
    pub portal: Option<PortalId>,
    /// What was answered; `None` if the connection was closed instead.
    pub status: Option<u16>,
}

#[derive(Default)]
pub(super) struct RequestLog {
    total: u64,
    seen: VecDeque<SeenRequest>,
}

impl RequestLog {
    pub(super) fn add(&mut self, request: SeenRequest) {
        self.total += 1;
        if self.seen.len() == KEPT {
            self.seen.pop_front();
        }
        self.seen.push_back(request);
    }

    /// Oldest first.
    pub(super) fn all(&self) -> Vec<SeenRequest> {
        self.seen.iter().cloned().collect()
    }

    /// Newest first, at most this many.
    pub(super) fn last(&self, count: usize) -> Vec<SeenRequest> {
        self.seen.iter().rev().take(count).cloned().collect()
    }

    /// How many there were, forgotten ones included.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &str) -> String {
    let ends_in_a_token = ["/oauth/v1/access-tokens/", "/oauth/v1/refresh-tokens/"]
        .iter()
        .find(|prefix| path.starts_with(**prefix));
    if let Some(prefix) = ends_in_a_token {
        return format!("{prefix}...");
    }
    let parts = path.split('/');
    let shown = parts.map(|part| {
        if part.len() > LONGEST_PART {
            "..."
        } else {
            part
        }
    });
    let shown: Vec<&str> = shown.take(MOST_PARTS).collect();
    shown.join("/")
}

/// A moment as the log and the API write it.
pub(super) fn written(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}
