//! The two addresses, with the headers every page has.

use super::{callback, install};
use crate::http::console::headers;
use crate::http::console::page_error::{PageError, Why};
use actix_web::dev::HttpServiceFactory;
use actix_web::{HttpResponse, Resource, middleware, web};

/// All under `/hubspot/oauth`.
pub fn scope() -> impl HttpServiceFactory {
    web::scope("/hubspot/oauth")
        .wrap(middleware::from_fn(headers::protect))
        .service(only("/install").route(web::get().to(install::install)))
        .service(only("/callback").route(web::get().to(callback::callback)))
        .default_service(web::to(not_found))
}

fn only(path: &str) -> Resource {
    web::resource(path).default_service(web::to(method_not_allowed))
}

async fn not_found() -> Result<HttpResponse, PageError> {
    Err(PageError::from(Why::NotFound))
}

async fn method_not_allowed() -> Result<HttpResponse, PageError> {
    Err(PageError::from(Why::MethodNotAllowed))
}
