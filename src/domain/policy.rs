//! What a portal decided about its own conversations. A decision copies the policy it uses; a
//! change of policy never reaches into the past.

use super::hold::HandoffTarget;
use super::hours::Hours;
use super::ids::ChannelId;
use super::time::Span;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

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
    /// On which channels may the AI answer?
    pub channels: Channels,
    /// When may the AI answer?
    pub hours: Hours,
    /// A customer who waits this long without a responder raises an alert.
    pub unattended_after: Span,
    /// How often the owners of open conversations are read again.
    pub sweep_period: Span,
    /// Are messages' words passed on to the AI platform?
    pub deliver_text: bool,
    /// Does a handoff of a conversation without a ticket create one?
    pub create_ticket_on_handoff: bool,
    /// The language of explanations, as a tag such as `en`. What was said before stays as it was.
    pub language: String,
    /// Apps whose messages as the AI sender are the AI's, beside our own.
    pub ai_app_ids: Vec<i64>,
    /// How long histories are kept.
    pub retention: Retention,
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
            channels: Channels::All,
            hours: Hours::Always,
            unattended_after: Span::from_minutes(15),
            sweep_period: Span::from_minutes(5),
            deliver_text: true,
            create_ticket_on_handoff: false,
            language: "en".to_owned(),
            ai_app_ids: Vec::new(),
            retention: Retention::default(),
        }
    }
}

/// How long histories are kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Lines of timelines.
    pub decisions_days: u16,
    /// What came in and went out.
    pub activity_days: u16,
    /// The answers that repeats get.
    pub receipts_days: u16,
}

impl Retention {
    /// A timeline explains what somebody asks about weeks later.
    pub const DECISIONS: RangeInclusive<u16> = 30..=3_650;
    /// Only for looking at what happened lately.
    pub const ACTIVITY: RangeInclusive<u16> = 1..=365;
    /// A callback that HubSpot repeats within 90 days gets its first answer.
    pub const RECEIPTS: RangeInclusive<u16> = 90..=3_650;
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            decisions_days: 400,
            activity_days: 30,
            receipts_days: 90,
        }
    }
}

/// The channels on which the AI may answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// All of them.
    All,
    /// These. A conversation whose channel is not known is on none of them.
    Only(Vec<ChannelId>),
}

impl Channels {
    /// True if the AI may answer on this one.
    pub fn allow(&self, channel: Option<ChannelId>) -> bool {
        match self {
            Self::All => true,
            Self::Only(allowed) => channel.is_some_and(|channel| allowed.contains(&channel)),
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
