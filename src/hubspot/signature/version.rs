//! The ways of signing that Baton accepts: two anywhere, and the oldest for webhooks alone, where
//! a setting allows it.

use std::fmt;

/// How a request was signed. The order is that of strength, so that a minimum can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureVersion {
    /// A hash over secret and body alone: it fits any address. HubSpot documents it for webhook
    /// subscriptions (page "Validating requests", read 2026-11-22).
    V1,
    /// A hash without a timestamp. HubSpot documents it for workflow actions
    /// (page "Custom workflow actions", read 2026-11-22).
    V2,
    /// An HMAC with a timestamp, so that an old request can be told from a new one.
    V3,
}

impl SignatureVersion {
    /// As written in settings, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

impl fmt::Display for SignatureVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
