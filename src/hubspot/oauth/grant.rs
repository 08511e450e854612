//! What the token endpoint gives: an access token for a while, and a refresh token for the next.

use super::error::OAuthError;
use crate::domain::ids::PortalId;
use crate::hubspot::lenient;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;

/// HubSpot asks to keep room for tokens of 512 characters and more (page "OAuth tokens", read
/// 2026-11-22); beyond this it is no token.
const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// HubSpot's tokens last 30 minutes. Nothing beyond a month is believed.
const LONGEST_SECONDS: i64 = 31 * 24 * 60 * 60;

/// A successful exchange or refresh. Debug shows no token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Bearer of the API calls.
    pub access_token: SecretString,
    /// For the next refresh: whichever came back last is the one to keep.
    pub refresh_token: SecretString,
    /// How long the access token lasts from now: above zero, at most 31 days.
    pub expires_in: Duration,
    /// The account, where the answer says so (`hub_id`).
    pub hub_id: Option<PortalId>,
    /// The user who installed, where the answer says so.
    pub user_id: Option<i64>,
    /// The scopes granted; `None` if the answer does not say, which is not the same as none.
    pub scopes: Option<Vec<String>>,
}

impl Grant {
    /// Reads the body of a successful answer (`AccessTokenResponse` in HubSpot's OAuth API
    /// description 2026-03, read 2026-11-22). An answer without a refresh token leaves the one
    /// that was sent in force (RFC 6749, section 6).
    pub(super) fn parse(body: &[u8], sent: Option<&SecretString>) -> Result<Self, OAuthError> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|_| OAuthError::unreadable("it is not JSON: expected tokens"))?;
        let access_token = token(&body, "access_token")
            .ok_or(OAuthError::unreadable("it holds no access_token"))?;
        let refresh_token = match body.get("refresh_token") {
            None | Some(Value::Null) => sent.cloned(),
            Some(_) => token(&body, "refresh_token"),
        };
        let lifetime = body.get("expires_in").and_then(lenient::id);
        let lifetime =
            lifetime.and_then(|seconds| u64::try_from(seconds.min(LONGEST_SECONDS)).ok());
        Ok(Self {
            access_token,
            refresh_token: refresh_token
                .ok_or(OAuthError::unreadable("it holds no refresh_token"))?,
            expires_in: lifetime
                .map(Duration::from_secs)
                .ok_or(OAuthError::unreadable("it holds no expires_in above zero"))?,
            hub_id: body.get("hub_id").and_then(lenient::id).map(PortalId),
            user_id: body.get("user_id").and_then(lenient::id),
            scopes: scopes(body.get("scopes")),
        })
    }
}

/// A token that can be sent in a header: visible ASCII, not empty, bounded.
fn token(body: &Value, name: &str) -> Option<SecretString> {
    let token = SecretString::from(body.get(name)?.as_str()?);
    let text = token.expose_secret();
    let is_sendable = !text.is_empty()
        && text.len() <= MAX_TOKEN_BYTES
        && text.bytes().all(|b| b.is_ascii_graphic());
    is_sendable.then_some(token)
}

/// A list of names, or one text with spaces between them, as RFC 6749 writes it.
pub(super) fn scopes(value: Option<&Value>) -> Option<Vec<String>> {
    match value? {
        Value::Array(names) => Some(
            names
                .iter()
                .filter_map(|name| name.as_str().map(str::to_owned))
                .collect(),
        ),
        Value::String(names) => Some(names.split_whitespace().map(str::to_owned).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}
