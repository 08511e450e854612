//! Effects: what HubSpot or the AI platform is to be told or asked to do because of a decision.

use super::assignment::OwnerField;
use crate::domain::alerts::Unattended;
use crate::domain::assess::AiState;
use crate::domain::hold::{HandoffTarget, HoldId, OnTimeout};
use serde::Serialize;

/// Work for another side, written in the decision's own transaction and done later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Effect {
    /// Ask the AI platform for an answer.
    RequestReply {
        /// An instruction to follow.
        #[serde(skip_serializing_if = "Option::is_none")]
        instruction: Option<String>,
    },
    /// Send these words to the customer.
    SendMessage {
        /// The words.
        text: String,
    },
    /// Leave an internal note.
    AddNote {
        /// The words.
        text: String,
    },
    /// Assign the conversation for a handoff: only while that is live and nobody has claimed it.
    Assign {
        /// Where.
        field: OwnerField,
        /// To whom.
        target: HandoffTarget,
        /// The handoff it is for.
        hold: HoldId,
    },
    /// Take back our own assignment, before anything else: the person has not taken it.
    UndoAssignment {
        /// Where.
        field: OwnerField,
        /// Whom it named.
        person: String,
        /// The handoff it was for.
        hold: HoldId,
    },
    /// Assign the conversation to the AI sender.
    AssignToAi {
        /// Where a person is named now.
        field: OwnerField,
    },
    /// Open the conversation.
    Reopen,
    /// Tell the AI platform that a conversation has no responder, or no end of one.
    TellUnattended {
        /// Why.
        #[serde(flatten)]
        alert: Unattended,
        /// What the conversation is shown as.
        ai_state: AiState,
    },
    /// Tell the AI platform that nobody came for a handoff in time.
    TellUnclaimed {
        /// The handoff.
        hold: HoldId,
        /// What became of it.
        on_timeout: OnTimeout,
    },
}

impl Effect {
    /// True if it only tells: it changes nothing at HubSpot and asks nobody for words.
    pub(super) const fn only_tells(&self) -> bool {
        match self {
            Self::TellUnattended { .. } | Self::TellUnclaimed { .. } => true,
            Self::RequestReply { .. }
            | Self::SendMessage { .. }
            | Self::AddNote { .. }
            | Self::Assign { .. }
            | Self::UndoAssignment { .. }
            | Self::AssignToAi { .. }
            | Self::Reopen => false,
        }
    }

    /// True if it takes back an assignment for this handoff.
    pub(super) fn is_of(&self, handoff: HoldId) -> bool {
        matches!(self, Self::UndoAssignment { hold, .. } if *hold == handoff)
    }
}
