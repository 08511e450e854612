//! Reads HubSpot's error answers (pages "Error handling" and "API usage guidelines", read
//! 2026-11-22). Every field of their body may be missing, and the body may come from something
//! in between that is not HubSpot.

use super::error::{HubSpotError, Refusal, UnavailableCause};
use crate::hubspot::outgoing::Answer;
use crate::hubspot::quoted::quote;
use crate::hubspot::retry_after;
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;

/// The account's own waits where HubSpot names none. The official Node client waits as long.
const TEN_SECONDLY: Duration = Duration::from_secs(10);
const SECONDLY: Duration = Duration::from_secs(1);
/// Nobody knows when the account's day ends; looking now and then costs little.
const DAILY: Duration = Duration::from_secs(300);
/// Page "Error handling": wait at least two seconds after 423.
const LOCKED: Duration = Duration::from_secs(2);
const MIGRATING: Duration = Duration::from_secs(60);

/// More scopes than these would not help anybody.
const MAX_SCOPES: usize = 20;

/// What an answer that is no success means.
pub(super) fn classify(
    endpoint: &'static str,
    answer: &Answer,
    token: &SecretString,
) -> HubSpotError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    let wait = retry_after::read(&answer.headers);
    let refusal = Box::new(refusal(endpoint, answer.status, &body, token));
    match answer.status {
        401 => HubSpotError::Unauthorized {
            expired: refusal.category.as_deref() == Some("EXPIRED_AUTHENTICATION"),
            refusal,
        },
        403 if refusal.category.as_deref() == Some("MISSING_SCOPES") => {
            HubSpotError::MissingScopes {
                scopes: scopes(&body, token),
                refusal,
            }
        }
        // Only HubSpot can say that something is not there. A proxy's page cannot, and neither
        // can an address that is wrong.
        404 if refusal.is_hubspots() => HubSpotError::NotFound(refusal),
        423 => HubSpotError::RateLimited {
            retry_after: wait.unwrap_or(LOCKED).max(LOCKED),
        },
        429 => HubSpotError::RateLimited {
            retry_after: wait.unwrap_or_else(|| wait_of(&body)),
        },
        477 => HubSpotError::Migrating {
            retry_after: wait.unwrap_or(MIGRATING),
        },
        400..=499 => HubSpotError::Refused(refusal),
        _ => HubSpotError::Unavailable {
            endpoint,
            cause: UnavailableCause::Status(refusal),
            retry_after: wait,
        },
    }
}

fn refusal(endpoint: &'static str, status: u16, body: &Value, token: &SecretString) -> Refusal {
    let text = |name: &str| {
        let text = body.get(name)?.as_str()?;
        (!text.trim().is_empty()).then(|| quote(text, &[token]))
    };
    Refusal {
        endpoint,
        status,
        category: text("category"),
        message: text("message"),
        correlation_id: text("correlationId"),
    }
}

/// How long a limit lasts, by its policy's name, else by its message.
fn wait_of(body: &Value) -> Duration {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let policy = text("policyName").to_ascii_uppercase();
    let message = text("message").to_ascii_lowercase();
    match policy.as_str() {
        "SECONDLY" => SECONDLY,
        "DAILY" => DAILY,
        "" if message.contains("daily limit") => DAILY,
        "" if message.contains("secondly limit") && !message.contains("ten_secondly") => SECONDLY,
        _ => TEN_SECONDLY,
    }
}

/// The scopes that are named anywhere HubSpot names them: `context` of the body or of its errors.
fn scopes(body: &Value, token: &SecretString) -> Vec<String> {
    let of_errors = body.get("errors").and_then(Value::as_array);
    let contexts = of_errors
        .into_iter()
        .flatten()
        .chain([body])
        .filter_map(|part| part.get("context"));
    let lists = contexts.flat_map(|context| {
        ["requiredGranularScopes", "requiredScopes", "missingScopes"]
            .into_iter()
            .filter_map(move |name| context.get(name)?.as_array())
    });
    let mut found: Vec<String> = Vec::new();
    for name in lists.flatten().filter_map(Value::as_str) {
        let name = quote(name, &[token]);
        if found.len() < MAX_SCOPES && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}
