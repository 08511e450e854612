//! What an event tells, by its subscription type (page "Webhooks", read 2026-11-22).

use super::assignee::{Assignee, TicketOwner};
use super::association;
use super::changed_by::ChangedBy;
use super::fields::{Fields, Unusable};
use crate::domain::ids::{ThreadId, TicketId};
use crate::hubspot::lenient;
use serde_json::Value;

/// What happened at HubSpot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// A conversation's assignee changed.
    ThreadAssigned {
        /// Which conversation.
        thread: ThreadId,
        /// To whom.
        to: Assignee,
        /// By whom.
        by: ChangedBy,
    },
    /// A conversation was opened.
    ThreadOpened(ThreadId),
    /// A conversation was closed: nobody answers it.
    ThreadClosed(ThreadId),
    /// A conversation was put into the archive, which HubSpot calls deleted: nobody answers it.
    ThreadArchived(ThreadId),
    /// A conversation was taken out of the archive. Whether it is open, a reading has to say.
    ThreadRestored(ThreadId),
    /// A conversation began.
    ThreadCreated(ThreadId),
    /// A message was added. The event has neither text nor sender.
    MessageAdded {
        /// Where.
        thread: ThreadId,
        /// Which.
        message_id: String,
    },
    /// A conversation's words have to be erased.
    ThreadErased(ThreadId),
    /// A contact's words have to be erased.
    ContactErased(i64),
    /// A ticket's owner changed.
    TicketAssigned {
        /// Which ticket.
        ticket: TicketId,
        /// To whom.
        to: TicketOwner,
        /// By whom.
        by: ChangedBy,
    },
    /// A conversation belongs to a ticket.
    TicketLinked {
        /// The ticket.
        ticket: TicketId,
        /// The conversation.
        thread: ThreadId,
    },
    /// Tickets were merged into one.
    TicketsMerged {
        /// The one that is left.
        into: TicketId,
        /// Those that are not.
        merged: Vec<TicketId>,
    },
    /// Nothing that Baton needs to know.
    NothingOfUse,
}

impl Happened {
    /// Reads what an event tells. An event of a type we did not subscribe to is of no use.
    pub fn read(fields: Fields<'_>, subscription_type: &str) -> Result<Self, Unusable> {
        let thread = || fields.id("objectId").map(ThreadId);
        let ticket = || fields.id("objectId").map(TicketId);
        match subscription_type.to_ascii_lowercase().as_str() {
            "conversation.propertychange" => thread_property(fields, thread()?),
            "conversation.newmessage" => message(fields, thread()?),
            "conversation.creation" => Ok(Self::ThreadCreated(thread()?)),
            "conversation.deletion" => Ok(Self::ThreadArchived(thread()?)),
            "conversation.privacydeletion" => Ok(Self::ThreadErased(thread()?)),
            "contact.privacydeletion" => Ok(Self::ContactErased(fields.id("objectId")?)),
            "ticket.propertychange" => ticket_property(fields, ticket()?),
            "ticket.associationchange" => association::read(fields),
            "ticket.merge" => merge(fields),
            "object.propertychange" if is_ticket(fields) => ticket_property(fields, ticket()?),
            "object.associationchange" if is_ticket(fields) => association::read(fields),
            "object.merge" if is_ticket(fields) => merge(fields),
            _ => Ok(Self::NothingOfUse),
        }
    }

    /// What it is about, as the activity log names it.
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::ThreadAssigned { thread, .. }
            | Self::ThreadOpened(thread)
            | Self::ThreadClosed(thread)
            | Self::ThreadArchived(thread)
            | Self::ThreadRestored(thread)
            | Self::ThreadCreated(thread)
            | Self::MessageAdded { thread, .. }
            | Self::ThreadErased(thread) => Some(format!("thread:{thread}")),
            Self::TicketAssigned { ticket, .. } | Self::TicketLinked { ticket, .. } => {
                Some(format!("ticket:{ticket}"))
            }
            Self::TicketsMerged { into, .. } => Some(format!("ticket:{into}")),
            Self::ContactErased(contact) => Some(format!("contact:{contact}")),
            Self::NothingOfUse => None,
        }
    }

    /// True for privacy deletions, which count whatever the portal's connection.
    pub const fn is_erasure(&self) -> bool {
        match self {
            Self::ThreadErased(_) | Self::ContactErased(_) => true,
            Self::ThreadAssigned { .. }
            | Self::ThreadOpened(_)
            | Self::ThreadClosed(_)
            | Self::ThreadArchived(_)
            | Self::ThreadRestored(_)
            | Self::ThreadCreated(_)
            | Self::MessageAdded { .. }
            | Self::TicketAssigned { .. }
            | Self::TicketLinked { .. }
            | Self::TicketsMerged { .. }
            | Self::NothingOfUse => false,
        }
    }

    /// The name in metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ThreadAssigned { .. } => "thread_assigned",
            Self::ThreadOpened(_) => "thread_opened",
            Self::ThreadClosed(_) => "thread_closed",
            Self::ThreadArchived(_) => "thread_archived",
            Self::ThreadRestored(_) => "thread_restored",
            Self::ThreadCreated(_) => "thread_created",
            Self::MessageAdded { .. } => "message_added",
            Self::ThreadErased(_) => "thread_erased",
            Self::ContactErased(_) => "contact_erased",
            Self::TicketAssigned { .. } => "ticket_assigned",
            Self::TicketLinked { .. } => "ticket_linked",
            Self::TicketsMerged { .. } => "tickets_merged",
            Self::NothingOfUse => "nothing_of_use",
        }
    }
}

