//! What HubSpot says about a token: whose it is and what it may.

use super::error::OAuthError;
use super::grant::scopes;
use crate::domain::ids::PortalId;
use crate::hubspot::lenient;
use serde_json::Value;
use std::time::Duration;

/// The answer to a question about a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// The token is good.
    Active(TokenInfo),
    /// It is not: revoked, expired, or never issued.
    Inactive,
}

/// What is known of a token that is good (`PublicAccessTokenInfoResponse` in HubSpot's OAuth API
/// description 2026-03, read 2026-11-22). The token itself, which the answer repeats, is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The account.
    pub hub_id: PortalId,
    /// The account's domain, for instance `example.com`.
    pub hub_domain: Option<String>,
    /// Who installed, as an e-mail address.
    pub user: Option<String>,
    /// Who installed, as a user id.
    pub user_id: Option<i64>,
    /// The app's id.
    pub app_id: Option<i64>,
    /// The app's client id.
    pub client_id: Option<String>,
    /// What was granted; `None` if the answer does not say.
    pub scopes: Option<Vec<String>>,
    /// How long an access token still lasts; a refresh token's answer has none.
    pub expires_in: Option<Duration>,
    /// HubSpot's data centre for the account, for instance `na1` or `eu1`.
    pub hublet: Option<String>,
    /// Whether the app is distributed privately.
    pub is_private_distribution: Option<bool>,
}

impl Introspection {
    pub(super) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let body: Value = serde_json::from_slice(body).map_err(|_| {
            OAuthError::unreadable("it is not JSON: expected a token's description")
        })?;
        match body.get("active").and_then(Value::as_bool) {
            Some(true) => {}
            Some(false) => return Ok(Self::Inactive),
            None => {
                return Err(OAuthError::unreadable(
                    "it does not say whether it is active",
                ));
            }
        }
        let hub_id = body.get("hub_id").and_then(lenient::id).map(PortalId);
        let text = |name: &str| body.get(name).and_then(lenient::text);
        let seconds = body.get("expires_in").and_then(lenient::integer);
        Ok(Self::Active(TokenInfo {
            hub_id: hub_id.ok_or(OAuthError::unreadable("it names no hub_id"))?,
            hub_domain: text("hub_domain"),
            user: text("user"),
            user_id: body.get("user_id").and_then(lenient::id),
            app_id: body.get("app_id").and_then(lenient::id),
            client_id: text("client_id"),
            scopes: scopes(body.get("scopes")),
            expires_in: seconds
                .and_then(|seconds| u64::try_from(seconds).ok())
                .map(Duration::from_secs),
            hublet: body
                .pointer("/signed_access_token/hublet")
                .and_then(lenient::text),
            is_private_distribution: body.get("is_private_distribution").and_then(Value::as_bool),
        }))
    }
}
