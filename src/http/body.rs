//! Reading a body whole, up to a limit.

use super::error::ApiError;
use actix_web::web::{Bytes, Payload};

/// Bodies of actions and API requests.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A delivery of webhooks: a hundred events of 10 KiB each.
pub const WEBHOOK_BODY_LIMIT: usize = 1024 * 1024;

/// Reads the body.
///
/// # Errors
/// 413 over the limit, 400 if it cannot be read.
pub async fn read_body(payload: Payload, limit: usize) -> Result<Bytes, ApiError> {
    match payload.to_bytes_limited(limit).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(ApiError::unreadable_body()),
        Err(_) => Err(ApiError::body_too_large(limit)),
    }
}
