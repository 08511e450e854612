//! The kinds of credentials a portal may have, and where each one stands. The tokens themselves
//! are nowhere in the domain.

use serde::{Deserialize, Serialize};

/// How a portal lets Baton in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// Through HubSpot's consent screen: short-lived tokens that are refreshed.
    Oauth,
    /// A private app's token, pasted by an admin. HubSpot is phasing these out.
    PrivateApp,
}

impl CredentialKind {
    /// Its name in columns and in what binds a token to its row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oauth => "oauth",
            Self::PrivateApp => "private_app",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "oauth" => Some(Self::Oauth),
            "private_app" => Some(Self::PrivateApp),
            _ => None,
        }
    }
}

/// Whether a credential may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialStatus {
    /// It is the portal's.
    Active,
    /// HubSpot refuses it for good: an admin has to connect again.
    ReconnectRequired,
    /// Another kind took its place, and it is kept encrypted for a while, for a way back; or the
    /// portal was disconnected, and HubSpot is still to end it.
    Retired,
}

impl CredentialStatus {
    /// Its name in columns.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ReconnectRequired => "reconnect_required",
            Self::Retired => "retired",
        }
    }

    /// The status with this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "active" => Some(Self::Active),
            "reconnect_required" => Some(Self::ReconnectRequired),
            "retired" => Some(Self::Retired),
            _ => None,
        }
    }
}
