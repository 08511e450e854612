//! The only place that knows status codes. A 4xx tells the caller what to change; a 5xx tells
//! nothing but the request's id. Our failure is never reported as theirs.

use super::observe::request_id;
use crate::decider::command::NotDecided;
use crate::hubspot::action_call::NotAnActionCall;
use crate::hubspot::options_call::NotAnOptionsCall;
use crate::service::change_settings::NotChanged;
use crate::service::choose_ai_sender::NotChosen;
use crate::service::command_conversation::NotCommanded;
use crate::service::follower::NotTold;
use crate::service::perform_action::NotPerformed;
use crate::service::read_owners::NotRead;
use crate::service::receive_webhooks::NotReceived;
use crate::service::return_to_private_app::NotReturned;
use crate::store::error::StoreError;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::json;
use std::fmt;

/// A refusal or a failure, on its way to becoming a response.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// The generic refusal of a signature. The true reason is in the log.
    pub fn invalid_signature() -> Self {
        let message = "the request's signature was not accepted";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_signature", message)
    }

    /// No key, or one that nobody has.
    pub fn unauthorized() -> Self {
        let message = "send a valid API key as 'Authorization: Bearer KEY'";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// The key is good, but not for this.
    pub fn forbidden() -> Self {
        let message = "this needs a key of the role admin";
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// Nothing here, or nothing this key may see.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing at this address",
        )
    }

    /// No input of this name is chosen from a list that Baton keeps.
    pub fn no_options(known: &str) -> Self {
        let message = format!("this input has no options here; expected {known}");
        Self::new(StatusCode::NOT_FOUND, "unknown_field", message)
    }

    /// The portal may not use this Baton.
    pub fn portal_not_allowed() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "portal_not_allowed",
            "this Baton does not serve this portal; an admin connects it first, \
             or lists it in BATON_ALLOWED_PORTALS",
        )
    }

    /// The address exists, for other methods.
    pub fn method_not_allowed() -> Self {
        let message = "this address does not take this method";
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            message,
        )
    }

    /// The body is over the limit.
    pub fn body_too_large(limit: usize) -> Self {
        let message = format!("the body may have at most {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    }

    /// The body ended early or could not be read.
    pub fn unreadable_body() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "unreadable_body",
            "the body could not be read",
        )
    }

    /// Something about the request does not fit.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// The idempotency key was used for another request.
    pub fn idempotency_key_reused() -> Self {
        let message = "this Idempotency-Key was used for another request";
        Self::new(StatusCode::CONFLICT, "idempotency_key_reused", message)
    }

    fn unavailable() -> Self {
        let message = "the service cannot answer now; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// A fault of ours.
    pub fn internal() -> Self {
        let message = "the service failed; the log has the request's id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message)
    }

    /// As its request is answered.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        HttpResponse::build(self.status).json(json!({
            "error": {
                "code": self.code,
                "message": self.message,
                "request_id": request_id(request),
            }
        }))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Without its request; [`ApiError::answer`] takes its place.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status)
    }
}

impl From<NotAnActionCall> for ApiError {
    fn from(error: NotAnActionCall) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "not_an_action_call",
            error.to_string(),
        )
    }
}

impl From<NotAnOptionsCall> for ApiError {
    fn from(error: NotAnOptionsCall) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "not_an_options_call",
            error.to_string(),
        )
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            log::warn!("answered 503: {error}");
            Self::unavailable()
        } else {
            log::error!("answered 500: {error}");
            Self::internal()
        }
    }
}

impl From<NotDecided> for ApiError {
    fn from(error: NotDecided) -> Self {
        match error {
            NotDecided::QueueFull | NotDecided::Draining | NotDecided::TimedOut(_) => {
                log::warn!("answered 503: {error}");
                Self::unavailable()
            }
            NotDecided::NeedsThread => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "conversation_unknown",
                "the ticket's conversation is not known yet; an action that names its thread, \
                 by thread_id or by the ticket's originating thread, makes it known",
            ),
            // Logged where it happened.
            NotDecided::Faulty(_) | NotDecided::Failed(_) => Self::internal(),
        }
    }
}

impl From<NotPerformed> for ApiError {
    fn from(error: NotPerformed) -> Self {
        match error {
            NotPerformed::PortalNotAllowed => Self::portal_not_allowed(),
            NotPerformed::Store(error) => error.into(),
            NotPerformed::NotDecided(error) => error.into(),
        }
    }
}

impl From<NotChanged> for ApiError {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::Misfits(_) => Self::new(
                StatusCode::BAD_REQUEST,
                "setting_invalid",
                error.to_string(),
            ),
            NotChanged::Store(error) => error.into(),
        }
    }
}

impl From<NotChosen> for ApiError {
    fn from(error: NotChosen) -> Self {
        let message = error.to_string();
        match error {
            NotChosen::NoTeammate(_) => {
                Self::new(StatusCode::BAD_REQUEST, "not_a_teammate", message)
            }
            NotChosen::NotRead(NotRead::NotConnected) => {
                Self::new(StatusCode::CONFLICT, "not_connected", message)
            }
            NotChosen::NotRead(NotRead::HubSpotUnavailable) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "hubspot_unavailable",
                message,
            ),
            NotChosen::NotRead(NotRead::Store(error)) | NotChosen::Store(error) => error.into(),
        }
    }
}

impl From<NotReturned> for ApiError {
    fn from(error: NotReturned) -> Self {
        let message = error.to_string();
        match error {
            NotReturned::NothingKept => {
                Self::new(StatusCode::CONFLICT, "nothing_to_go_back_to", message)
            }
            NotReturned::Refused => Self::new(StatusCode::CONFLICT, "token_refused", message),
            NotReturned::HubSpotUnavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "hubspot_unavailable",
                message,
            ),
            NotReturned::Store(error) => error.into(),
        }
    }
}

impl From<NotReceived> for ApiError {
    fn from(error: NotReceived) -> Self {
        match error {
            NotReceived::Store(error) | NotReceived::NotTold(NotTold::Store(error)) => error.into(),
            NotReceived::NotDecided(error) | NotReceived::NotTold(NotTold::NotDecided(error)) => {
                error.into()
            }
        }
    }
}

impl From<NotCommanded> for ApiError {
    fn from(error: NotCommanded) -> Self {
        match error {
            NotCommanded::Misfit(_) | NotCommanded::UnknownInput { .. } => {
                Self::new(StatusCode::BAD_REQUEST, "input_invalid", error.to_string())
            }
            NotCommanded::NotDecided(error) => error.into(),
        }
    }
}
