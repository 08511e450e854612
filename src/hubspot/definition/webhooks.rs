//! What the app hears of: its webhook subscriptions. Tickets are heard of by `ticket.` events alone,
//! since with `object.` events beside them every change would come twice.

use serde_json::{Value, json};

/// An event that the app subscribes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// HubSpot's name of the event.
    pub event: &'static str,
    /// For changes of a property: which.
    pub property: Option<&'static str>,
}

/// Calls of one portal that may be under way at once; HubSpot's own default.
const MAX_CONCURRENT_REQUESTS: u32 = 10;

/// Everything the code uses, and nothing else.
pub const SUBSCRIPTIONS: &[Subscription] = &[
    of_property("conversation.propertyChange", "assignedTo"),
    of_property("conversation.propertyChange", "status"),
    of_property("conversation.propertyChange", "isArchived"),
    of("conversation.newMessage"),
    of("conversation.creation"),
    of("conversation.deletion"),
    of("conversation.privacyDeletion"),
    of("contact.privacyDeletion"),
    of_property("ticket.propertyChange", "hubspot_owner_id"),
    of_property(
        "ticket.propertyChange",
        "hs_conversations_originating_thread_id",
    ),
    of("ticket.associationChange"),
    of("ticket.merge"),
];

const fn of(event: &'static str) -> Subscription {
    let property = None;
    Subscription { event, property }
}

const fn of_property(event: &'static str, property: &'static str) -> Subscription {
    let property = Some(property);
    Subscription { event, property }
}

/// The webhooks component of a developer project.
pub(super) fn component(public_url: &str) -> Value {
    let entries = |is_wanted: fn(&Subscription) -> bool| -> Vec<Value> {
        let wanted = SUBSCRIPTIONS.iter().filter(|it| is_wanted(it));
        wanted.map(Subscription::entry).collect()
    };
    json!({
        "uid": "webhooks",
        "type": "webhooks",
        "config": {
            "settings": {
                "targetUrl": format!("{public_url}/hubspot/webhooks"),
                "maxConcurrentRequests": MAX_CONCURRENT_REQUESTS,
            },
            "subscriptions": {
                "legacyCrmObjects": entries(Subscription::is_of_crm),
                "hubEvents": entries(|it| !it.is_of_crm()),
            }
        }
    })
}

impl Subscription {
    /// CRM objects are subscribed to apart from everything else; a contact's privacy deletion
    /// counts as an event of the account.
    fn is_of_crm(&self) -> bool {
        self.event.starts_with("ticket.")
    }

    fn entry(&self) -> Value {
        let mut entry = json!({ "subscriptionType": self.event, "active": true });
        if let Some(property) = self.property {
            entry["propertyName"] = property.into();
        }
        entry
    }
}
