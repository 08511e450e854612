//! What an installation came to. Kept with its state, so that a second callback, or a page that
//! is loaded again, shows what the first one did. Holds no secret.

use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use serde::{Deserialize, Serialize};

/// The end of an installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum InstallOutcome {
    /// The portal is connected.
    Connected {
        /// The portal.
        portal: PortalId,
        /// What it was before.
        before: Before,
        /// Whether workflow actions are part of it.
        has_workflow_actions: bool,
    },
    /// The portal may not connect here. Its fresh tokens are void, nothing was stored.
    PortalNotAllowed {
        /// The portal.
        portal: PortalId,
        /// Whether HubSpot confirmed that the tokens are void.
        is_revoked: bool,
    },
    /// HubSpot granted less than is needed. Nothing was stored.
    ScopesMissing {
        /// The portal.
        portal: PortalId,
        /// HubSpot's names of what is missing.
        missing: Vec<String>,
    },
    /// The code was used before, or came too late.
    CodeRefused,
    /// HubSpot refused the app itself: its id, secret or redirect URL.
    AppRefused {
        /// HubSpot's words, shortened.
        said: String,
    },
    /// HubSpot gave tokens and then did not say for which account.
    Interrupted,
}

/// What a connected portal was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Never connected.
    New,
    /// Connected by the app, now or once.
    Reconnected,
    /// Connected by a private app, which the app replaced.
    Migrated,
}

impl InstallOutcome {
    pub(super) fn to_value(&self) -> Result<serde_json::Value, StoreError> {
        serde_json::to_value(self).map_err(|error| StoreError::Unexpected(error.to_string()))
    }

    pub(super) fn from_value(value: serde_json::Value) -> Result<Self, StoreError> {
        serde_json::from_value(value)
            .map_err(|error| StoreError::Unexpected(format!("an install's outcome: {error}")))
    }
}
