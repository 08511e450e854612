//! Errors of the token endpoints: RFC 6749's `error` and `error_description`, with HubSpot's older
//! `status` and `message` beside them.

use super::api_error::ApiError;
use actix_web::HttpResponse;
use serde_json::json;

/// Why a token endpoint refused. All but one are answered with 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OAuthError {
    BadAuthCode,
    BadRefreshToken,
    BadClientId,
    BadClientSecret,
    BadRedirectUri,
    BadGrantType,
    /// The account is gone.
    BadHub,
    /// A field is there twice, which RFC 6749 forbids.
    Repeated,
    /// The body is no form; answered with 415, in the shape of the API's errors.
    NotAForm,
}

impl OAuthError {
    pub(super) fn into_response(self) -> HttpResponse {
        let (error, status, message) = match self {
            Self::BadAuthCode => (
                "invalid_grant",
                "BAD_AUTH_CODE",
                "missing or unknown auth code",
            ),
            Self::BadRefreshToken => (
                "invalid_grant",
                "BAD_REFRESH_TOKEN",
                "refresh token is invalid, expired or revoked",
            ),
            Self::BadClientId => (
                "invalid_client",
                "BAD_CLIENT_ID",
                "missing or unknown client id",
            ),
            Self::BadClientSecret => (
                "invalid_client",
                "BAD_CLIENT_SECRET",
                "missing or invalid client secret",
            ),
            Self::BadRedirectUri => (
                "invalid_request",
                "BAD_REDIRECT_URI",
                "missing or mismatched redirect URI",
            ),
            Self::BadGrantType => (
                "unsupported_grant_type",
                "BAD_GRANT_TYPE",
                "missing or unknown grant type",
            ),
            Self::BadHub => ("access_denied", "BAD_HUB", "missing or unknown hub id"),
            Self::NotAForm => return ApiError::unsupported_media_type().into_response(),
            Self::Repeated => ("invalid_request", "BAD_REQUEST", "a parameter is repeated"),
        };
        HttpResponse::BadRequest().json(json!({
            "error": error,
            "error_description": message,
            "status": status,
            "message": message,
        }))
    }
}
