//! Refusals and failures of the console, as pages. Like `http::error`, and for the same reasons,
//! it knows status codes; what a failure was inside stays in the log.

use super::layout::Frame;
use super::local_path::LocalPath;
use super::notice::Notice;
use crate::http::observe::request_id;
use crate::store::error::StoreError;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use std::fmt;

/// Why there is no page.
#[derive(Debug)]
pub struct PageError {
    why: Why,
}

/// The reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing here.
    NotFound,
    /// The address exists, for other methods.
    MethodNotAllowed,
    /// Nobody is signed in: the sign-in page comes first.
    SignInFirst(LocalPath),
    /// The form is not one of this browser's session, or too old.
    FormNotOurs,
    /// The form was sent from a page elsewhere.
    FromElsewhere,
    /// The form is larger than any of ours.
    TooLarge,
    /// A field does not fit; says which and what is expected.
    Misfit(String),
    /// The same, of a form that is at this address.
    MisfitOf {
        /// The form's page.
        page: String,
        /// What does not fit.
        misfit: String,
    },
    /// The database cannot be reached.
    Unavailable,
    /// It was not decided in time, and may still be.
    Undecided,
    /// HubSpot did not answer.
    HubSpotAway,
    /// Something of ours failed.
    Internal,
}

impl Why {
    /// A misfit with the way back to its form; any other reason as it is.
    #[must_use]
    pub fn of_form_at(self, page: &str) -> Self {
        match self {
            Self::Misfit(misfit) => Self::MisfitOf {
                page: page.to_owned(),
                misfit,
            },
            other @ (Self::NotFound
            | Self::MethodNotAllowed
            | Self::SignInFirst(_)
            | Self::FormNotOurs
            | Self::FromElsewhere
            | Self::TooLarge
            | Self::MisfitOf { .. }
            | Self::Unavailable
            | Self::Undecided
            | Self::HubSpotAway
            | Self::Internal) => other,
        }
    }
}

impl From<Why> for PageError {
    fn from(why: Why) -> Self {
        Self { why }
    }
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            log::warn!("answered 503: {error}");
            Why::Unavailable.into()
        } else {
            log::error!("answered 500: {error}");
            Why::Internal.into()
        }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, heading, _, _) = self.words();
        f.write_str(heading)
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        self.words().0
    }

    /// Without its request; [`PageError::answer`] takes its place.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl PageError {
    /// As its request is answered.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let frame = Frame::public(request);
        if let Why::SignInFirst(next) = &self.why {
            let next: String =
                url::form_urlencoded::byte_serialize(next.to_string().as_bytes()).collect();
            return frame.redirect(format!("/console/sign-in?next={next}"), None);
        }
        let (status, heading, happened, to_do) = self.words();
        let notice = Notice {
            status,
            heading,
            happened: &happened,
            to_do: &[to_do],
            way_on: Some(self.way_on()),
            details: &[("Request", &request_id(request))],
        };
        notice.respond(&frame)
    }

    fn way_on(&self) -> (&'static str, &str) {
        match &self.why {
            Why::MisfitOf { page, .. } => ("Back to the form", page),
            Why::NotFound
            | Why::MethodNotAllowed
            | Why::SignInFirst(_)
            | Why::FormNotOurs
            | Why::FromElsewhere
            | Why::TooLarge
            | Why::Misfit(_)
            | Why::Unavailable
            | Why::Undecided
            | Why::HubSpotAway
            | Why::Internal => ("Go to the console", "/console"),
        }
    }

    fn words(&self) -> (StatusCode, &'static str, String, &'static str) {
        let (status, heading, happened, to_do) = match &self.why {
            Why::NotFound => (
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "This address has no page, or the portal was never connected.",
                "Check the address, or start from the console's first page.",
            ),
            Why::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "This address works differently",
                "It does not take this kind of request.",
                "Start from the console's first page.",
            ),
            Why::SignInFirst(_) => (
                StatusCode::SEE_OTHER,
                "Sign in first",
                "You are not signed in.",
                "Sign in.",
            ),
            Why::FormNotOurs => (
                StatusCode::FORBIDDEN,
                "This form has expired",
                "Nothing was changed. The form was opened before you last signed in, \
                 or your browser did not send its cookie.",
                "Open the page again and send the form once more.",
            ),
            Why::FromElsewhere => (
                StatusCode::FORBIDDEN,
                "This form came from another site",
                "Nothing was changed. Forms are only taken from the console's own pages.",
                "If you meant to do this, do it in the console.",
            ),
            Why::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "This form is too large",
                "Nothing was changed. The console has no form of this size.",
                "Open the page again and send the form once more.",
            ),
            Why::Misfit(misfit) | Why::MisfitOf { misfit, .. } => {
                return (
                    StatusCode::BAD_REQUEST,
                    "This was not saved",
                    format!("Nothing was changed: {misfit}."),
                    "Go back, change it, and send the form once more.",
                );
            }
            Why::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not available right now",
                "Baton cannot reach its database. Nothing was changed.",
                "Wait a moment and try again. If it stays, look at /readyz and the log.",
            ),
            Why::Undecided => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not decided in time",
                "Baton was too busy to decide this in time. It may still have been done.",
                "Open the conversation: its timeline says whether it was.",
            ),
            Why::HubSpotAway => (
                StatusCode::SERVICE_UNAVAILABLE,
                "HubSpot does not answer",
                "HubSpot had to be asked first and did not answer. Nothing was changed.",
                "Wait a moment and try again.",
            ),
            Why::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Baton failed",
                "Something went wrong on our side.",
                "Try again. If it stays, look for the request below in the log.",
            ),
        };
        (status, heading, happened.to_owned(), to_do)
    }
}
