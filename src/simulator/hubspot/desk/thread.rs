//! A conversation and its history.

use super::actor::Actor;
use super::doer::By;
use crate::domain::ids::{ThreadId, TicketId};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use uuid::Uuid;

/// A conversation.
#[derive(Clone, Debug)]
pub struct Thread {
    pub id: ThreadId,
    /// The customer.
    pub contact: i64,
    /// The ticket it belongs to.
    pub ticket: Option<TicketId>,
    pub channel: Channel,
    pub status: Status,
    pub assignee: Option<Actor>,
    pub is_archived: bool,
    pub created_at: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// Oldest first.
    pub items: Vec<Arc<Item>>,
}

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Open,
    Closed,
}

impl Status {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }

    /// Reads it as the API writes it.
    pub fn read(text: &str) -> Option<Self> {
        [Self::Open, Self::Closed]
            .into_iter()
            .find(|status| status.name() == text)
    }
}

/// Where the customer writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Chat,
    Email,
}

impl Channel {
    /// HubSpot's id of it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Chat => "1000",
            Self::Email => "1002",
        }
    }

    /// The account's own connection to it.
    pub const fn account(self) -> &'static str {
        match self {
            Self::Chat => "424001",
            Self::Email => "424002",
        }
    }
}

/// One entry of a history.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    pub at: DateTime<Utc>,
    /// Whose words or deed it is.
    pub actor: Actor,
    /// By whose hand it came.
    pub by: By,
    pub what: What,
}

impl Item {
    /// A new entry.
    pub fn new(at: DateTime<Utc>, actor: Actor, by: By, what: What) -> Self {
        Self {
            id: Uuid::new_v4().simple().to_string(),
            at,
            actor,
            by,
            what,
        }
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// From the customer.
    Incoming(Words),
    /// To the customer.
    Outgoing(Words),
    /// An internal note.
    Comment(Words),
    /// From one to another.
    Assignment(Option<Actor>, Option<Actor>),
    StatusChange(Status),
}

/// What somebody wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub text: String,
    pub rich_text: Option<String>,
}

impl Words {
    pub fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            rich_text: None,
        }
    }
}

impl Thread {
    /// When a message of this kind was last written.
    pub fn last(&self, is_meant: fn(&What) -> bool) -> Option<DateTime<Utc>> {
        let mut newest_first = self.items.iter().rev();
        newest_first
            .find(|item| is_meant(&item.what))
            .map(|item| item.at)
    }

    /// When the customer was last written to, or wrote.
    pub fn last_message_at(&self) -> Option<DateTime<Utc>> {
        self.last(|what| matches!(what, What::Incoming(_) | What::Outgoing(_)))
    }
}
