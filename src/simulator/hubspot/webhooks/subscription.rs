//! What an app wants to be told of.

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// HubSpot's id of it.
    pub id: i64,
    /// The kind of event, for instance `conversation.newMessage`.
    pub event: &'static str,
    /// The property whose changes are meant, of kinds that have one.
    pub property: Option<&'static str>,
}

/// What the demo's app subscribes to.
pub fn demo_subscriptions() -> Vec<Subscription> {
    let wanted = [
        ("conversation.propertyChange", Some("assignedTo")),
        ("conversation.propertyChange", Some("status")),
        ("conversation.propertyChange", Some("isArchived")),
        ("conversation.newMessage", None),
        ("conversation.creation", None),
        ("conversation.deletion", None),
        ("conversation.privacyDeletion", None),
        ("contact.privacyDeletion", None),
        ("ticket.propertyChange", Some("hubspot_owner_id")),
        ("ticket.associationChange", None),
        ("ticket.merge", None),
    ];
    let numbered = (2_371_001..).zip(wanted);
    numbered
        .map(|(id, (event, property))| Subscription {
            id,
            event,
            property,
        })
        .collect()
}
