//! The two ways of signing that Baton accepts.

use std::fmt;

/// How a request was signed. The order is that of strength, so that a minimum can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureVersion {
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
