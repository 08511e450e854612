//! What happened in a thread: messages, comments, assignments, changes of status and inbox
//! (conversations API description v3, read 2026-11-22; scope `conversations.read`).

use super::page::{self, Page};
use super::request::Request;
use super::threads::{self, ThreadStatus};
use crate::domain::ids::{ChannelId, ThreadId};
use crate::domain::time::Timestamp;
use crate::hubspot::actor_id::ActorId;
use crate::hubspot::lenient;
use serde_json::Value;

/// How many items one page holds; e-mails are large.
pub const MAX_PAGE: u16 = 100;
/// Items of a page that is asked for in parts: as small as makes sense.
pub const SMALL_PAGE: u16 = 10;

/// One item of a thread's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryItem {
    /// Its id, opaque.
    pub id: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<ActorId>,
    /// By what means it was made.
    pub client: Client,
    /// Who sent it.
    pub senders: Vec<Party>,
    /// To whom it went.
    pub recipients: Vec<Party>,
    /// Deleted.
    pub is_archived: bool,
    /// What it is.
    pub content: Content,
}

/// By what means an item was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Client {
    /// HubSpot's own pages or apps.
    HubSpot,
    /// An app, by its id. Our own id tells our own messages.
    Integration(Option<i64>),
    /// HubSpot itself.
    System,
    /// Not said, or a word we do not know.
    Unknown,
}

/// A sender or a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who, where HubSpot knows.
    pub actor: Option<ActorId>,
    /// A name to show.
    pub name: Option<String>,
    /// `FROM`, `TO`, `CC`, ... of an e-mail.
    pub field: Option<String>,
    /// The address, for instance of kind `HS_EMAIL_ADDRESS`.
    pub address: Option<Address>,
}

/// Where a message is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// HubSpot's word for the kind.
    pub kind: String,
    /// The address.
    pub value: String,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A message from or to the customer.
    Message(Message),
    /// A note that only the portal's users see.
    Comment {
        /// As plain text.
        text: String,
    },
    /// The chat's greeting.
    WelcomeMessage {
        /// As plain text.
        text: String,
    },
    /// The thread was assigned; `None` is nobody.
    Assignment {
        /// From whom.
        from: Option<ActorId>,
        /// To whom.
        to: Option<ActorId>,
    },
    /// The thread was opened or closed.
    StatusChange(Option<ThreadStatus>),
    /// The thread was moved.
    InboxChange {
        /// From which inbox.
        from: Option<i64>,
        /// To which inbox.
        to: Option<i64>,
    },
    /// A kind we do not know, by HubSpot's word.
    Other(String),
}

/// A message from or to the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which way it went; `None` for a word we do not know.
    pub direction: Option<Direction>,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub rich_text: Option<String>,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// The channel.
    pub channel: Option<ChannelId>,
    /// The account of that channel.
    pub channel_account: Option<i64>,
    /// `SENT`, `FAILED`, `READ` or `RECEIVED`.
    pub delivery: Option<String>,
    /// The text is not all of it.
    pub is_truncated: bool,
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the customer.
    Incoming,
    /// To the customer.
    Outgoing,
}

/// One page of a thread's history, the newest first, from the beginning or after another page.
pub fn list(thread: ThreadId, after: Option<&str>, size: u16) -> Request<Page<HistoryItem>> {
    let path = format!("{}/messages", threads::path(thread));
    Request::get("messages.list", path, |body| page::read(body, read))
        .query("limit", size.clamp(1, MAX_PAGE))
        .query("sort", "-createdAt")
        .query_if("after", after)
}

/// One item of a thread's history.
pub fn get(thread: ThreadId, id: &str) -> Request<HistoryItem> {
    // An id is opaque; it must not lead to another path.
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    let path = format!("{}/messages/{id}", threads::path(thread));
    Request::get("messages.get", path, read)
}

pub(super) fn read(value: &Value) -> Result<HistoryItem, &'static str> {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let parties = |name: &str, field: &str| {
        let parties = value.get(name).and_then(Value::as_array);
        let parties = parties.into_iter().flatten();
        parties.map(|value| party(value, field)).collect()
    };
    Ok(HistoryItem {
        id: text("id").ok_or("an item has no id")?,
        created_at: value.get("createdAt").and_then(lenient::time),
        created_by: text("createdBy").as_deref().and_then(ActorId::read),
        client: client(value.get("client")),
        senders: parties("senders", "senderField"),
        recipients: parties("recipients", "recipientField"),
        is_archived: value.get("archived").and_then(Value::as_bool) == Some(true),
        content: content(value),
    })
}

fn client(value: Option<&Value>) -> Client {
    let text = |name: &str| value?.get(name)?.as_str();
    match text("clientType").unwrap_or_default() {
        "HUBSPOT" => Client::HubSpot,
        "SYSTEM" => Client::System,
        "INTEGRATION" => {
            let app = value.and_then(|client| client.get("integrationAppId"));
            Client::Integration(app.and_then(lenient::id))
        }
        _ => Client::Unknown,
    }
}

fn content(value: &Value) -> Content {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let words = || text("text").unwrap_or_default();
    let actor = |name: &str| text(name).as_deref().and_then(ActorId::read);
    let inbox = |name: &str| value.get(name).and_then(lenient::id);
    match text("type").unwrap_or_default().as_str() {
        "MESSAGE" => Content::Message(message(value)),
        "COMMENT" => Content::Comment { text: words() },
        "WELCOME_MESSAGE" => Content::WelcomeMessage { text: words() },
        "ASSIGNMENT" => Content::Assignment {
            from: actor("assignedFrom"),
            to: actor("assignedTo"),
        },
        "THREAD_STATUS_CHANGE" => {
            let status = text("newStatus");
            Content::StatusChange(status.as_deref().and_then(ThreadStatus::read))
        }
        "THREAD_INBOX_CHANGE" => Content::InboxChange {
            from: inbox("fromInboxId"),
            to: inbox("toInboxId"),
        },
        other => Content::Other(other.to_owned()),
    }
}

fn message(value: &Value) -> Message {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let id = |name: &str| value.get(name).and_then(lenient::id);
    Message {
        direction: match text("direction").unwrap_or_default().as_str() {
            "INCOMING" => Some(Direction::Incoming),
            "OUTGOING" => Some(Direction::Outgoing),
            _ => None,
        },
        text: text("text").unwrap_or_default(),
        rich_text: text("richText"),
        subject: text("subject"),
        channel: id("channelId").map(ChannelId),
        channel_account: id("channelAccountId"),
        delivery: value.pointer("/status/statusType").and_then(lenient::text),
        is_truncated: text("truncationStatus").is_some_and(|status| status != "NOT_TRUNCATED"),
    }
}

fn party(value: &Value, field: &str) -> Party {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let address = value.get("deliveryIdentifier");
    Party {
        actor: text("actorId").as_deref().and_then(ActorId::read),
        name: text("name"),
        field: text(field),
        address: address.and_then(|address| {
            Some(Address {
                kind: lenient::text(address.get("type")?)?,
                value: lenient::text(address.get("value")?)?,
            })
        }),
    }
}
