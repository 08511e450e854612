//! Errors of the API, in HubSpot's shape: `status`, `message`, `correlationId`, `category`.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// An error answer.
pub(super) struct ApiError {
    status: StatusCode,
    body: Value,
}

impl ApiError {
    fn new(status: StatusCode, category: &str, message: &str) -> Self {
        let body = json!({
            "status": "error",
            "message": message,
            "correlationId": Uuid::new_v4(),
            "category": category,
        });
        Self { status, body }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(body) = self.body.as_object_mut() {
            body.insert(name.to_owned(), value);
        }
        self
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 \
            authentication and you can find more details at \
            https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        Self::new(StatusCode::UNAUTHORIZED, "INVALID_AUTHENTICATION", message)
    }

    pub(super) fn expired(expired_at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let seconds = (now - expired_at).num_seconds();
        let message =
            format!("The OAuth token used to make this call expired {seconds} second(s) ago.");
        let context = json!({ "expire time": [super::request_log::written(expired_at)] });
        Self::new(StatusCode::UNAUTHORIZED, "EXPIRED_AUTHENTICATION", &message)
            .with("context", context)
    }

    pub(super) fn missing_scopes(any_of: &[&str]) -> Self {
        let message = "This app hasn't been granted all required scopes to make this call. Read \
            more about required scopes here: https://developers.hubspot.com/scopes.";
        let error = json!({
            "message": "One or more of the following scopes are required.",
            "context": { "requiredGranularScopes": any_of },
        });
        Self::new(StatusCode::FORBIDDEN, "MISSING_SCOPES", message)
            .with("errors", json!([error]))
            .with(
                "links",
                json!({ "scopes": "https://developers.hubspot.com/scopes" }),
            )
    }

    pub(super) fn rate_limited() -> Self {
        let message = "You have reached your ten_secondly_rolling limit.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITS", message)
            .with("errorType", json!("RATE_LIMIT"))
            .with("policyName", json!("TEN_SECONDLY_ROLLING"))
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", what)
    }

    pub(super) fn invalid(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    pub(super) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "BANNED", message)
    }

    pub(super) fn method_not_allowed() -> Self {
        let message = "HTTP method not allowed";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            message,
        )
    }

    pub(super) fn unsupported_media_type() -> Self {
        let message = "HTTP 415 Unsupported Media Type";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "VALIDATION_ERROR",
            message,
        )
    }

    pub(super) fn too_large() -> Self {
        let message = "The request body is too large";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "VALIDATION_ERROR", message)
    }

    /// What a fault answers. 429 looks as it does when the limit is reached.
    pub(super) fn faulty(status: StatusCode) -> Self {
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Self::rate_limited();
        }
        let (category, message) = match status.as_u16() {
            477 => ("MIGRATION_IN_PROGRESS", "This account is being moved"),
            _ => ("INTERNAL_ERROR", "internal error"),
        };
        Self::new(status, category, message)
    }

    pub(super) fn into_response(self) -> HttpResponse {
        HttpResponse::build(self.status).json(self.body)
    }
}
