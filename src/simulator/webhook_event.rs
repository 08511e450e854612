//! The events that HubSpot's webhooks deliver, as captured: a compact array, ids as integers,
//! values of properties as strings.

use super::demo_world;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use serde_json::{Map, Value, json};

/// The address under the service's base address that HubSpot delivers to.
pub const PATH: &str = "/hubspot/webhooks";

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A conversation's assignee: an actor id such as `A-1`, or nothing.
    Assignee(ThreadId, String),
    /// A ticket's owner: an owner id, or nothing.
    TicketOwner(TicketId, String),
    /// The same, told by a subscription of the generic kind.
    ObjectOwner(TicketId, String),
    /// A conversation's status: `OPEN` or `CLOSED`.
    Status(ThreadId, String),
    /// A message, by its id and type: `MESSAGE`, `COMMENT` or `WELCOME_MESSAGE`.
    Message(ThreadId, String, String),
    /// A conversation began.
    Created(ThreadId),
    /// A conversation was archived.
    Deleted(ThreadId),
    /// A conversation was taken out of the archive.
    Restored(ThreadId),
    /// A conversation's words are to be erased.
    Erased(ThreadId),
    /// A contact's words are to be erased.
    ContactErased(i64),
    /// A conversation belongs to a ticket.
    Linked(TicketId, ThreadId),
    /// The second ticket was merged into the first.
    Merged(TicketId, TicketId),
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// The account.
    pub portal: PortalId,
    /// What changed.
    pub change: Change,
    /// When, in milliseconds since 1970.
    pub occurred_at_ms: i64,
    /// HubSpot's id of the event. Not unique by promise.
    pub event_id: i64,
    /// How often it was sent before.
    pub attempt: u32,
    /// `changeSource` and `sourceId`, where the event has them.
    pub source: Option<(String, String)>,
}

impl WebhookEvent {
    /// A first attempt, whose source HubSpot does not tell.
    pub fn new(portal: PortalId, change: Change, occurred_at_ms: i64, event_id: i64) -> Self {
        Self {
            portal,
            change,
            occurred_at_ms,
            event_id,
            attempt: 0,
            source: None,
        }
    }

    /// As changed by this source, for instance `CRM_UI` and `userId:1`.
    #[must_use]
    pub fn by(mut self, source: &str, source_id: &str) -> Self {
        self.source = Some((source.to_owned(), source_id.to_owned()));
        self
    }

    /// Its JSON.
    pub fn json(&self) -> Value {
        let (subscription_type, object, fields) = self.change.parts();
        let mut event = json!({
            "eventId": self.event_id,
            "subscriptionId": 2_371_001,
            "portalId": self.portal.0,
            "appId": demo_world::APP_ID,
            "occurredAt": self.occurred_at_ms,
            "subscriptionType": subscription_type,
            "attemptNumber": self.attempt,
        });
        if let Some(event) = event.as_object_mut() {
            event.extend(object.map(|id| ("objectId".to_owned(), json!(id))));
            event.extend(fields);
            if let Some((source, source_id)) = &self.source {
                event.insert("changeSource".to_owned(), json!(source));
                if !source_id.is_empty() {
                    event.insert("sourceId".to_owned(), json!(source_id));
                }
            }
        }
        event
    }
}

/// The bytes of one delivery.
pub fn delivery(events: &[WebhookEvent]) -> Vec<u8> {
    let events: Vec<Value> = events.iter().map(WebhookEvent::json).collect();
    Value::Array(events).to_string().into_bytes()
}

impl Change {
    /// Subscription type, `objectId` and the fields that this kind alone has.
    fn parts(&self) -> (&'static str, Option<i64>, Map<String, Value>) {
        let property = |name: &str, value: &str| {
            let fields = json!({ "propertyName": name, "propertyValue": value });
            fields.as_object().cloned().unwrap_or_default()
        };
        let fields = |fields: Value| fields.as_object().cloned().unwrap_or_default();
        let none = Map::new();
        match self {
            Self::Assignee(thread, value) => (
                "conversation.propertyChange",
                Some(thread.0),
                property("assignedTo", value),
            ),
            Self::TicketOwner(ticket, value) => (
                "ticket.propertyChange",
                Some(ticket.0),
                property("hubspot_owner_id", value),
            ),
            Self::ObjectOwner(ticket, value) => {
                let mut fields = property("hubspot_owner_id", value);
                fields.insert("objectTypeId".to_owned(), json!("0-5"));
                ("object.propertyChange", Some(ticket.0), fields)
            }
            Self::Status(thread, value) => (
                "conversation.propertyChange",
                Some(thread.0),
                property("status", value),
            ),
            Self::Message(thread, id, kind) => (
                "conversation.newMessage",
                Some(thread.0),
                fields(json!({
                    "messageId": id, "messageType": kind, "changeFlag": "NEW_MESSAGE",
                })),
            ),
            Self::Created(thread) => ("conversation.creation", Some(thread.0), none),
            Self::Deleted(thread) => ("conversation.deletion", Some(thread.0), none),
            Self::Restored(thread) => (
                "conversation.propertyChange",
                Some(thread.0),
                property("isArchived", "false"),
            ),
            Self::Erased(thread) => ("conversation.privacyDeletion", Some(thread.0), none),
            Self::ContactErased(contact) => ("contact.privacyDeletion", Some(*contact), none),
            Self::Linked(ticket, thread) => (
                "ticket.associationChange",
                None,
                fields(json!({
                    "associationType": "TICKET_TO_THREAD", "fromObjectId": ticket.0,
                    "toObjectId": thread.0, "associationRemoved": false,
                })),
            ),
            Self::Merged(into, merged) => (
                "ticket.merge",
                Some(into.0),
                fields(json!({
                    "primaryObjectId": into.0, "mergedObjectIds": [merged.0],
                    "newObjectId": null, "numberOfPropertiesMoved": 3,
                })),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_as_captured() {
        let change = Change::TicketOwner(TicketId(15_384_000_001), "81538001".to_owned());
        let event = WebhookEvent::new(PortalId(50_001), change, 1_763_700_000_456, 3_269_000_002)
            .by("CRM_UI", "userId:3892001");
        let expected = json!({"eventId": 3_269_000_002_i64, "subscriptionId": 2_371_001,
            "portalId": 50_001, "appId": 2_438_001, "occurredAt": 1_763_700_000_456_i64,
            "subscriptionType": "ticket.propertyChange", "attemptNumber": 0,
            "objectId": 15_384_000_001_i64, "propertyName": "hubspot_owner_id",
            "propertyValue": "81538001", "changeSource": "CRM_UI", "sourceId": "userId:3892001"});
        let sent: Value = serde_json::from_slice(&delivery(&[event])).unwrap();
        assert_eq!(sent, json!([expected]));
    }

    #[test]
    fn a_message_has_neither_text_nor_sender() {
        let change = Change::Message(ThreadId(7), "m-1".to_owned(), "MESSAGE".to_owned());
        let event = WebhookEvent::new(PortalId(1), change, 5, 6).json();
        assert_eq!(event["messageId"], "m-1");
        assert!(event.get("changeSource").is_none() && event.get("text").is_none());
    }
}
