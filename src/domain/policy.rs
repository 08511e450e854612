//! What a portal decided about its own conversations. A decision copies the policy it uses; a
//! change of policy never reaches into the past.

use super::hold::HandoffTarget;
use super::time::Span;
use serde::{Deserialize, Serialize};

/// A portal's policies. What is not set has the default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policies {
    /// May a workflow take a conversation from a person (Send to AI with `take_over`)?
    pub allow_workflow_takeover: bool,
    /// How long after a person's reply Send to AI is still refused.
    pub human_grace: Span,
    /// How long a person's reply silences the AI.
    pub reply_window: Span,
    /// What follows when a person gives a conversation up.
    pub after_human_unassign: AfterHumanUnassign,
    /// What an assignment by routing or a workflow means.
    pub assigned_by_automation: AssignedByAutomation,
    /// Who answers a reopened conversation that a person still owns.
    pub on_reopen_owned: OnReopenOwned,
    /// May the AI speak beside another AI?
    pub ignore_other_ai: bool,
    /// Is a record damped when workflows contradict one another?
    pub loop_guard: bool,
    /// How long a handoff waits for a person before its time-out acts.
    pub claim_timeout: Span,
    /// Where a handoff goes that names no target.
    pub default_target: HandoffTarget,
}

impl Default for Policies {
    fn default() -> Self {
        Self {
            allow_workflow_takeover: false,
            human_grace: Span::from_minutes(10),
            reply_window: Span::from_minutes(30),
            after_human_unassign: AfterHumanUnassign::RequestHandoff,
            assigned_by_automation: AssignedByAutomation::Silences,
            on_reopen_owned: OnReopenOwned::Person,
            ignore_other_ai: false,
            loop_guard: true,
            claim_timeout: Span::from_minutes(15),
            default_target: HandoffTarget::Unassigned,
        }
    }
}

/// What follows when neither owner field is a person any more. Declared from the freest to the
/// most silent: ties between facts go to the later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterHumanUnassign {
    /// The AI may speak at once.
    AiNow,
    /// The AI may speak once the grace after the newest owner change is over.
    AiAfterGrace,
    /// A handoff is pending until somebody answers it.
    RequestHandoff,
}

/// What an assignment made by routing or a workflow means, from the freest to the most silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedByAutomation {
    /// The assignment counts only once a person has replied.
    WaitsForFirstReply,
    /// The assignment silences the AI like one made by hand.
    Silences,
}

/// Who answers a conversation that was reopened while a person owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReopenOwned {
    /// The AI.
    Ai,
    /// The person, unless the conversation had been closed for this many days.
    AiAfterDays(u16),
    /// The person.
    Person,
}
