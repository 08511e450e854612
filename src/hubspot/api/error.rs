//! Why HubSpot's API gave nothing, by what a caller can do about it. No variant holds a token.

use crate::hubspot::outgoing::NoAnswer;
use std::time::Duration;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum HubSpotError {
    /// The token was not accepted.
    #[error("HubSpot did not accept the token: {refusal}")]
    Unauthorized {
        /// True if HubSpot says that the token is merely too old: a new one will do.
        expired: bool,
        /// What HubSpot said.
        refusal: Box<Refusal>,
    },
    /// The grant does not allow this.
    #[error("HubSpot misses a scope, one of {}: {refusal}", .scopes.join(", "))]
    MissingScopes {
        /// The scopes any of which would do, as HubSpot names them; may be empty.
        scopes: Vec<String>,
        /// What HubSpot said.
        refusal: Box<Refusal>,
    },
    /// HubSpot says that there is no such thing.
    #[error("HubSpot knows no such record: {0}")]
    NotFound(Box<Refusal>),
    /// Too many calls: HubSpot said so, or would have.
    #[error("the portal's calls are used up for {} ms", .retry_after.as_millis())]
    RateLimited {
        /// When to try again.
        retry_after: Duration,
    },
    /// HubSpot is moving the account to another data centre.
    #[error("HubSpot is migrating the account for {} s", .retry_after.as_secs())]
    Migrating {
        /// When to try again, at most a day.
        retry_after: Duration,
    },
    /// HubSpot refused for a reason that another try will not change.
    #[error("HubSpot refused: {0}")]
    Refused(Box<Refusal>),
    /// No answer, or a fault of HubSpot's. Worth another try.
    #[error("HubSpot gave no usable answer to {endpoint}")]
    Unavailable {
        /// The request's name.
        endpoint: &'static str,
        /// What happened.
        #[source]
        cause: UnavailableCause,
        /// How long HubSpot asks to wait, if it does.
        retry_after: Option<Duration>,
    },
    /// HubSpot did what was asked, and its answer cannot be read.
    #[error("HubSpot's answer to {endpoint} cannot be used: {why}")]
    Unreadable {
        /// The request's name.
        endpoint: &'static str,
        /// What it lacks.
        why: &'static str,
    },
}

/// What HubSpot said when it refused. Its words are cut, on one line, and rid of the token.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.described())]
pub struct Refusal {
    /// The request's name.
    pub endpoint: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// For instance `VALIDATION_ERROR`.
    pub category: Option<String>,
    /// A sentence.
    pub message: Option<String>,
    /// HubSpot's support asks for it.
    pub correlation_id: Option<String>,
}

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum UnavailableCause {
    /// There was none.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// A fault of HubSpot's, or a redirect, which is not followed.
    #[error("{0}")]
    Status(Box<Refusal>),
}

impl HubSpotError {
    /// True if HubSpot certainly did not do what was asked. Otherwise it may have: before
    /// sending a message again, look whether it is there.
    pub const fn is_certainly_not_done(&self) -> bool {
        match self {
            Self::Unauthorized { .. }
            | Self::MissingScopes { .. }
            | Self::NotFound(_)
            | Self::RateLimited { .. }
            | Self::Migrating { .. }
            | Self::Refused(_) => true,
            Self::Unavailable { .. } => self.is_not_connected(),
            Self::Unreadable { .. } => false,
        }
    }

    /// True if HubSpot could not be reached at all.
    pub const fn is_not_connected(&self) -> bool {
        match self {
            Self::Unavailable { cause, .. } => {
                matches!(cause, UnavailableCause::NoAnswer(NoAnswer::NotConnected(_)))
            }
            Self::Unauthorized { .. }
            | Self::MissingScopes { .. }
            | Self::NotFound(_)
            | Self::RateLimited { .. }
            | Self::Migrating { .. }
            | Self::Refused(_)
            | Self::Unreadable { .. } => false,
        }
    }

    /// When another try is worth it without anybody doing anything: after this long. `None`: never.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Migrating { retry_after } => {
                Some(*retry_after)
            }
            Self::Unavailable { retry_after, .. } => match retry_after {
                Some(wait) => Some(*wait),
                None => Some(Duration::ZERO),
            },
            Self::Unauthorized { .. }
            | Self::MissingScopes { .. }
            | Self::NotFound(_)
            | Self::Refused(_)
            | Self::Unreadable { .. } => None,
        }
    }

    /// The status of HTTP, where HubSpot gave one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Unauthorized { refusal, .. }
            | Self::MissingScopes { refusal, .. }
            | Self::NotFound(refusal)
            | Self::Refused(refusal) => Some(refusal.status),
            Self::Unavailable { cause, .. } => match cause {
                UnavailableCause::Status(refusal) => Some(refusal.status),
                UnavailableCause::NoAnswer(_) => None,
            },
            Self::RateLimited { .. } => Some(429),
            Self::Migrating { .. } => Some(477),
            Self::Unreadable { .. } => Some(200),
        }
    }

    /// The word for metrics.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "unauthorized",
            Self::MissingScopes { .. } => "missing_scopes",
            Self::NotFound(_) => "not_found",
            Self::RateLimited { .. } => "rate_limited",
            Self::Migrating { .. } => "migrating",
            Self::Refused(_) => "refused",
            Self::Unavailable { .. } => "unavailable",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}

impl Refusal {
    /// True if the body is one of HubSpot's, not of something in between.
    pub const fn is_hubspots(&self) -> bool {
        self.category.is_some() || self.correlation_id.is_some()
    }

    fn described(&self) -> String {
        let mut text = format!("{}: status {}", self.endpoint, self.status);
        for word in [&self.category, &self.message].into_iter().flatten() {
            text.push_str(", ");
            text.push_str(word);
        }
        if let Some(id) = &self.correlation_id {
            text.push_str(", correlation id ");
            text.push_str(id);
        }
        text
    }
}
