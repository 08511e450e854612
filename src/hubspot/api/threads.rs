//! Conversations, which HubSpot calls threads (conversations API description v3, read 2026-11-22;
//! scope `conversations.read`).

use super::page::{self, Page};
use super::request::Request;
use crate::domain::ids::{ChannelId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use crate::hubspot::actor_id::ActorId;
use crate::hubspot::lenient;
use serde_json::Value;

/// HubSpot's largest page.
pub const MAX_PAGE: u16 = 500;

const PATH: &str = "conversations/v3/conversations/threads";

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Open or closed; `None` for a word we do not know.
    pub status: Option<ThreadStatus>,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it was closed last.
    pub closed_at: Option<Timestamp>,
    /// The newest message, in either direction.
    pub latest_message_at: Option<Timestamp>,
    /// The newest message of the customer.
    pub latest_received_at: Option<Timestamp>,
    /// The newest message to the customer.
    pub latest_sent_at: Option<Timestamp>,
    /// Whom it is assigned to; `None`: nobody.
    pub assigned_to: Option<ActorId>,
    /// The channel it began on.
    pub channel: Option<ChannelId>,
    /// The account of that channel, for instance one of several mailboxes.
    pub channel_account: Option<i64>,
    /// The inbox or help desk.
    pub inbox: Option<i64>,
    /// The customer.
    pub contact: Option<i64>,
    /// The ticket, if the request asked for it.
    pub ticket: Option<TicketId>,
    /// Filtered as spam.
    pub is_spam: bool,
    /// In the trash, for 30 days.
    pub is_archived: bool,
}

/// Open or closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadStatus {
    /// Open.
    Open,
    /// Closed.
    Closed,
}

/// Which threads a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadFilter {
    /// Those with a message since then, in the order of their newest message.
    MessageSince(Timestamp),
    /// Those of a ticket.
    OfTicket(TicketId),
    /// Those of a contact that are open, or closed.
    OfContact(i64, ThreadStatus),
    /// Those of an inbox, in the order of their ids.
    OfInbox(i64),
}

impl Thread {
    /// True if it is open and not in the archive.
    pub fn is_open(&self) -> bool {
        self.status == Some(ThreadStatus::Open) && !self.is_archived
    }
}

impl ThreadStatus {
    /// HubSpot's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        match text {
            "OPEN" => Some(Self::Open),
            "CLOSED" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// One thread, with its ticket.
pub fn get(thread: ThreadId) -> Request<Thread> {
    Request::get("threads.get", format!("{PATH}/{thread}"), read).query("association", "TICKET")
}

/// One page of threads, with their tickets, from the beginning or after another page.
pub fn list(filter: ThreadFilter, after: Option<&str>) -> Request<Page<Thread>> {
    let request = Request::get("threads.list", PATH, |body| page::read(body, read))
        .query("association", "TICKET")
        .query("limit", MAX_PAGE)
        .query_if("after", after);
    match filter {
        // HubSpot asks for both, or for neither.
        ThreadFilter::MessageSince(at) => request
            .query("sort", "latestMessageTimestamp")
            .query("latestMessageTimestampAfter", at),
        ThreadFilter::OfTicket(ticket) => request.query("associatedTicketId", ticket),
        ThreadFilter::OfContact(contact, status) => request
            .query("associatedContactId", contact)
            .query("threadStatus", status.name()),
        ThreadFilter::OfInbox(inbox) => request.query("inboxId", inbox).query("sort", "id"),
    }
}

pub(super) fn path(thread: ThreadId) -> String {
    format!("{PATH}/{thread}")
}

pub(super) fn read(value: &Value) -> Result<Thread, &'static str> {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let id = |name: &str| value.get(name).and_then(lenient::id);
    let time = |name: &str| value.get(name).and_then(lenient::time);
    let is = |name: &str| value.get(name).and_then(Value::as_bool) == Some(true);
    let ticket = value.pointer("/threadAssociations/associatedTicketId");
    Ok(Thread {
        id: id("id").map(ThreadId).ok_or("a thread has no id")?,
        status: text("status").as_deref().and_then(ThreadStatus::read),
        created_at: time("createdAt"),
        closed_at: time("closedAt"),
        latest_message_at: time("latestMessageTimestamp"),
        latest_received_at: time("latestMessageReceivedTimestamp"),
        latest_sent_at: time("latestMessageSentTimestamp"),
        assigned_to: text("assignedTo").as_deref().and_then(ActorId::read),
        channel: id("originalChannelId").map(ChannelId),
        channel_account: id("originalChannelAccountId"),
        inbox: id("inboxId"),
        contact: id("associatedContactId"),
        ticket: ticket.and_then(lenient::id).map(TicketId),
        is_spam: is("spam"),
        is_archived: is("archived"),
    })
}
