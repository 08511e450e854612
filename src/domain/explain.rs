//! One plain sentence for every silence and every answer: who, since when, until when, how to
//! lift it. English; at most 255 characters, HubSpot's limit for a workflow's text output.

use super::assess::LiveHold;
use super::command::Unfit;
use super::gate::Gate;
use super::hold::{HandoffTarget, HoldName};
use super::outcome::{Outcome, ReasonCode};
use super::time::{Span, Timestamp};

/// The longest explanation, in characters.
pub const MAX_CHARS: usize = 255;

/// What an explanation is made from.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The action's name in a sentence, for instance `Resume AI`.
    pub action: &'a str,
    /// What became of it.
    pub outcome: Outcome,
    /// Why.
    pub reason: ReasonCode,
    /// The strongest silence that is live now.
    pub strongest: Option<&'a LiveHold>,
    /// The strongest gate that is shut.
    pub gate: Option<Gate>,
    /// The portal is not live yet: the silence and the policies bind nobody.
    pub is_observed: bool,
    /// The author asked to wait, which nothing can complete yet.
    pub did_not_wait: bool,
    /// Now.
    pub now: Timestamp,
}

/// The sentence of an action's answer.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other code speaks for itself"
)]
pub fn answer(told: Told<'_>) -> String {
    let state = state_sentence(told);
    let text = match told.outcome {
        Outcome::Applied | Outcome::Extended | Outcome::Merged => match told.reason {
            ReasonCode::HandoffWithdrawn => format!("The pending handoff was withdrawn. {state}"),
            ReasonCode::HandoffMerged => format!("Joined the pending handoff. {state}"),
            ReasonCode::PauseExtended => format!("The pause was extended. {state}"),
            _ => state,
        },
        Outcome::Already => format!("Nothing changed. {state}"),
        Outcome::AppliedShadowed => format!("Kept beneath a stronger silence. {state}"),
        Outcome::Queued => format!("{} {state}", queued(told.reason)),
        Outcome::Refused => format!("{}: not done. {}", told.action, refusal(told, &state)),
        Outcome::NotFound => {
            "No conversation is known for this object, and no thread_id was given. \
             Nothing was changed."
                .to_owned()
        }
        Outcome::DryRun => format!("Dry run, nothing was changed. {state}"),
    };
    let text = if told.is_observed {
        format!("Observed only: this portal is not live, nothing here binds the AI. Live: {text}")
    } else {
        text
    };
    let waits = " It did not wait: nothing can complete a wait here.";
    shorten(&if told.did_not_wait {
        format!("{text}{waits}")
    } else {
        text
    })
}

/// The sentence of an input that does not fit.
pub fn unfit(unfit: &Unfit) -> String {
    let Unfit {
        field,
        value,
        expected,
        ..
    } = unfit;
    shorten(&if value.is_empty() {
        format!("Input {field} is missing. Expected {expected}.")
    } else {
        format!("Input {field} does not fit: '{value}'. Expected {expected}.")
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other code speaks for itself"
)]
fn queued(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::TakeoverRequested => "The conversation is being taken over by the AI.",
        ReasonCode::HandoffWithdrawn => "The assignment for the handoff is being taken back.",
        ReasonCode::ConversationClosed => "The conversation is being opened.",
        _ => "Recorded on the ticket; it counts once a conversation is seen.",
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other code speaks for itself"
)]
fn refusal(told: Told<'_>, state: &str) -> String {
    match told.reason {
        ReasonCode::StaleRequest => "No customer waits for these words any more.".to_owned(),
        ReasonCode::TakeoverNotPermitted => {
            format!("This portal's policy does not let workflows take over. {state}")
        }
        ReasonCode::ConversationAmbiguous => {
            "The conversation belongs to another ticket, or the ticket has too many of them; \
             name one with thread_id."
                .to_owned()
        }
        ReasonCode::CallbackIdReused => {
            "This callback id was used before for another action or object.".to_owned()
        }
        _ => state.to_owned(),
    }
}

fn state_sentence(told: Told<'_>) -> String {
    match (told.strongest, told.gate) {
        (Some(hold), _) => silence(hold, told.now),
        (None, Some(gate)) => {
            format!(
                "Nobody holds the conversation, but the AI stays silent. {}",
                gate.sentence()
            )
        }
        (None, None) => "The AI may answer.".to_owned(),
    }
}

/// The sentence of one silence.
pub fn silence(hold: &LiveHold, now: Timestamp) -> String {
    let by = &hold.by;
    let since = clock(hold.since, now);
    let until = hold
        .until
        .map(|until| format!("until {}", clock(until, now)));
    let text = match hold.name {
        HoldName::AdminLock => format!("Locked by {by} since {since}. Only an admin unlocks it."),
        HoldName::PersonOwns => format!(
            "A person ({by}) has owned this conversation since {since}. \
             Assign it to the AI, or unassign it, to free it."
        ),
        HoldName::PersonReplied => format!(
            "A person ({by}) replied at {since}; the AI is silent {}.",
            until.unwrap_or_default()
        ),
        HoldName::Handoff => {
            let target = hold.handoff.as_ref().map(|handoff| target(&handoff.target));
            let is_claimed = hold
                .handoff
                .as_ref()
                .is_some_and(|handoff| handoff.is_claimed);
            let state = if is_claimed {
                "was answered by a person"
            } else {
                "is pending"
            };
            let offered = hold
                .handoff
                .as_ref()
                .and_then(|handoff| handoff.offered_to.as_ref())
                .map(|person| format!(", offered to {person}"));
            format!(
                "A handoff{} {state} since {since} ({by}){}. Send to AI withdraws it; \
                 Resume AI does with 'cancel pending handoff'.",
                target.unwrap_or_default(),
                offered.unwrap_or_default()
            )
        }
        HoldName::Damped => format!(
            "Workflows contradict one another here, so they are ignored {}.",
            until.unwrap_or_default()
        ),
        HoldName::Pause => format!(
            "Paused by {by} {}. Lift it with Resume AI.",
            until.unwrap_or_else(|| "until resumed".to_owned())
        ),
    };
    shorten(&text)
}

/// How a silence is lifted, as `silent_because` says it.
pub const fn how_to_lift(name: HoldName) -> &'static str {
    match name {
        HoldName::AdminLock => "an admin unlocks it",
        HoldName::PersonOwns => "the person unassigns the conversation or gives it to the AI",
        HoldName::PersonReplied => {
            "it ends by itself; assigning the conversation to the AI ends it"
        }
        HoldName::Handoff => {
            "a person takes it, Send to AI, or Resume AI with cancel_pending_handoff"
        }
        HoldName::Damped => "it ends 10 minutes after the last attempt of a workflow",
        HoldName::Pause => "Resume AI or Send to AI",
    }
}

fn target(target: &HandoffTarget) -> String {
    match target {
        HandoffTarget::Unassigned => String::new(),
        HandoffTarget::Team(id) => format!(" to team {id}"),
        HandoffTarget::User(id) => format!(" to owner {id}"),
    }
}

/// The time of day in UTC, with the date unless it is within 12 hours.
fn clock(at: Timestamp, now: Timestamp) -> String {
    let near = Span::from_hours(12);
    let is_near = at - now < near && now - at < near;
    let format = if is_near {
        "%H:%M UTC"
    } else {
        "%-d %b %Y %H:%M UTC"
    };
    at.to_utc().format(format).to_string()
}

/// Cuts at the limit, at a character's edge.
pub fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(MAX_CHARS - 1).collect();
    short.push('…');
    short
}
