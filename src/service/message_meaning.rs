//! What an item of a conversation's history means, by who sent it and by what means, never by its
//! words: the customer's message, a person's answer, the AI's own, another AI's, or nothing.

use crate::domain::decide::Fact;
use crate::domain::ids::ThreadId;
use crate::domain::time::Timestamp;
use crate::hubspot::actor_id::ActorId;
use crate::hubspot::api::messages::{Client, Content, Direction, HistoryItem, Message};
use std::collections::BTreeSet;

/// How the AI's own messages are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AiSender {
    /// The user id of the teammate it sends as.
    pub user: Option<i64>,
    /// The apps through which it sends: our own, and those the portal named.
    pub apps: BTreeSet<i64>,
}

/// The fact an item tells. Notes, greetings, assignments and what HubSpot itself writes tell none.
/// `announced_at` stands in where the item has no time.
pub fn fact(
    thread: ThreadId,
    item: &HistoryItem,
    announced_at: Timestamp,
    ai: &AiSender,
) -> Option<Fact> {
    let message = match &item.content {
        Content::Message(message) => message,
        Content::Comment { .. }
        | Content::WelcomeMessage { .. }
        | Content::Assignment { .. }
        | Content::StatusChange(_)
        | Content::InboxChange { .. }
        | Content::Other(_) => return None,
    };
    let at = item.created_at.unwrap_or(announced_at);
    match author(item, message, ai) {
        Author::Customer => Some(Fact::CustomerWrote {
            thread,
            message_id: item.id.clone(),
            at,
        }),
        Author::Person(actor) => Some(Fact::PersonReplied { thread, actor, at }),
        Author::Ai => Some(Fact::AiReplied { thread, at }),
        Author::OtherAi => Some(Fact::OtherAiWrote { thread, at }),
        Author::System => None,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Author {
    Customer,
    Person(String),
    Ai,
    OtherAi,
    System,
}

fn author(item: &HistoryItem, message: &Message, ai: &AiSender) -> Author {
    let sender = item.senders.iter().find_map(|party| party.actor.as_ref());
    // A message is sent as somebody; who made it says more only where that is not told.
    let actor = sender.or(item.created_by.as_ref());
    let is_from_outside = matches!(actor, Some(ActorId::Visitor(_) | ActorId::Email(_)));
    match message.direction {
        Some(Direction::Incoming) => return Author::Customer,
        Some(Direction::Outgoing) => {}
        None if is_from_outside => return Author::Customer,
        None => {}
    }
    let came_through_ais_app = match &item.client {
        Client::Integration(app) => app.is_some_and(|app| ai.apps.contains(&app)),
        Client::HubSpot | Client::System | Client::Unknown => false,
    };
    match actor {
        Some(ActorId::User(user)) if came_through_ais_app && ai.user == Some(*user) => Author::Ai,
        Some(ActorId::System(_)) => Author::System,
        Some(ActorId::Integration(_) | ActorId::CustomerAgent(_) | ActorId::Unknown(_)) => {
            Author::OtherAi
        }
        Some(ActorId::User(_) | ActorId::Visitor(_) | ActorId::Email(_)) | None => {
            typed(actor, &item.client)
        }
    }
}

/// An outgoing message of a teammate, of an address (a mail program beside HubSpot), or of nobody
/// in particular. In doubt a person typed it.
fn typed(actor: Option<&ActorId>, client: &Client) -> Author {
    match client {
        // Sent in a teammate's name, and typed by nobody: only another program's answer.
        Client::Integration(_) => Author::OtherAi,
        // HubSpot's own: a confirmation, an automatic reply.
        Client::System => Author::System,
        Client::HubSpot | Client::Unknown => {
            Author::Person(actor.map_or_else(|| "unknown".to_owned(), ActorId::to_string))
        }
    }
}

#[cfg(test)]
mod tests;
