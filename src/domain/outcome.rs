//! What became of a request: a word to branch on and a code that says why.

use serde::{Deserialize, Serialize};

/// The outcomes an action can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done.
    Applied,
    /// It was so already.
    Already,
    /// A pause was made longer.
    Extended,
    /// Kept beneath something stronger.
    AppliedShadowed,
    /// Joined a handoff that is pending.
    Merged,
    /// Recorded; takes effect once a conversation is known or HubSpot has acted.
    Queued,
    /// Not allowed now.
    Refused,
    /// There is no such conversation.
    NotFound,
    /// Only asked what would happen.
    DryRun,
}

impl Outcome {
    /// Every outcome, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Applied,
        Self::Already,
        Self::Extended,
        Self::AppliedShadowed,
        Self::Merged,
        Self::Queued,
        Self::Refused,
        Self::NotFound,
        Self::DryRun,
    ];

    /// The name used in answers, columns, metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Already => "already",
            Self::Extended => "extended",
            Self::AppliedShadowed => "applied_shadowed",
            Self::Merged => "merged",
            Self::Queued => "queued",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::DryRun => "dry_run",
        }
    }
}

/// Declares the reason codes with their names in one place.
macro_rules! reason_codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why an action had its outcome, or why the AI is silent.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ReasonCode {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl ReasonCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as answers, columns and logs write it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

reason_codes! {
    /// Done as asked.
    Applied = "APPLIED",
    /// Nothing to do.
    AlreadyInState = "ALREADY_IN_STATE",
    /// A pause was made longer.
    PauseExtended = "PAUSE_EXTENDED",
    /// A person owns the conversation.
    HumanOwnsConversation = "HUMAN_OWNS_CONVERSATION",
    /// A person replied lately.
    HumanRecentlyReplied = "HUMAN_RECENTLY_REPLIED",
    /// A person answers already.
    HumanAlreadyActive = "HUMAN_ALREADY_ACTIVE",
    /// A handoff is pending.
    HandoffPending = "HANDOFF_PENDING",
    /// Joined the pending handoff.
    HandoffMerged = "HANDOFF_MERGED",
    /// A pending handoff was withdrawn.
    HandoffWithdrawn = "HANDOFF_WITHDRAWN",
    /// An admin's lock, pause or handoff is in the way.
    AdminLock = "ADMIN_LOCK",
    /// Workflows contradict one another.
    LoopDamped = "LOOP_DAMPED",
    /// Gate: the portal's AI is switched off.
    PortalKillSwitch = "PORTAL_KILL_SWITCH",
    /// Gate: no teammate is chosen for the AI to send as.
    AiSenderNotSet = "AI_SENDER_NOT_SET",
    /// Gate: another AI owns or answers the conversation.
    OtherAiOwnsConversation = "OTHER_AI_OWNS_CONVERSATION",
    /// Gate: the AI does not answer on this channel.
    ChannelDisabled = "CHANNEL_DISABLED",
    /// Gate: outside the portal's hours.
    OutsideHours = "OUTSIDE_HOURS",
    /// Gate: the conversation is closed.
    ConversationClosed = "CONVERSATION_CLOSED",
    /// Gate: the conversation is spam.
    Spam = "SPAM",
    /// Gate of the fence: the owner was not read lately.
    OwnerUnknown = "OWNER_UNKNOWN",
    /// Gate of the fence: a new message was not read yet.
    MessageUnread = "MESSAGE_UNREAD",
    /// There is no such conversation.
    ConversationNotFound = "CONVERSATION_NOT_FOUND",
    /// It is not clear which conversation is meant.
    ConversationAmbiguous = "CONVERSATION_AMBIGUOUS",
    /// Gate: the portal never installed the app.
    NotConnected = "NOT_CONNECTED",
    /// Gate: the portal's installation no longer works.
    ConnectionUnavailable = "CONNECTION_UNAVAILABLE",
    /// The portal's policy does not let workflows take over from a person.
    TakeoverNotPermitted = "TAKEOVER_NOT_PERMITTED",
    /// The conversation is being taken over.
    TakeoverRequested = "TAKEOVER_REQUESTED",
    /// Nobody waits for these words any more.
    StaleRequest = "STALE_REQUEST",
    /// The key was used for another action or object.
    CallbackIdReused = "CALLBACK_ID_REUSED",
    /// A release was undone by a reply that arrived late.
    ReleaseVoidedLateHumanReply = "RELEASE_VOIDED_LATE_HUMAN_REPLY",
    /// An input does not fit.
    InputInvalid = "INPUT_INVALID",
}
