//! Why HubSpot's OAuth endpoints gave nothing, in the three ways a caller can act on.

use crate::hubspot::outgoing::NoAnswer;
use std::time::Duration;

/// Why an OAuth call failed. Nothing in it holds a token, a code or the client secret.
///
/// Only [`OAuthError::Revoked`] says anything about the grant. The other two never lead to a
/// grant's removal.
#[derive(Debug, thiserror::Error)]
pub enum OAuthError {
    /// The code or the refresh token is no longer good: used, expired, revoked, uninstalled.
    #[error("HubSpot no longer accepts this grant: {0}")]
    Revoked(OAuthRefusal),
    /// The app's settings are wrong, or HubSpot says something we do not know. An admin has to
    /// look; trying again changes nothing.
    #[error("HubSpot refused the app, not the grant: {0}")]
    Configuration(OAuthRefusal),
    /// HubSpot cannot answer now, or was not understood. Worth another try.
    #[error("HubSpot gave no usable answer")]
    Transient {
        /// What happened.
        #[source]
        cause: TransientCause,
        /// How long HubSpot asks to wait, at most a day; `None` if it did not say.
        retry_after: Option<Duration>,
    },
}

/// What HubSpot said when it refused. Its words are cut, on one line, and rid of what we sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.described())]
pub struct OAuthRefusal {
    /// The HTTP status.
    pub http_status: u16,
    /// RFC 6749's `error`, for instance `invalid_grant`.
    pub error: Option<String>,
    /// HubSpot's own word, for instance `BAD_REFRESH_TOKEN`.
    pub status: Option<String>,
    /// `error_description`, or `message`.
    pub description: Option<String>,
}

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum TransientCause {
    /// There was none.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// A status that says "not now", or one that is neither success nor refusal.
    #[error("HubSpot answered with status {0}")]
    Status(u16),
    /// Success, with a body that is not what HubSpot's API description says.
    #[error("the answer cannot be used: {0}")]
    Unreadable(&'static str),
}

impl OAuthError {
    /// True if another try may succeed without anybody doing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Transient { .. } => true,
            Self::Revoked(_) | Self::Configuration(_) => false,
        }
    }

    pub(super) const fn unreadable(why: &'static str) -> Self {
        Self::Transient {
            cause: TransientCause::Unreadable(why),
            retry_after: None,
        }
    }
}

impl From<NoAnswer> for OAuthError {
    fn from(cause: NoAnswer) -> Self {
        Self::Transient {
            cause: TransientCause::NoAnswer(cause),
            retry_after: None,
        }
    }
}

impl OAuthRefusal {
    fn described(&self) -> String {
        let words = [&self.error, &self.status, &self.description];
        let words: Vec<&str> = words.into_iter().flatten().map(String::as_str).collect();
        if words.is_empty() {
            return format!("status {}", self.http_status);
        }
        format!("status {}: {}", self.http_status, words.join(", "))
    }
}
