//! What the buttons of the inbox do; then the page is shown again.

use super::super::account::{Account, OwnerKind};
use super::super::api_error::ApiError;
use super::super::call::{Call, Fields};
use super::super::deed::{Assignee, Deed, Hand};
use super::super::page::{Framing, page_in};
use super::super::refused::Refused;
use super::super::simulation::Simulation;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use maud::html;
use url::form_urlencoded::byte_serialize;

/// A form for a customer who has not written before.
pub fn ask_for_new(simulation: &Simulation, call: &Call) -> HttpResponse {
    let portal = call.part(1).parse::<PortalId>().ok();
    let world = simulation.world();
    let Some(account) = portal.and_then(|portal| world.accounts.get(&portal)) else {
        return ApiError::not_found("no such account").into_response();
    };
    let content = html! {
        nav.soft { a href={ "/inbox/" (account.portal) } { "Inbox" } }
        h1 { "A customer writes to " (account.name) }
        form.card method="post" action={ "/inbox/" (account.portal) "/new" } {
            label { "Name " input type="text" name="customer" value="Casey Customer" required; }
            textarea name="text" rows="3" required aria-label="The first message" {}
            label.pick {
                input type="checkbox" name="ticket" value="yes" checked;
                span { "Help Desk opens a ticket for it" }
            }
            div.row { button.main type="submit" { "Begin the conversation" } }
        }
    };
    page_in(StatusCode::OK, "New conversation", Framing::Alone, &content)
}

/// Begins it.
pub fn begin(simulation: &Simulation, call: &Call) -> HttpResponse {
    let (Ok(portal), Ok(form)) = (call.part(1).parse::<PortalId>(), call.form()) else {
        return ApiError::invalid("a form is expected").into_response();
    };
    let text = |name: &str| form.get(name).unwrap_or_default().trim().to_owned();
    let customer = Some(text("customer")).filter(|name| !name.is_empty());
    let deed = Deed::Begin {
        customer: customer.unwrap_or_else(|| "Casey Customer".to_owned()),
        text: text("text"),
        opens_ticket: form.get("ticket").is_some(),
    };
    let now = simulation.now();
    match simulation.world().carry_out(portal, &deed, now) {
        Ok(done) => {
            let thread = done.thread.map_or_else(String::new, |id| format!("/{id}"));
            see(&format!("/inbox/{portal}{thread}"))
        }
        Err(refused) => ApiError::invalid(&refused.to_string()).into_response(),
    }
}

/// Does what a button of a conversation's page says.
pub fn press(simulation: &Simulation, call: &Call) -> HttpResponse {
    let place = (call.part(1).parse(), call.part(2).parse());
    let ((Ok(portal), Ok(thread)), Ok(form)) = (place, call.form()) else {
        return ApiError::invalid("a form is expected").into_response();
    };
    let now = simulation.now();
    let mut world = simulation.world();
    let deeds = {
        let ticket = world.desks.get_mut(&portal);
        let ticket = ticket.and_then(|desk| desk.thread(thread).ok()?.ticket);
        let Some(account) = world.accounts.get(&portal) else {
            return ApiError::not_found("no such account").into_response();
        };
        let pressed = Pressed {
            account,
            thread,
            ticket,
            form: &form,
        };
        pressed.deeds(call.part(3))
    };
    let Some(deeds) = deeds else {
        return ApiError::not_found("no such button").into_response();
    };
    let done: Result<Vec<_>, Refused> = deeds
        .iter()
        .map(|deed| world.carry_out(portal, deed, now))
        .collect();
    let mut page = format!("/inbox/{portal}/{thread}?agent=");
    page.extend(byte_serialize(
        form.get("user").unwrap_or_default().as_bytes(),
    ));
    if let Err(refused) = done {
        page.push_str("&refused=");
        page.extend(byte_serialize(refused.to_string().as_bytes()));
    }
    see(&page)
}

struct Pressed<'a> {
    account: &'a Account,
    thread: ThreadId,
    ticket: Option<TicketId>,
    form: &'a Fields,
}

impl Pressed<'_> {
    /// What the button means; `None` if there is no such button.
    fn deeds(&self, button: &str) -> Option<Vec<Deed>> {
        let thread = self.thread;
        let by = Hand::Admin;
        let deed = match button {
            "customer" => Deed::CustomerWrites {
                thread,
                text: self.text(),
            },
            "agent" => return Some(self.agent()),
            "assign" => {
                let to = match self.form.get("to") {
                    None => Assignee::Nobody,
                    Some("customer-agent") => Assignee::CustomerAgent,
                    Some(user) => Assignee::User(user.parse().ok()?),
                };
                Deed::AssignThread { thread, to, by }
            }
            "own" => Deed::AssignTicket {
                ticket: self.ticket?,
                owner: self.form.get("owner").map(str::parse).transpose().ok()?,
                by,
            },
            "close" => Deed::Close { thread, by },
            "reopen" => Deed::Reopen { thread, by },
            "archive" => Deed::Archive { thread },
            "restore" => Deed::Restore { thread },
            _ => return None,
        };
        Some(vec![deed])
    }

    fn agent(&self) -> Vec<Deed> {
        let (thread, text) = (self.thread, self.text());
        let user = self.form.get("user").and_then(|id| id.parse().ok());
        let user: i64 = user.unwrap_or_default();
        if self.form.get("as") == Some("note") {
            return vec![Deed::Note { thread, user, text }];
        }
        let mut deeds = vec![Deed::AgentReplies { thread, user, text }];
        let mut owners = self.account.owners.iter();
        let owner = owners.find(|owner| owner.kind == OwnerKind::Person(user));
        if let (Some("yes"), Some(ticket), Some(owner)) =
            (self.form.get("take"), self.ticket, owner)
        {
            deeds.push(Deed::AssignTicket {
                ticket,
                owner: Some(owner.id),
                by: Hand::User(user),
            });
        }
        deeds
    }

    fn text(&self) -> String {
        self.form.get("text").unwrap_or_default().trim().to_owned()
    }
}

fn see(page: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, page))
        .finish()
}
