//! Sorts refusals of the OAuth endpoints: the grant is gone, the app is wrong, or not now.
//! The words are those of page "OAuth API errors" (change of January 2026) and of answers that
//! developers published, both read 2026-11-22; the list is open, so what is unknown is never
//! taken for a revoked grant.

use super::error::{OAuthError, OAuthRefusal, TransientCause};
use crate::hubspot::outgoing::Answer;
use crate::hubspot::quoted::quote;
use crate::hubspot::retry_after;
use secrecy::SecretString;
use serde_json::Value;

/// HubSpot is migrating the account to another data centre.
const MIGRATING: u16 = 477;

/// What an answer that is no success means. `secrets` are those of the request.
pub(super) fn classify(answer: &Answer, secrets: &[&SecretString]) -> OAuthError {
    if is_not_now(answer.status) {
        return OAuthError::Transient {
            cause: TransientCause::Status(answer.status),
            retry_after: retry_after::read(&answer.headers),
        };
    }
    let refusal = refusal(answer, secrets);
    match meaning(refusal.error.as_deref(), refusal.status.as_deref()) {
        Meaning::GrantIsGone => OAuthError::Revoked(refusal),
        Meaning::AppIsWrong => OAuthError::Configuration(refusal),
    }
}

/// A lock, a limit, a migration, a fault of HubSpot's, a slow connection; and what is neither a
/// success nor a refusal, such as a redirect by something in between.
const fn is_not_now(status: u16) -> bool {
    matches!(status, 408 | 423 | 429 | MIGRATING) || status < 400 || status >= 500
}

enum Meaning {
    GrantIsGone,
    AppIsWrong,
}

fn meaning(error: Option<&str>, status: Option<&str>) -> Meaning {
    match (error, status) {
        // RFC 6749 lets `invalid_grant` stand for a redirect URI that does not match. That is our
        // mistake, and the grant is as good as before.
        (
            Some("invalid_grant" | "access_denied") | None,
            Some(
                "BAD_REDIRECT_URI" | "BAD_CLIENT_ID" | "BAD_CLIENT_SECRET" | "BAD_GRANT_TYPE"
                | "BAD_SCOPES" | "BAD_CODE_VERIFIER",
            ),
        ) => Meaning::AppIsWrong,
        (Some("invalid_grant" | "access_denied"), _) => Meaning::GrantIsGone,
        (None, Some("BAD_REFRESH_TOKEN" | "BAD_AUTH_CODE" | "BAD_HUB")) => Meaning::GrantIsGone,
        // `error` decides where it is there: `invalid_client` has been seen with the status
        // BAD_REFRESH_TOKEN.
        (Some(_), _) | (None, _) => Meaning::AppIsWrong,
    }
}

fn refusal(answer: &Answer, secrets: &[&SecretString]) -> OAuthRefusal {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let text = |name: &str| {
        let text = body.get(name)?.as_str().map(str::trim)?;
        (!text.is_empty()).then(|| quote(text, secrets))
    };
    OAuthRefusal {
        http_status: answer.status,
        error: text("error"),
        status: text("status"),
        description: text("error_description").or_else(|| text("message")),
    }
}
