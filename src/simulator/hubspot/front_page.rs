//! The simulator's own page: the accounts, buttons that break things, and what was seen.

use super::account::Account;
use super::api_error::ApiError;
use super::call::Call;
use super::clock::after;
use super::fault::{Effect, Fault};
use super::mishap_card;
use super::page::page;
use super::page_button::page_button;
use super::request_log::SeenRequest;
use super::simulation::Simulation;
use super::world::World;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use std::time::Duration;

const SHOWN_REQUESTS: usize = 25;
/// How long the button makes HubSpot unreachable.
const UNREACHABLE_FOR: Duration = Duration::from_secs(60);

/// Shows it.
pub(super) fn show(simulation: &Simulation, _: &Call) -> HttpResponse {
    let (now, world) = (simulation.now(), simulation.world());
    let content = html! {
        h1 { "Simulated HubSpot" }
        p.soft {
            "It plays HubSpot's consent page and API at " code { (simulation.url) }
            ". Nothing here leaves this machine. Its time is "
            (now.format("%Y-%m-%d %H:%M:%S")) " UTC."
        }
        div.row {
            a.button href="/inbox" { "Inbox: write as a customer, answer as an agent" }
            a.button href="/workflows" { "Workflows: enrol tickets" }
        }
        (reachability(&world))
        (mishap_card::card(&world))
        @for account in world.accounts.values() { (card(&world, account, now)) }
        (seen(&world.log.last(SHOWN_REQUESTS)))
    };
    page(StatusCode::OK, "Simulated HubSpot", &content)
}

/// Does what a button says, and shows the page again.
pub(super) fn act(simulation: &Simulation, call: &Call) -> HttpResponse {
    let (now, mut world) = (simulation.now(), simulation.world());
    let portal = call.part(3).parse::<PortalId>().ok();
    match (call.part(2), portal) {
        ("expire", Some(portal)) => {
            world.expire_access_tokens(portal, now);
        }
        ("revoke", Some(portal)) => {
            world.revoke_refresh_tokens(portal);
        }
        ("uninstall", Some(portal)) => {
            world.uninstall(portal);
        }
        ("delete-private-app", Some(portal)) => {
            world.delete_private_app(portal);
        }
        ("unreachable", None) => world.faults.add(Fault {
            until: Some(after(now, UNREACHABLE_FOR)),
            ..Fault::always(Effect::Reset)
        }),
        ("heal", None) => world.faults.clear(),
        (mishap, None) if mishap_card::act(&mut world, mishap) => {}
        _ => return ApiError::not_found("no such button").into_response(),
    }
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/"))
        .finish()
}

fn reachability(world: &World) -> Markup {
    let faults = world.faults.all().len();
    html! {
        section.card {
            h2 { "HubSpot as a whole" }
            @if faults == 0 {
                p { span.good { "Answers as it should." } }
            } @else {
                p { span.bad { "Misbehaves: " (faults) " fault(s) in force." } }
            }
            div.row {
                (page_button("unreachable", "Unreachable for a minute"))
                (page_button("heal", "Reachable again"))
            }
        }
    }
}

fn card(world: &World, account: &Account, now: DateTime<Utc>) -> Markup {
    let portal = account.portal;
    let post = |action: String, label: &str| {
        html! {
            form method="post" action=(action) {
                button type="submit" aria-label={ (label) ", " (account.name) } { (label) }
            }
        }
    };
    let button = |what, label| post(format!("/_simulator/page/{what}/{portal}"), label);
    let market = |how, label| post(format!("/marketplace/{portal}/{how}"), label);
    html! {
        section.card {
            h2 { (account.name) }
            p.soft {
                "Hub ID " (portal) ", " (account.tier.name()) ", "
                (account.hublet.name().to_uppercase()) ", " (account.kind.api_name())
            }
            @if account.private_app.is_some() {
                p { "It has a " a href={ "/private-apps/" (portal) } { "private app" } "." }
            }
            @match world.grants.installations.get(&portal) {
                None => {
                    p { "The app is not installed." }
                    div.row {
                        (market("install", "Install from the marketplace"))
                        (market("sign-in", "The same, with a sign-in to the app"))
                    }
                }
                Some(installation) => {
                    p {
                        span.good { "The app is installed" } " since "
                        (installation.installed_at.format("%H:%M:%S")) " by "
                        (account.user(installation.user).map_or("somebody", |user| user.name))
                        "; " (world.live_access_tokens(portal, now)) " access token(s) and "
                        (world.live_refresh_tokens(portal)) " refresh token(s) work."
                    }
                    div.row {
                        (button("expire", "Expire access tokens"))
                        (button("revoke", "Revoke refresh tokens"))
                        (button("uninstall", "Uninstall the app"))
                    }
                }
            }
        }
    }
}

fn seen(requests: &[SeenRequest]) -> Markup {
    html! {
        section.card {
            h2 { "The last requests, newest first" }
            @if requests.is_empty() { p.soft { "None yet." } }
            ol.seen {
                @for request in requests {
                    li {
                        span.soft { (request.at.get(11..19).unwrap_or_default()) }
                        code { (request.method) " " (request.path) }
                        span.soft {
                            @if let Some(portal) = request.portal { "account " (portal) " " }
                        }
                        @match request.status {
                            Some(status) if status < 400 => { span.good { (status) } }
                            Some(status) => { span.bad { (status) } }
                            None => { span.bad { "no answer" } }
                        }
                    }
                }
            }
        }
    }
}
