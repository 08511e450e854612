//! Who owns a thread or a ticket, as HubSpot told us.

use super::policy::{AfterHumanUnassign, AssignedByAutomation, Policies};
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Whoever an owner field names. Declared from the freest to the most silent, which settles ties.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Owner {
    /// The portal's AI sender.
    Ai,
    /// Nobody, or a queue.
    Nobody,
    /// HubSpot's own AI, a bot, or an actor of an unknown kind.
    OtherAi(String),
    /// A person, by actor or owner id.
    Person(String),
}

/// Who changed the field. Declared from the freest to the most silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBy {
    /// Baton itself.
    Baton,
    /// Routing, rotation or a workflow.
    Automation,
    /// A person at HubSpot, or a source we do not know.
    Hand,
}

/// One owner field, at the newest source time known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerFact {
    /// HubSpot's time of the change.
    pub at: Timestamp,
    /// Whom the field names since then.
    pub owner: Owner,
    /// Who changed it.
    pub by: AssignedBy,
    /// The policies in force when the change was recorded.
    pub policy: OwnerPolicy,
}

/// The policies that give an owner change its meaning, as they were when it was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnerPolicy {
    /// What an assignment by automation means.
    pub by_automation: AssignedByAutomation,
    /// What follows when a person gives it up.
    pub after_unassign: AfterHumanUnassign,
    /// The grace for [`AfterHumanUnassign::AiAfterGrace`].
    pub grace: Span,
}

/// What a reading of an owner field found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerReading {
    /// Whom the field names.
    pub owner: Owner,
    /// What the same person is called where their user is not known: an event may have come before
    /// anybody had asked who its owner is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also_named: Option<String>,
    /// How the field came to name them, where the reading told that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<OwnerChange>,
}

/// When and by whom an owner field was given its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerChange {
    /// HubSpot's time of it.
    pub at: Timestamp,
    /// Who did it.
    pub by: AssignedBy,
}

/// A re-read found somebody else where a person is known to own the field. The person keeps it
/// until a later re-read agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerDoubt {
    /// When the first re-read that found this counts.
    pub since: Timestamp,
    /// Whom it found.
    pub found: Owner,
}

impl OwnerReading {
    /// True if a field that is known to name this owner names the same person by another name.
    pub fn renames(&self, known: &Owner) -> bool {
        match (&self.owner, known) {
            (Owner::Person(_), Owner::Person(known)) => self.also_named.as_ref() == Some(known),
            (Owner::Ai | Owner::Nobody | Owner::OtherAi(_) | Owner::Person(_), _) => false,
        }
    }
}

impl From<Owner> for OwnerReading {
    /// A reading that told nothing else.
    fn from(owner: Owner) -> Self {
        Self {
            owner,
            also_named: None,
            change: None,
        }
    }
}

impl OwnerPolicy {
    /// What is recorded with a change now.
    pub const fn in_force(policies: &Policies) -> Self {
        Self {
            by_automation: policies.assigned_by_automation,
            after_unassign: policies.after_human_unassign,
            grace: policies.human_grace,
        }
    }
}

impl OwnerFact {
    /// True for a person whose assignment counts only after a reply.
    pub fn waits_for_reply(&self) -> bool {
        matches!(self.owner, Owner::Person(_))
            && self.by != AssignedBy::Hand
            && self.policy.by_automation == AssignedByAutomation::WaitsForFirstReply
    }

    /// The newer fact; of two at one time the more silent, then the larger.
    pub fn replaces(&self, other: &Self) -> bool {
        (self.at, &self.owner, self.by, self.policy)
            > (other.at, &other.owner, other.by, other.policy)
    }
}
