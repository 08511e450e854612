//! The four custom workflow actions.

/// Which action a workflow calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActionKind {
    /// Pause AI.
    PauseAi,
    /// Resume AI.
    ResumeAi,
    /// Send to AI.
    SendToAi,
    /// Request handoff.
    RequestHandoff,
}

impl ActionKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::PauseAi,
        Self::ResumeAi,
        Self::SendToAi,
        Self::RequestHandoff,
    ];

    /// The last part of its URL.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::PauseAi => "pause-ai",
            Self::ResumeAi => "resume-ai",
            Self::SendToAi => "send-to-ai",
            Self::RequestHandoff => "request-handoff",
        }
    }

    /// The name in timelines, metrics and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PauseAi => "pause",
            Self::ResumeAi => "resume",
            Self::SendToAi => "send_to_ai",
            Self::RequestHandoff => "request_handoff",
        }
    }
}
