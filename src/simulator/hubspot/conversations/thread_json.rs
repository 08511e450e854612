//! A conversation as the API writes it.

use crate::simulator::hubspot::desk::thread::{Thread, What};
use crate::simulator::hubspot::request_log::written;
use serde_json::{Value, json};

/// The one inbox of every account.
pub const INBOX: &str = "147001";

/// Whether the ticket is asked for: `association=TICKET`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Associations {
    None,
    Ticket,
}

/// The operation's `PublicThread`; what has no value is absent.
pub fn public_thread(thread: &Thread, associations: Associations) -> Value {
    let sent_at = thread.last(|what| matches!(what, What::Outgoing(_)));
    let received_at = thread.last(|what| matches!(what, What::Incoming(_)));
    let mut json = json!({
        "id": thread.id.to_string(),
        "createdAt": written(thread.created_at),
        "status": thread.status.name(),
        "originalChannelId": thread.channel.id(),
        "originalChannelAccountId": thread.channel.account(),
        "inboxId": INBOX,
        "associatedContactId": thread.contact.to_string(),
        "spam": false,
        "archived": thread.is_archived,
    });
    let optional = [
        ("closedAt", thread.closed_at.map(written)),
        (
            "latestMessageTimestamp",
            thread.last_message_at().map(written),
        ),
        ("latestMessageSentTimestamp", sent_at.map(written)),
        ("latestMessageReceivedTimestamp", received_at.map(written)),
        ("assignedTo", thread.assignee.map(|actor| actor.to_string())),
    ];
    if let Some(fields) = json.as_object_mut() {
        for (name, value) in optional {
            fields.extend(value.map(|value| (name.to_owned(), json!(value))));
        }
        if associations == Associations::Ticket {
            let ticket = thread.ticket.map(|ticket| ticket.to_string());
            let associated = match ticket {
                Some(ticket) => json!({ "associatedTicketId": ticket }),
                None => json!({}),
            };
            fields.insert("threadAssociations".to_owned(), associated);
        }
    }
    json
}
