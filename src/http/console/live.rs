//! Pages that move by themselves: a small script asks for their moving parts every two seconds;
//! without scripts the browser loads the page again.

use super::layout::{Frame, Page};
use super::page_error::PageError;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};

/// The script names itself by this header.
const ASKED_BY_SCRIPT: &str = "baton-live";

/// True if only the moving parts are asked for.
pub(super) fn is_asked_for_parts(request: &HttpRequest) -> bool {
    request.headers().contains_key(ASKED_BY_SCRIPT)
}

/// Where the script says that the page is live; empty without it.
pub(super) fn sign() -> Markup {
    html! { span.live #live-said role="status" {} }
}

/// The moving parts alone, or the page around them.
pub(super) fn respond(
    request: &HttpRequest,
    frame: &Frame,
    status: StatusCode,
    page: &Page<'_>,
) -> Result<HttpResponse, PageError> {
    if is_asked_for_parts(request) {
        let mut response = HttpResponse::build(status);
        response.content_type("text/html; charset=utf-8");
        return Ok(response.body(page.content.0.clone()));
    }
    Ok(frame.respond(status, page))
}
