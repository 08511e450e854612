//! What somebody lifted of the silences that follow from facts alone.

use super::owner::Owner;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Marks that name the facts whose silence was lifted: always a fact's time, never one of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifted {
    /// The ownership of this record's field that an admin's `force_ai` lifted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_owner: Option<OwnerMark>,
    /// In a thread: the same for its ticket's field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_owner: Option<OwnerMark>,
    /// Replies up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies_through: Option<Timestamp>,
    /// The handoff that follows from this record's person ownership, up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_handoff_through: Option<Timestamp>,
    /// In a thread: the same for its ticket's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_handoff_through: Option<Timestamp>,
    /// The handoff that follows from an opening, up to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening_through: Option<Timestamp>,
    /// What a thread brought along from the tickets that it left, up to this leaving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_through: Option<Timestamp>,
}

/// Names one owner fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerMark {
    /// Its source time.
    pub at: Timestamp,
    /// Its value.
    pub owner: Owner,
}

impl Lifted {
    /// True when nothing was lifted.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
