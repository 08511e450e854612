//! The console's style sheet, icon and script, compiled in.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");
const SCRIPT: &str = include_str!("live.js");
/// A new version of Baton shows its own style within the hour.
const KEEP: (actix_web::http::header::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=3600");

/// `GET /console/style.css`
pub(super) async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", STYLE)
}

/// `GET /console/icon.svg`
pub(super) async fn icon() -> HttpResponse {
    file("image/svg+xml", ICON)
}

/// `GET /console/live.js`
pub(super) async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", SCRIPT)
}

fn file(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header(KEEP)
        .body(body)
}
