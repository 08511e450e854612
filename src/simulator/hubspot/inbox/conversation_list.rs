//! The list of an account's conversations, the one with the newest words first.

use super::super::account::Account;
use super::super::desk::records::Desk;
use super::super::desk::thread::{Status, Thread, What};
use super::super::world::World;
use super::live::{actor_name, owner_name};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

const SHOWN: usize = 100;
/// A longer text is cut.
const SHOWN_LETTERS: usize = 90;

pub fn content(world: &World, account: &Account, desk: &Desk, now: DateTime<Utc>) -> Markup {
    let mut threads: Vec<&Thread> = desk.threads_as_of(now).map(AsRef::as_ref).collect();
    threads.sort_by_key(|thread| {
        let at = thread.last_message_at().unwrap_or(thread.created_at);
        let is_open = thread.status == Status::Open && !thread.is_archived;
        std::cmp::Reverse((is_open, at))
    });
    let portal = account.portal;
    let is_installed = world.grants.installations.contains_key(&portal);
    html! {
        nav.soft { a href="/" { "Simulated HubSpot" } " / Inbox" }
        h1 { (account.name) }
        p.soft {
            @if is_installed { "Every change is told to the app by webhook." }
            @else { "The app is not installed here, so nothing is told to it." }
        }
        div.tabs {
            @for other in world.accounts.values() {
                @if other.portal == portal { span.here { (other.name) } }
                @else { a href={ "/inbox/" (other.portal) } { (other.name) } }
            }
        }
        p { a.button href={ "/inbox/" (portal) "/new" } { "Write as a new customer" } }
        @if threads.is_empty() { p.soft { "No conversations yet." } }
        ol.threads {
            @for thread in threads.into_iter().take(SHOWN) { (row(account, desk, thread)) }
        }
    }
}

fn row(account: &Account, desk: &Desk, thread: &Thread) -> Markup {
    let contact = desk.contact(thread.contact);
    let ticket = thread.ticket.and_then(|id| desk.known_ticket(id));
    let owner = ticket.as_ref().and_then(|ticket| ticket.owner());
    html! {
        li {
            a href={ "/inbox/" (account.portal) "/" (thread.id) } {
                strong { (contact.map_or("A customer", |contact| contact.name.as_str())) }
                span.soft { " " (thread.id) }
                span.soft { " " (last_words(thread)) }
            }
            div.row.tags {
                @match thread.status {
                    Status::Open => { span.tag { "Open" } }
                    Status::Closed => { span.tag.off { "Closed" } }
                }
                @if thread.is_archived { span.tag.off { "In the archive" } }
                @if let Some(actor) = thread.assignee {
                    span.tag { "Conversation: " (actor_name(account, actor)) }
                }
                @if let Some(owner) = owner {
                    span.tag { "Ticket: " (owner_name(account, owner)) }
                }
                @if thread.assignee.is_none() && owner.is_none() { span.tag.off { "Nobody's" } }
            }
        }
    }
}

fn last_words(thread: &Thread) -> String {
    let mut newest_first = thread.items.iter().rev();
    let words = newest_first.find_map(|item| match &item.what {
        What::Incoming(words) | What::Outgoing(words) => Some(&words.text),
        What::Comment(_) | What::Assignment(..) | What::StatusChange(_) => None,
    });
    let Some(words) = words else {
        return "no messages yet".to_owned();
    };
    let mut shown: String = words.chars().take(SHOWN_LETTERS).collect();
    if shown.len() < words.len() {
        shown.push('…');
    }
    shown
}
