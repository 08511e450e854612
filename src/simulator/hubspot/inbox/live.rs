//! The part of a conversation's page that refreshes itself: who has it, and its history, newest
//! first.

use super::super::account::{Account, Owner};
use super::super::desk::actor::Actor;
use super::super::desk::thread::{Item, Status, What};
use super::conversation_page::View;
use maud::{Markup, html};

pub fn content(account: &Account, view: &View) -> Markup {
    let thread = &view.thread;
    let nobody = || "nobody".to_owned();
    let assignee = thread.assignee.map(|actor| actor_name(account, actor));
    let owner = view.ticket.as_ref().and_then(|ticket| ticket.owner());
    html! {
        div.row.tags {
            @match thread.status {
                Status::Open => { span.tag { "Open" } }
                Status::Closed => { span.tag.off { "Closed" } }
            }
            span.tag { "Conversation: " (assignee.unwrap_or_else(nobody)) }
            @if view.ticket.is_some() {
                span.tag {
                    "Ticket: " (owner.map_or_else(nobody, |owner| owner_name(account, owner)))
                }
            }
        }
        ol.history {
            @for item in thread.items.iter().rev() { (entry(account, view, item)) }
        }
        @if thread.items.is_empty() { p.soft { "Nothing was written yet." } }
    }
}

fn entry(account: &Account, view: &View, item: &Item) -> Markup {
    let at = item.at.format("%H:%M:%S");
    let is_customer = matches!(item.actor, Actor::Visitor(_));
    let who = if is_customer {
        view.customer.clone()
    } else {
        actor_name(account, item.actor)
    };
    let (_, app) = item.by.client();
    let words = |class: &str, kind: &str, text: &str| {
        html! {
            li class=(class) {
                p.soft {
                    strong { (who) } " " (kind)
                    @if app.is_some() { " through an app" }
                    " at " (at)
                }
                p.words { (text) }
            }
        }
    };
    let name = |actor: &Option<Actor>| {
        actor.map_or_else(|| "nobody".to_owned(), |actor| actor_name(account, actor))
    };
    match &item.what {
        What::Incoming(said) => words("in", "wrote", &said.text),
        What::Outgoing(said) => words("out", "answered", &said.text),
        What::Comment(said) => words("note", "noted", &said.text),
        What::Assignment(from, to) => html! {
            li.event { p.soft { (at) " assigned from " (name(from)) " to " (name(to)) " by " (who) } }
        },
        What::StatusChange(Status::Open) => html! {
            li.event { p.soft { (at) " opened by " (who) } }
        },
        What::StatusChange(Status::Closed) => html! {
            li.event { p.soft { (at) " closed by " (who) } }
        },
    }
}

/// What people call an actor.
pub fn actor_name(account: &Account, actor: Actor) -> String {
    match actor {
        Actor::Agent(id) => account
            .user(id)
            .map_or_else(|| actor.to_string(), |user| user.name.to_owned()),
        Actor::CustomerAgent(_) => "HubSpot's Customer Agent".to_owned(),
        Actor::System => "HubSpot".to_owned(),
        Actor::Integration(_) => "an app".to_owned(),
        Actor::Visitor(_) => "the customer".to_owned(),
    }
}

/// What people call an owner.
pub fn owner_name(account: &Account, id: i64) -> String {
    let owner = account.owners.iter().find(|owner| owner.id == id);
    owner.map_or_else(|| id.to_string(), full_name)
}

pub fn full_name(owner: &Owner) -> String {
    let name = format!("{} {}", owner.first_name, owner.last_name);
    name.trim().to_owned()
}
