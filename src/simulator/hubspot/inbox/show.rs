//! The routes of the inbox that show something.

use super::super::account::Account;
use super::super::api_error::ApiError;
use super::super::call::Call;
use super::super::desk::thread::Thread;
use super::super::page::{Framing, page_in};
use super::super::simulation::Simulation;
use super::super::world::World;
use super::conversation_page::View;
use super::{conversation_list, conversation_page, live};
use crate::domain::ids::{PortalId, ThreadId};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};
use std::sync::Arc;

/// The conversations of the account in the path, or of the first one.
pub fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let (now, world) = (simulation.now(), simulation.world());
    let named = call.part(1).parse::<PortalId>().ok();
    let portal = named.or_else(|| world.accounts.keys().next().copied());
    let found = portal.and_then(|portal| {
        let account = world.accounts.get(&portal)?;
        Some((account, world.desks.get(&portal)?))
    });
    let Some((account, desk)) = found else {
        return ApiError::not_found("no such account").into_response();
    };
    let content = conversation_list::content(&world, account, desk, now);
    shown("Inbox", Framing::Refreshed(3), &content)
}

/// One conversation: what can be done, around a frame with what happened.
pub fn conversation(simulation: &Simulation, call: &Call) -> HttpResponse {
    let mut world = simulation.world();
    match seen(&mut world, call) {
        Some((account, view)) => {
            let content = conversation_page::content(account, &view, &call.query_fields());
            shown(&view.customer, Framing::Frames, &content)
        }
        None => missing(),
    }
}

/// The frame: status and history, refreshed every two seconds.
pub fn history(simulation: &Simulation, call: &Call) -> HttpResponse {
    let mut world = simulation.world();
    match seen(&mut world, call) {
        Some((account, view)) => {
            let content = live::content(account, &view);
            shown(&view.customer, Framing::Framed(2), &content)
        }
        None => missing(),
    }
}

fn seen<'a>(world: &'a mut World, call: &Call) -> Option<(&'a Account, View)> {
    let portal = call.part(1).parse::<PortalId>().ok()?;
    let id = call.part(2).parse::<ThreadId>().ok()?;
    let desk = world.desks.get_mut(&portal)?;
    let thread: Arc<Thread> = desk.thread(id).ok()?;
    let ticket = thread.ticket.and_then(|ticket| desk.ticket(ticket).ok());
    let contact = desk.contact(thread.contact);
    let customer = contact.map_or_else(|| "A customer".to_owned(), |known| known.name.clone());
    let account = world.accounts.get(&portal)?;
    let console_url = format!(
        "{}/console/portals/{portal}/conversations/{id}",
        world.app.service_url
    );
    Some((
        account,
        View {
            console_url,
            thread,
            ticket,
            customer,
        },
    ))
}

fn missing() -> HttpResponse {
    let content = html! {
        h1 { "No such conversation" }
        p { "It may have been erased. " a href="/inbox" { "All conversations" } }
    };
    page_in(StatusCode::NOT_FOUND, "Inbox", Framing::Alone, &content)
}

fn shown(title: &str, framing: Framing, content: &Markup) -> HttpResponse {
    page_in(StatusCode::OK, title, framing, content)
}
