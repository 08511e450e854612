//! A ticket: properties, and the conversations that belong to it.

use super::doer::By;
use crate::domain::ids::{ThreadId, TicketId};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Its owner: an owner id, or nothing.
pub const OWNER: &str = "hubspot_owner_id";
/// The conversation it was made for; stamped once.
pub const ORIGINATING_THREAD: &str = "hs_conversations_originating_thread_id";

/// What HubSpot answers if nobody asks for certain properties.
pub const USUAL_PROPERTIES: [&str; 9] = [
    "content",
    "createdate",
    "hs_lastmodifieddate",
    "hs_object_id",
    "hs_pipeline",
    "hs_pipeline_stage",
    "hs_ticket_category",
    "hs_ticket_priority",
    "subject",
];

/// Properties that a ticket may have beside those.
pub const MORE_PROPERTIES: [&str; 8] = [
    OWNER,
    ORIGINATING_THREAD,
    "hs_conversations_originating_message_id",
    "hs_num_associated_conversations",
    "hs_last_message_received_at",
    "hs_last_message_from_visitor",
    "hs_merged_object_ids",
    "hs_assigned_team_ids",
];

/// What only HubSpot writes.
pub const READ_ONLY: [&str; 8] = [
    "createdate",
    "hs_lastmodifieddate",
    "hs_object_id",
    "hs_num_associated_conversations",
    "hs_merged_object_ids",
    "hs_last_message_received_at",
    "hs_last_message_from_visitor",
    ORIGINATING_THREAD,
];

/// Who owned a ticket from when on, and who made that so.
#[derive(Clone, Debug)]
pub struct OwnerChange {
    /// An owner id, or nothing.
    pub owner: String,
    pub by: By,
    pub at: DateTime<Utc>,
}

/// A ticket.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: TicketId,
    pub contact: i64,
    pub threads: BTreeSet<ThreadId>,
    pub properties: BTreeMap<String, String>,
    /// The changes of its owner, the oldest first.
    pub owner_changes: Vec<OwnerChange>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub is_archived: bool,
}

impl Ticket {
    /// Whose it is, as an owner id.
    pub fn owner(&self) -> Option<i64> {
        self.properties.get(OWNER)?.parse().ok()
    }
}
