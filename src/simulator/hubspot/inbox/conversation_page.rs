//! One conversation: its history in a frame, and forms for the customer, the agents and the admin.
//! The forms are outside the frame, so that its refreshing never takes away what somebody types.

use super::super::account::{Account, OwnerKind, User};
use super::super::call::Fields;
use super::super::desk::actor::Actor;
use super::super::desk::thread::{Status, Thread};
use super::super::desk::ticket::Ticket;
use super::live::full_name;
use crate::simulator::demo_world::AI_SENDER_USER_ID;
use maud::{Markup, html};
use std::sync::Arc;

/// What is shown.
pub struct View {
    pub thread: Arc<Thread>,
    pub ticket: Option<Arc<Ticket>>,
    pub customer: String,
    /// The app's own page about it.
    pub console_url: String,
}

pub fn content(account: &Account, view: &View, query: &Fields) -> Markup {
    let here = format!("/inbox/{}/{}", account.portal, view.thread.id);
    html! {
        nav.soft { a href="/" { "Simulated HubSpot" } " / " a href={ "/inbox/" (account.portal) } { "Inbox" } }
        h1 { (view.customer) }
        p.soft {
            "Conversation " (view.thread.id)
            @if let Some(ticket) = view.thread.ticket { ", ticket " (ticket) }
            ", " (account.name) ". "
            a href=(view.console_url) target="_blank" rel="noopener" { "Who may answer, in Baton's console" }
        }
        @if let Some(refused) = query.get("refused") { p.bad role="alert" { (refused) } }
        div.beside {
            iframe.live src={ (here) "/live" } title="What happened, newest first" {}
            div {
                (customer(&here))
                (agent(account, &here, view, query))
                (assign(account, &here, view))
                (status(&here, &view.thread))
            }
        }
    }
}

fn customer(here: &str) -> Markup {
    html! {
        form.card method="post" action={ (here) "/customer" } {
            h2 { "Write as the customer" }
            textarea name="text" rows="2" required aria-label="The customer's message" {}
            div.row { button.main type="submit" { "Send as the customer" } }
        }
    }
}

fn agent(account: &Account, here: &str, view: &View, query: &Fields) -> Markup {
    let last = query.get("agent").and_then(|id| id.parse().ok());
    html! {
        form.card method="post" action={ (here) "/agent" } {
            h2 { "Answer as an agent" }
            label { "Agent "
                select name="user" {
                    @for user in agents(account) {
                        option value=(user.id) selected[last == Some(user.id)] { (user.name) }
                    }
                }
            }
            textarea name="text" rows="2" required aria-label="The agent's words" {}
            @if view.ticket.is_some() {
                label.pick {
                    input type="checkbox" name="take" value="yes";
                    span { "Take the ticket by it, as Help Desk does" }
                }
            }
            div.row {
                button.main type="submit" name="as" value="reply" { "Send to the customer" }
                button type="submit" name="as" value="note" { "Add an internal note" }
            }
        }
    }
}

fn assign(account: &Account, here: &str, view: &View) -> Markup {
    let assignee = view.thread.assignee;
    let owner = view.ticket.as_ref().and_then(|ticket| ticket.owner());
    let can_own = account.owners.iter().filter(|owner| match owner.kind {
        OwnerKind::Person(_) | OwnerKind::Queue => true,
        OwnerKind::Archived(_) => false,
    });
    html! {
        section.card {
            h2 { "Assign" }
            form.row method="post" action={ (here) "/assign" } {
                label { "Conversation "
                    select name="to" {
                        option value="" selected[assignee.is_none()] { "Nobody" }
                        @for user in &account.users {
                            option value=(user.id)
                                selected[assignee == Some(Actor::Agent(user.id))] {
                                (user.name)
                                @if user.id == AI_SENDER_USER_ID { " (AI)" }
                            }
                        }
                        option value="customer-agent"
                            selected[matches!(assignee, Some(Actor::CustomerAgent(_)))] {
                            "HubSpot's Customer Agent"
                        }
                    }
                }
                button type="submit" { "Assign" }
            }
            @if view.ticket.is_some() {
                form.row method="post" action={ (here) "/own" } {
                    label { "Ticket "
                        select name="owner" {
                            option value="" selected[owner.is_none()] { "Nobody" }
                            @for one in can_own {
                                option value=(one.id) selected[owner == Some(one.id)] {
                                    (full_name(one))
                                    @if one.kind == OwnerKind::Person(AI_SENDER_USER_ID) { " (AI)" }
                                    @if one.kind == OwnerKind::Queue { " (queue)" }
                                }
                            }
                        }
                    }
                    button type="submit" { "Assign" }
                }
            }
        }
    }
}

fn status(here: &str, thread: &Thread) -> Markup {
    let (action, label) = match thread.status {
        Status::Open => ("close", "Close the conversation"),
        Status::Closed => ("reopen", "Open it again"),
    };
    let (move_it, moving) = match thread.is_archived {
        false => ("archive", "Put it into the archive"),
        true => ("restore", "Take it out of the archive"),
    };
    html! {
        form.row method="post" action={ (here) "/" (action) } {
            button type="submit" { (label) }
        }
        form.row method="post" action={ (here) "/" (move_it) } {
            button type="submit" { (moving) }
        }
    }
}

/// People first; the AI's seat last, since a person seldom uses it.
fn agents(account: &Account) -> Vec<&User> {
    let mut agents: Vec<&User> = account.users.iter().collect();
    agents.sort_by_key(|user| (user.id == AI_SENDER_USER_ID, user.name));
    agents
}
