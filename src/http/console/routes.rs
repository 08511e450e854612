//! The console's addresses.

use super::page_error::{PageError, Why};
use super::{
    activity_page, assets, command_submit, conversation_list, conversation_page, disconnect_page,
    headers, portal_list, portal_page, portal_switches, private_app, settings_page, sign_in,
    ticket_page,
};
use actix_web::dev::HttpServiceFactory;
use actix_web::{HttpResponse, Resource, middleware, web};

/// All under `/console`, with the headers every page has.
pub fn scope() -> impl HttpServiceFactory {
    web::scope("/console")
        .wrap(middleware::from_fn(headers::protect))
        .service(only("").route(web::get().to(portal_list::show)))
        .service(only("/").route(web::get().to(portal_list::show)))
        .service(only("/style.css").route(web::get().to(assets::style)))
        .service(only("/icon.svg").route(web::get().to(assets::icon)))
        .service(only("/live.js").route(web::get().to(assets::script)))
        .service(
            only("/sign-in")
                .route(web::get().to(sign_in::show))
                .route(web::post().to(sign_in::submit)),
        )
        .service(only("/sign-out").route(web::post().to(sign_in::sign_out)))
        .service(only("/private-app").route(web::post().to(private_app::connect)))
        .service(only("/portals/{portal}").route(web::get().to(portal_page::show)))
        .service(
            only("/portals/{portal}/settings")
                .route(web::get().to(settings_page::show))
                .route(web::post().to(settings_page::save)),
        )
        .service(
            only("/portals/{portal}/disconnect")
                .route(web::get().to(disconnect_page::show))
                .route(web::post().to(disconnect_page::disconnect)),
        )
        .service(only("/portals/{portal}/private-app").route(web::post().to(private_app::go_back)))
        .service(
            only("/portals/{portal}/ai-enabled").route(web::post().to(portal_switches::ai_enabled)),
        )
        .service(
            only("/portals/{portal}/ai-sender").route(web::post().to(portal_switches::ai_sender)),
        )
        .service(
            only("/portals/{portal}/conversations").route(web::get().to(conversation_list::show)),
        )
        .service(
            only("/portals/{portal}/conversations/{thread}")
                .route(web::get().to(conversation_page::show)),
        )
        .service(
            only("/portals/{portal}/conversations/{thread}/{command}")
                .route(web::post().to(command_submit::submit)),
        )
        .service(only("/portals/{portal}/tickets/{ticket}").route(web::get().to(ticket_page::show)))
        .service(only("/activity").route(web::get().to(activity_page::of_all)))
        .service(only("/activity.csv").route(web::get().to(activity_page::export_of_all)))
        .service(only("/portals/{portal}/activity").route(web::get().to(activity_page::of_portal)))
        .service(
            only("/portals/{portal}/activity.csv")
                .route(web::get().to(activity_page::export_of_portal)),
        )
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
