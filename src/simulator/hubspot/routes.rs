//! The table of routes.

use super::api_error::ApiError;
use super::call::Call;
use super::conversations::{actors, assignee, list_threads, messages, send_message, threads};
use super::inbox::{press, show};
use super::simulation::Simulation;
use super::tickets::{associations, change, read, read_batch, search};
use super::workflows::{self, callbacks};
use super::{
    account_info, consent, control, control_desk, front_page, introspect, legacy_tokens,
    marketplace, owners, private_app_page, private_apps, revoke, teams, token_endpoint, uninstall,
};
use actix_web::HttpResponse;

type Handler = fn(&Simulation, &Call) -> HttpResponse;

/// Method, path and handler. `{}` stands for any one part.
const ROUTES: &[(&str, &str, Handler)] = &[
    ("GET", "/", front_page::show),
    ("GET", "/workflows", workflows::show::show),
    ("GET", "/workflows/live", workflows::live::show),
    ("POST", "/workflows/enroll", workflows::press::enroll),
    ("POST", "/workflows/pass", workflows::press::pass),
    ("GET", "/inbox", show::list),
    ("GET", "/inbox/{}", show::list),
    ("GET", "/inbox/{}/new", press::ask_for_new),
    ("POST", "/inbox/{}/new", press::begin),
    ("GET", "/inbox/{}/{}", show::conversation),
    ("GET", "/inbox/{}/{}/live", show::history),
    ("POST", "/inbox/{}/{}/{}", press::press),
    ("GET", "/private-apps/{}", private_app_page::show),
    ("POST", "/marketplace/{}/install", marketplace::install),
    ("POST", "/marketplace/{}/sign-in", marketplace::sign_in),
    ("GET", "/marketplace/{}/finalize", marketplace::finalize),
    ("GET", "/marketplace/{}/done", marketplace::done),
    ("GET", "/oauth/authorize", consent::show),
    ("POST", "/oauth/authorize", consent::decide),
    ("GET", "/oauth/{}/authorize", consent::show),
    ("POST", "/oauth/{}/authorize", consent::decide),
    ("POST", "/oauth/2026-03/token", token_endpoint::exchange),
    ("POST", "/oauth/v3/token", token_endpoint::exchange),
    ("POST", "/oauth/v1/token", token_endpoint::exchange),
    (
        "POST",
        "/oauth/2026-03/token/introspect",
        introspect::introspect,
    ),
    ("POST", "/oauth/v3/token/introspect", introspect::introspect),
    ("POST", "/oauth/2026-03/token/revoke", revoke::revoke),
    ("POST", "/oauth/v3/token/revoke", revoke::revoke),
    (
        "GET",
        "/oauth/v1/access-tokens/{}",
        legacy_tokens::of_access_token,
    ),
    (
        "GET",
        "/oauth/v1/refresh-tokens/{}",
        legacy_tokens::of_refresh_token,
    ),
    (
        "DELETE",
        "/oauth/v1/refresh-tokens/{}",
        legacy_tokens::delete_refresh_token,
    ),
    (
        "POST",
        "/oauth/v2/private-apps/get/access-token-info",
        private_apps::token_info,
    ),
    (
        "DELETE",
        "/appinstalls/2026-03/external-install",
        uninstall::uninstall,
    ),
    (
        "DELETE",
        "/appinstalls/v3/external-install",
        uninstall::uninstall,
    ),
    ("GET", "/crm/owners/2026-03", owners::list),
    ("GET", "/crm/v3/owners", owners::list),
    ("GET", "/crm/owners/2026-03/{}", owners::show),
    ("GET", "/crm/v3/owners/{}", owners::show),
    (
        "GET",
        "/account-info/2026-03/details",
        account_info::details,
    ),
    ("GET", "/account-info/v3/details", account_info::details),
    ("GET", "/settings/users/2026-03/teams", teams::list),
    ("GET", "/settings/v3/users/teams", teams::list),
    (
        "GET",
        "/conversations/v3/conversations/threads",
        list_threads::list,
    ),
    (
        "GET",
        "/conversations/v3/conversations/threads/{}",
        threads::show,
    ),
    (
        "PATCH",
        "/conversations/v3/conversations/threads/{}",
        threads::change,
    ),
    (
        "DELETE",
        "/conversations/v3/conversations/threads/{}",
        threads::archive,
    ),
    (
        "GET",
        "/conversations/v3/conversations/threads/{}/messages",
        messages::list,
    ),
    (
        "POST",
        "/conversations/v3/conversations/threads/{}/messages",
        send_message::send,
    ),
    (
        "GET",
        "/conversations/v3/conversations/threads/{}/messages/{}",
        messages::show,
    ),
    (
        "PUT",
        "/conversations/conversations/v3/threads/{}/assignee",
        assignee::assign,
    ),
    (
        "DELETE",
        "/conversations/conversations/v3/threads/{}/assignee",
        assignee::unassign,
    ),
    (
        "POST",
        "/conversations/v3/conversations/threads/{}/assignee",
        assignee::assign,
    ),
    (
        "DELETE",
        "/conversations/v3/conversations/threads/{}/assignee",
        assignee::unassign,
    ),
    (
        "GET",
        "/conversations/v3/conversations/actors/{}",
        actors::show,
    ),
    (
        "POST",
        "/conversations/v3/conversations/actors/batch/read",
        actors::read_batch,
    ),
    (
        "POST",
        "/automation/actions/callbacks/2026-03/{}/complete",
        callbacks::complete,
    ),
    (
        "POST",
        "/automation/v4/actions/callbacks/{}/complete",
        callbacks::complete,
    ),
    (
        "POST",
        "/automation/actions/callbacks/2026-03/complete",
        callbacks::complete_batch,
    ),
    (
        "POST",
        "/automation/v4/actions/callbacks/complete",
        callbacks::complete_batch,
    ),
    ("GET", "/crm/objects/2026-03/tickets", read::list),
    ("GET", "/crm/v3/objects/tickets", read::list),
    ("GET", "/crm/objects/2026-03/tickets/{}", read::show),
    ("GET", "/crm/v3/objects/tickets/{}", read::show),
    ("PATCH", "/crm/objects/2026-03/tickets/{}", change::change),
    ("PATCH", "/crm/v3/objects/tickets/{}", change::change),
    (
        "POST",
        "/crm/objects/2026-03/tickets/batch/read",
        read_batch::read_batch,
    ),
    (
        "POST",
        "/crm/objects/2026-03/tickets/search",
        search::search,
    ),
    (
        "POST",
        "/crm/v3/objects/tickets/batch/read",
        read_batch::read_batch,
    ),
    (
        "GET",
        "/crm/v4/objects/tickets/{}/associations/{}",
        associations::list,
    ),
    (
        "GET",
        "/crm/objects/2026-03/tickets/{}/associations/{}",
        associations::list,
    ),
    ("GET", "/_simulator/portals", control::portals),
    ("POST", "/_simulator/portals/{}/{}", control::on_portal),
    ("GET", "/_simulator/faults", control::faults),
    ("POST", "/_simulator/faults", control::add_fault),
    ("DELETE", "/_simulator/faults", control::clear_faults),
    ("GET", "/_simulator/requests", control::requests),
    ("DELETE", "/_simulator/requests", control::clear_requests),
    ("GET", "/_simulator/counters", control::counters),
    ("GET", "/_simulator/clock", control::clock),
    ("POST", "/_simulator/clock", control::advance_clock),
    (
        "POST",
        "/_simulator/redirect-urls",
        control::add_redirect_url,
    ),
    ("GET", "/_simulator/workflows", workflows::press::all),
    ("POST", "/_simulator/workflows", workflows::press::publish),
    (
        "POST",
        "/_simulator/enrollments",
        workflows::press::enroll_all,
    ),
    ("POST", "/_simulator/desk/{}", control_desk::carry_out),
    (
        "POST",
        "/_simulator/desk/{}/untold",
        control_desk::carry_out_untold,
    ),
    (
        "GET",
        "/_simulator/desk/{}/threads/{}",
        control_desk::know_thread,
    ),
    (
        "GET",
        "/_simulator/desk/{}/tickets/{}",
        control_desk::know_ticket,
    ),
    ("POST", "/_simulator/lag/{}", control_desk::lag),
    ("GET", "/_simulator/webhooks", control_desk::webhooks),
    (
        "DELETE",
        "/_simulator/webhooks",
        control_desk::clear_webhooks,
    ),
    ("POST", "/_simulator/webhooks/hold", control_desk::hold),
    (
        "POST",
        "/_simulator/webhooks/release",
        control_desk::release,
    ),
    (
        "GET",
        "/_simulator/disturbances",
        control_desk::disturbances,
    ),
    (
        "POST",
        "/_simulator/disturbances",
        control_desk::add_disturbance,
    ),
    (
        "DELETE",
        "/_simulator/disturbances",
        control_desk::clear_disturbances,
    ),
    ("POST", "/_simulator/reset", control::reset),
    ("POST", "/_simulator/page/{}", front_page::act),
    ("POST", "/_simulator/page/{}/{}", front_page::act),
];

/// Answers by the table; unknown paths 404, other methods 405.
pub(super) fn answer(simulation: &Simulation, call: &Call) -> HttpResponse {
    if is_from_another_site(call) {
        let message = "only this page's own forms and programs may do that";
        return ApiError::forbidden(message).into_response();
    }
    let mut here = ROUTES.iter().filter(|(_, path, _)| fits(path, &call.path));
    let method = call.method.as_str();
    match here.clone().find(|(of, _, _)| *of == method) {
        Some((_, _, handler)) => handler(simulation, call),
        None if here.next().is_some() => ApiError::method_not_allowed().into_response(),
        None => ApiError::not_found("resource not found").into_response(),
    }
}

/// A browser says so of requests that another site's page caused. Reading is free.
fn is_from_another_site(call: &Call) -> bool {
    call.method != "GET" && call.header("sec-fetch-site") == Some("cross-site")
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    let all_fit = pattern.split('/').all(|wanted| {
        let part = parts.next();
        part == Some(wanted) || (wanted == "{}" && part.is_some_and(|part| !part.is_empty()))
    });
    all_fit && parts.next().is_none()
}
