//! `/private-apps/{portal}`: where an admin of an account copies the private app's token, and
//! deletes the app once nothing uses it.

use super::api_error::ApiError;
use super::call::Call;
use super::page::page;
use super::simulation::Simulation;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::html;
use secrecy::ExposeSecret as _;

/// Shows the token. The only page that does.
pub(super) fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let world = simulation.world();
    let portal = call.part(1).parse::<PortalId>().ok();
    let Some(account) = portal.and_then(|portal| world.accounts.get(&portal)) else {
        return ApiError::not_found("no such account").into_response();
    };
    let title = format!("Private apps of {}", account.name);
    let content = html! {
        p.soft { "Simulated HubSpot" }
        h1 { (title) }
        section.card {
            @match &account.private_app {
                None => { p { "This account has no private app." } }
                Some(app) => {
                    h2 { "Access token" }
                    p { code { (app.token.expose_secret()) } }
                    p.soft { "It may use: " (app.scopes.join(", ")) "." }
                    form.row method="post"
                        action={ "/_simulator/page/delete-private-app/" (account.portal) } {
                        button type="submit" { "Delete this private app" }
                    }
                }
            }
        }
        p { a href="/" { "All accounts" } }
    };
    page(StatusCode::OK, &title, &content)
}
