//! The console's addresses.

use super::page_error::{PageError, Why};
use super::{assets, headers, portal_list, sign_in};
use actix_web::dev::HttpServiceFactory;
use actix_web::{HttpRequest, HttpResponse, Resource, middleware, web};

/// All under `/console`, with the headers every page has.
pub fn scope() -> impl HttpServiceFactory {
    web::scope("/console")
        .wrap(middleware::from_fn(headers::protect))
        .service(only("").route(web::get().to(portal_list::show)))
        .service(only("/").route(web::get().to(portal_list::show)))
        .service(only("/style.css").route(web::get().to(assets::style)))
        .service(only("/icon.svg").route(web::get().to(assets::icon)))
        .service(
            only("/sign-in")
                .route(web::get().to(sign_in::show))
                .route(web::post().to(sign_in::submit)),
        )
        .service(only("/sign-out").route(web::post().to(sign_in::sign_out)))
        .default_service(web::to(not_found))
}

fn only(path: &str) -> Resource {
    web::resource(path).default_service(web::to(method_not_allowed))
}

async fn not_found(request: HttpRequest) -> Result<HttpResponse, PageError> {
    Err(PageError::from(Why::NotFound).of(&request))
}

async fn method_not_allowed(request: HttpRequest) -> Result<HttpResponse, PageError> {
    Err(PageError::from(Why::MethodNotAllowed).of(&request))
}
