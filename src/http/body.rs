//! Reading a body whole, up to a limit.

use super::error::ApiError;
use actix_web::web::{Bytes, Payload};

/// Bodies of actions and API requests.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A delivery of webhooks: a hundred events of 10 KiB each.
pub const WEBHOOK_BODY_LIMIT: usize = 1024 * 1024;

/// Why there is no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBody {
    /// It has more than this many bytes.
    TooLarge(usize),
    /// It broke off, or could not be read.
    Unreadable,
}

impl From<NoBody> for ApiError {
    fn from(why: NoBody) -> Self {
        match why {
            NoBody::TooLarge(limit) => Self::body_too_large(limit),
            NoBody::Unreadable => Self::unreadable_body(),
        }
    }
}

/// Reads the body.
///
/// # Errors
/// See [`NoBody`].
pub async fn read_body(payload: Payload, limit: usize) -> Result<Bytes, NoBody> {
    match payload.to_bytes_limited(limit).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(NoBody::Unreadable),
        Err(_) => Err(NoBody::TooLarge(limit)),
    }
}
