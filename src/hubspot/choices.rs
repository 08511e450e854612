//! The inputs that are chosen from a list: HubSpot's value on the left, what it means on the right,
//! the default first. Calls are read by these lists, and the definitions offer them.

use crate::domain::command::Reach;
use crate::domain::hold::{OnTimeout, Priority};
use crate::domain::time::Span;

/// How long a pause lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PauseDuration {
    /// Until somebody resumes.
    UntilResumed,
    /// This long.
    Fixed(Span),
    /// As long as `duration_minutes` says.
    Custom,
}

/// What Send to AI asks for; the words that belong to it are inputs of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// An answer to the customer's latest message.
    AnswerLatest,
    /// The words of `message_text`.
    FixedMessage,
    /// An answer along the lines of `instruction`.
    AnswerWithInstruction,
    /// Nothing before the customer writes again.
    WaitForNext,
}

/// What Send to AI does where a person owns the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfHumanOwned {
    /// Leaves it with them.
    Refuse,
    /// Takes it from them, where the portal's policy allows it.
    TakeOver,
}

/// `duration`
pub const DURATIONS: &[(&str, PauseDuration)] = &[
    ("until_resumed", PauseDuration::UntilResumed),
    ("15m", PauseDuration::Fixed(Span::from_minutes(15))),
    ("1h", PauseDuration::Fixed(Span::from_hours(1))),
    ("4h", PauseDuration::Fixed(Span::from_hours(4))),
    ("1d", PauseDuration::Fixed(Span::from_days(1))),
    ("3d", PauseDuration::Fixed(Span::from_days(3))),
    ("custom", PauseDuration::Custom),
];

/// `response_mode`
pub const RESPONSE_MODES: &[(&str, Response)] = &[
    ("answer_latest", Response::AnswerLatest),
    ("fixed_message", Response::FixedMessage),
    ("answer_with_instruction", Response::AnswerWithInstruction),
    ("wait_for_next", Response::WaitForNext),
];

/// `if_human_owned`
pub const IF_HUMAN_OWNED: &[(&str, IfHumanOwned)] = &[
    ("refuse", IfHumanOwned::Refuse),
    ("take_over", IfHumanOwned::TakeOver),
];

/// `priority`
pub const PRIORITIES: &[(&str, Priority)] = &[
    ("normal", Priority::Normal),
    ("low", Priority::Low),
    ("high", Priority::High),
    ("urgent", Priority::Urgent),
];

/// `on_timeout`
pub const ON_TIMEOUT: &[(&str, OnTimeout)] = &[
    ("notify", OnTimeout::Notify),
    ("return_to_ai", OnTimeout::ReturnToAi),
    ("escalate", OnTimeout::Escalate),
];

/// `conversations` of Pause AI and Resume AI
pub const REACHES_OF_MANY: &[(&str, Reach)] = &[
    ("all_open", Reach::AllOpen),
    ("latest", Reach::Latest),
    ("originating", Reach::Originating),
];

/// `conversations` of Send to AI and Request handoff, which are about one
pub const REACHES_OF_ONE: &[(&str, Reach)] = &[
    ("latest", Reach::Latest),
    ("originating", Reach::Originating),
];

/// Yes or no, as a list.
pub const YES_OR_NO: &[(&str, bool)] = &[("false", false), ("true", true)];

/// `more_options`, which only the workflow editor reads.
pub const MORE_OPTIONS: &[(&str, bool)] = &[("no", false), ("yes", true)];

/// The values of a list.
pub fn values<T>(choices: &'static [(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(value, _)| *value).collect()
}
