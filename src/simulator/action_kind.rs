//! The four actions as HubSpot's workflow editor knows them.

/// The actions a workflow author can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    /// Silence the AI for a while.
    PauseAi,
    /// Lift a pause.
    ResumeAi,
    /// Give the conversation back to the AI.
    SendToAi,
    /// Ask for a person.
    RequestHandoff,
}

impl ActionKind {
    /// All of them, in the order in which documents list them.
    pub const ALL: [Self; 4] = [
        Self::PauseAi,
        Self::ResumeAi,
        Self::SendToAi,
        Self::RequestHandoff,
    ];

    /// The last part of the action's address.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::PauseAi => "pause-ai",
            Self::ResumeAi => "resume-ai",
            Self::SendToAi => "send-to-ai",
            Self::RequestHandoff => "request-handoff",
        }
    }

    /// Its path under the service's base address.
    pub fn path(self) -> String {
        format!("/hubspot/actions/{}", self.slug())
    }

    /// The label in HubSpot's workflow editor.
    pub const fn label(self) -> &'static str {
        match self {
            Self::PauseAi => "Pause AI",
            Self::ResumeAi => "Resume AI",
            Self::SendToAi => "Send to AI",
            Self::RequestHandoff => "Request handoff",
        }
    }

    /// HubSpot's id of the action's definition in the simulated account.
    pub const fn definition_id(self) -> i64 {
        match self {
            Self::PauseAi => 259_000_001,
            Self::ResumeAi => 259_000_002,
            Self::SendToAi => 259_000_003,
            Self::RequestHandoff => 259_000_004,
        }
    }
}
