//! What can be asked of a conversation, parsed: past the door there are no raw inputs.

use super::actor::Requester;
use super::hold::{HandoffTarget, OnTimeout, Priority};
use super::ids::{ThreadId, TicketId};
use super::metadata::Metadata;
use super::time::Span;
use serde::{Deserialize, Serialize};

/// One request about a ticket's conversations, or about one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// What is asked.
    pub what: What,
    /// Which of the ticket's conversations are meant.
    pub reach: Reach,
    /// Who asks.
    pub by: Requester,
    /// The requester's words, kept with the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The requester's own code, `[A-Z0-9_]{1,64}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// What the caller of the API attaches to the hold that is placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// Only say what would happen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The author asked to wait for a claim or a result.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
}

impl Ask {
    /// Asked in earnest, without words or a code, by somebody who does not wait for the end.
    pub const fn new(what: What, reach: Reach, by: Requester) -> Self {
        Self {
            what,
            reach,
            by,
            note: None,
            reason_code: None,
            metadata: None,
            dry_run: false,
            waits: false,
        }
    }
}

/// Which ticket and which thread a request names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The ticket: the object a workflow enrolled.
    pub ticket: Option<TicketId>,
    /// The thread: the ticket's originating one, or the one asked for by id.
    pub thread: Option<ThreadId>,
}

impl Subject {
    /// A ticket alone.
    pub const fn of_ticket(ticket: TicketId) -> Self {
        Self {
            ticket: Some(ticket),
            thread: None,
        }
    }

    /// A thread alone, whatever its ticket is.
    pub const fn of_thread(thread: ThreadId) -> Self {
        Self {
            ticket: None,
            thread: Some(thread),
        }
    }
}

/// Which conversations are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The ticket: all its conversations, now and later.
    AllOpen,
    /// The one whose customer wrote last.
    Latest,
    /// The one the ticket came from.
    Originating,
    /// One by its id.
    Thread(ThreadId),
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum What {
    /// Silence the AI.
    Pause(Pause),
    /// Lift pauses.
    Resume(Resume),
    /// Let the AI answer.
    SendToAi(SendToAi),
    /// Ask for a person.
    RequestHandoff(RequestHandoff),
    /// Silence the AI until an admin unlocks.
    Lock,
    /// Lift the lock.
    Unlock,
    /// An action whose input does not fit: recorded and refused.
    Unfit(Unfit),
}

/// Pause AI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// For how long; none is until resumed.
    pub lasts: Option<Span>,
    /// Sets the end exactly, though an earlier pause ends later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
}

/// Resume AI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Withdraws a pending handoff too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_pending_handoff: bool,
}

/// Send to AI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendToAi {
    /// What the AI is to do.
    pub mode: ResponseMode,
    /// Takes the conversation from a person who owns it, where policy allows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_over: bool,
    /// Opens a closed conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reopen: bool,
}

/// What the AI is to do with the conversation it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ResponseMode {
    /// Answer the customer's latest message.
    AnswerLatest,
    /// Send these words.
    FixedMessage {
        /// The words.
        text: String,
    },
    /// Answer, following an instruction.
    AnswerWithInstruction {
        /// The instruction.
        instruction: String,
    },
    /// Answer only once the customer writes again.
    WaitForNext,
}

/// Request handoff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestHandoff {
    /// Who is wanted; none is the portal's default.
    pub target: Option<HandoffTarget>,
    /// How urgent it is.
    pub priority: Priority,
    /// Words for the customer, sent only if one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_message: Option<String>,
    /// How long to wait for a person; none is the portal's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_timeout: Option<Span>,
    /// What happens when nobody comes in time.
    pub on_timeout: OnTimeout,
}

/// An input that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// The action that was called.
    pub called: String,
    /// The input's name.
    pub field: String,
    /// Its value, shortened; empty if it is missing.
    pub value: String,
    /// What would fit.
    pub expected: String,
}

impl Unfit {
    /// The same without its value, which may be somebody's words.
    #[must_use]
    pub fn unquoted(&self) -> Self {
        let is_missing = self.value.is_empty();
        let value = if is_missing { "" } else { "…" };
        Self {
            value: value.to_owned(),
            ..self.clone()
        }
    }
}

impl What {
    /// The name used in timelines, metrics and logs.
    pub fn name(&self) -> &str {
        match self {
            Self::Pause(_) => "pause",
            Self::Resume(_) => "resume",
            Self::SendToAi(_) => "send_to_ai",
            Self::RequestHandoff(_) => "request_handoff",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Unfit(unfit) => &unfit.called,
        }
    }
}