/// `0-5` is a ticket (page "Understanding the CRM", read 2026-11-22).
fn is_ticket(fields: Fields<'_>) -> bool {
    let object_type = fields.text("objectTypeId");
    object_type == "0-5" || object_type.eq_ignore_ascii_case("ticket")
}

fn thread_property(fields: Fields<'_>, thread: ThreadId) -> Result<Happened, Unusable> {
    let value = fields.get("propertyValue");
    match fields.text("propertyName").to_ascii_lowercase().as_str() {
        "assignedto" => Ok(Happened::ThreadAssigned {
            thread,
            to: Assignee::read(value),
            by: changed_by(fields),
        }),
        "status" => match fields.text("propertyValue").to_ascii_uppercase().as_str() {
            "OPEN" => Ok(Happened::ThreadOpened(thread)),
            "CLOSED" => Ok(Happened::ThreadClosed(thread)),
            _ => Err(Unusable::Unfit {
                field: "propertyValue",
                expected: "a status of OPEN or CLOSED",
            }),
        },
        // HubSpot tells restorings only (page "Webhooks", read 2026-11-22).
        "isarchived" => match is_true(value) {
            true => Ok(Happened::ThreadArchived(thread)),
            false => Ok(Happened::ThreadRestored(thread)),
        },
        _ => Ok(Happened::NothingOfUse),
    }
}

fn ticket_property(fields: Fields<'_>, ticket: TicketId) -> Result<Happened, Unusable> {
    let value = fields.get("propertyValue");
    match fields.text("propertyName").to_ascii_lowercase().as_str() {
        "hubspot_owner_id" => Ok(Happened::TicketAssigned {
            ticket,
            to: TicketOwner::read(value),
            by: changed_by(fields),
        }),
        "hs_conversations_originating_thread_id" => {
            let thread = value.and_then(lenient::id).map(ThreadId);
            Ok(
                thread.map_or(Happened::NothingOfUse, |thread| Happened::TicketLinked {
                    ticket,
                    thread,
                }),
            )
        }
        _ => Ok(Happened::NothingOfUse),
    }
}

/// Notes among teammates and a chat's own greeting answer nobody and ask nothing.
fn message(fields: Fields<'_>, thread: ThreadId) -> Result<Happened, Unusable> {
    match fields.text("messageType").to_ascii_uppercase().as_str() {
        "COMMENT" | "WELCOME_MESSAGE" => Ok(Happened::NothingOfUse),
        _ => Ok(Happened::MessageAdded {
            thread,
            message_id: fields.message_id()?,
        }),
    }
}

/// `newObjectId` is there where the merge made a ticket of its own (changelog "New subscription
/// types for webhooks", read 2026-11-22).
fn merge(fields: Fields<'_>) -> Result<Happened, Unusable> {
    let primary = TicketId(fields.id("primaryObjectId")?);
    let new = fields.get("newObjectId").and_then(lenient::id);
    let into = new.map_or(primary, TicketId);
    let field = "mergedObjectIds";
    let ids = fields.get(field).ok_or(Unusable::Missing(field))?;
    let ids = ids
        .as_array()
        .map_or(std::slice::from_ref(ids), Vec::as_slice);
    let merged: Option<Vec<TicketId>> = ids
        .iter()
        .map(|id| Some(TicketId(lenient::id(id)?)))
        .collect();
    let mut merged = merged.ok_or(Unusable::Unfit {
        field,
        expected: "positive whole numbers",
    })?;
    merged.push(primary);
    merged.sort();
    merged.dedup();
    merged.retain(|ticket| *ticket != into);
    Ok(Happened::TicketsMerged { into, merged })
}

fn changed_by(fields: Fields<'_>) -> ChangedBy {
    let app = fields.get("appId").and_then(lenient::id);
    ChangedBy::read(fields.get("changeSource"), fields.get("sourceId"), app)
}

fn is_true(value: Option<&Value>) -> bool {
    let as_text = value.and_then(Value::as_str);
    let text_says_so = as_text.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    value.and_then(Value::as_bool).unwrap_or(text_says_so)
}
