//! One event of a delivery.

use super::event_key;
use super::fields::{Fields, Unusable};
use super::happened::Happened;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::hubspot::{lenient, nesting, nul};
use serde_json::Value;

/// One event, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The account it happened in.
    pub portal: PortalId,
    /// When, by HubSpot's clock.
    pub occurred_at: Timestamp,
    /// What makes it the same event, within its portal.
    pub key: [u8; 32],
    /// What it tells.
    pub happened: Happened,
}

/// An event that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEvent {
    /// The account, where it could be read.
    pub portal: Option<PortalId>,
    /// Why not.
    pub why: Unusable,
}

impl Event {
    /// Reads one event from its JSON.
    pub fn read(json: &str) -> Result<Self, BadEvent> {
        let unread = |why| BadEvent { portal: None, why };
        if nesting::is_too_deep(json.as_bytes()) {
            return Err(unread(Unusable::TooDeep));
        }
        let value: Value = serde_json::from_str(json)
            .map_err(|error| unread(Unusable::NotJson(error.to_string())))?;
        if !value.is_object() {
            return Err(unread(Unusable::NotAnObject));
        }
        let portal = value.get("portalId").and_then(lenient::id).map(PortalId);
        let read = match json.contains(char::REPLACEMENT_CHARACTER) {
            true => Err(Unusable::NotUtf8),
            false => Self::of(&value),
        };
        read.map_err(|why| BadEvent { portal, why })
    }

    fn of(value: &Value) -> Result<Self, Unusable> {
        if let Some(path) = nul::find(value, &[]) {
            return Err(Unusable::Nul(path));
        }
        let fields = Fields(value);
        // The page's tables say `eventType`, its samples and what arrives `subscriptionType`.
        let named = [fields.text("subscriptionType"), fields.text("eventType")];
        let subscription_type = named.into_iter().find(|name| !name.is_empty());
        let subscription_type = subscription_type.ok_or(Unusable::Missing("subscriptionType"))?;
        Ok(Self {
            portal: PortalId(fields.id("portalId")?),
            occurred_at: fields.moment("occurredAt")?,
            key: event_key::of(fields, &subscription_type),
            happened: Happened::read(fields, &subscription_type)?,
        })
    }
}

#[cfg(test)]
mod tests;
