//! The table of routes.

use super::error::ApiError;
use super::{
    actions, console, conversations, latency, machines, oauth, options, portals, tickets, webhooks,
};
use crate::hubspot::action_kind::ActionKind;
use crate::service::command_conversation::ApiAction;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};

/// Adds every route; a second time under the public URL's path prefix, where there is one, for a
/// proxy that passes the prefix on.
pub fn configure(config: &mut ServiceConfig, prefix: &str) {
    if !prefix.is_empty() {
        config.service(web::scope(prefix).configure(add_routes));
    }
    add_routes(config);
}

fn add_routes(config: &mut ServiceConfig) {
    // One resource for each action, so that each has its own line in the metrics.
    for kind in ActionKind::ALL {
        let perform = move |request, signed, state| actions::perform(kind, request, signed, state);
        let path = format!("/hubspot/actions/{}", kind.slug());
        config.service(only(&path).route(web::post().to(perform)));
    }
    config.service(only("/hubspot/actions/options/{field}").route(web::post().to(options::list)));
    config.service(only("/hubspot/webhooks").route(web::post().to(webhooks::receive)));
    for action in ApiAction::ALL {
        let command = move |call, request, payload, state| {
            conversations::command(action, call, request, payload, state)
        };
        let path = format!(
            "/v1/portals/{{portal}}/conversations/{{thread}}/{}",
            action.path()
        );
        config.service(only(&path).route(web::post().to(command)));
    }
    config
        .service(
            only("/v1/portals/{portal}/conversations/{thread}")
                .route(web::get().to(conversations::show)),
        )
        .service(
            only("/v1/portals/{portal}/conversations/{thread}/decisions")
                .route(web::get().to(conversations::decisions)),
        )
        .service(only("/v1/portals/{portal}/tickets/{ticket}").route(web::get().to(tickets::show)))
        .service(
            only("/v1/portals/{portal}/tickets/{ticket}/decisions")
                .route(web::get().to(tickets::decisions)),
        )
        .service(only("/v1/portals").route(web::get().to(portals::list)))
        .service(only("/v1/portals/{portal}/latency").route(web::get().to(latency::show)))
        .service(only("/v1/portals/{portal}").route(web::get().to(portals::show)))
        .service(
            only("/v1/portals/{portal}/ai-enabled").route(web::put().to(portals::put_ai_enabled)),
        )
        .service(
            only("/v1/portals/{portal}/ai-sender").route(web::put().to(portals::put_ai_sender)),
        )
        .service(
            only("/v1/portals/{portal}/settings")
                .route(web::get().to(portals::show_settings))
                .route(web::patch().to(portals::patch_settings)),
        )
        .service(
            only("/v1/portals/{portal}/connection")
                .route(web::put().to(portals::put_connection))
                .route(web::delete().to(portals::delete_connection)),
        )
        .service(oauth::routes::scope())
        .service(console::routes::scope())
        .service(only("/livez").route(web::get().to(machines::livez)))
        .service(only("/readyz").route(web::get().to(machines::readyz)))
        .service(only("/metrics").route(web::get().to(machines::metrics)))
        .default_service(web::to(not_found));
}

/// A resource that answers other methods with our own 405.
fn only(path: &str) -> Resource {
    web::resource(path).default_service(web::to(method_not_allowed))
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::not_found())
}

async fn method_not_allowed() -> Result<HttpResponse, ApiError> {
    Err(ApiError::method_not_allowed())
}
