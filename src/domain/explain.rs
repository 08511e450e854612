//! One plain sentence for every silence and every answer: who, since when, until when, how to
//! lift it. In the portal's language; at most 255 characters, HubSpot's limit for a workflow's
//! text output. The texts of the languages other than English are not yet reviewed by native
//! speakers. What is expected of an input, names of inputs and how a silence is lifted
//! (`lifted_by`) stay English: programs read them too.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod nl;
mod phrases;
mod pt_br;
mod voice;

pub use voice::Voice;

use super::assess::LiveHold;
use super::command::{Unfit, What};
use super::gate::Gate;
use super::hold::{HandoffTarget, HoldName};
use super::outcome::{Outcome, ReasonCode};
use super::time::Timestamp;
use phrases::{Phrases, fill};

/// The longest explanation, in characters.
pub const MAX_CHARS: usize = 255;

/// The name of a requester that is a run of the test button in HubSpot's workflow editor: kept with
/// what it asked for, so that timelines mark it.
pub const TEST_RUN: &str = en::PHRASES.who.test_run;

/// What an explanation is made from.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The language and the clock.
    pub voice: Voice,
    /// What was asked.
    pub what: &'a What,
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
    let phrases = told.voice.phrases();
    let said = &phrases.outcome;
    let state = state_sentence(told);
    let with_state = |template| fill(template, &[("state", &state)]);
    let text = match told.outcome {
        Outcome::Applied | Outcome::Extended | Outcome::Merged => match told.reason {
            ReasonCode::HandoffWithdrawn => with_state(said.withdrawn),
            ReasonCode::HandoffMerged => with_state(said.merged),
            ReasonCode::PauseExtended => with_state(said.extended),
            _ => state,
        },
        Outcome::AppliedShadowed => with_state(said.shadowed),
        Outcome::Queued => format!("{} {state}", queued(phrases, told.reason)),
        // That nothing was done is the outcome's to say.
        Outcome::Already => state,
        Outcome::Refused => refusal(told, &state),
        Outcome::NotFound => said.not_found.to_owned(),
        Outcome::DryRun => with_state(said.dry_run),
    };
    let text = if told.is_observed {
        fill(said.observed, &[("live", &text)])
    } else {
        text
    };
    shorten(&if told.did_not_wait {
        format!("{text}{}", said.did_not_wait)
    } else {
        text
    })
}

/// The sentence of an input that does not fit.
pub fn unfit(voice: Voice, unfit: &Unfit) -> String {
    let said = &voice.phrases().outcome;
    let template = if unfit.value.is_empty() {
        said.input_missing
    } else {
        said.input_misfit
    };
    let places = [
        ("field", unfit.field.as_str()),
        ("value", unfit.value.as_str()),
        ("expected", unfit.expected.as_str()),
    ];
    shorten(&fill(template, &places))
}

/// The sentence of a conversation in which nothing silences the AI.
pub const fn free(voice: Voice) -> &'static str {
    voice.phrases().state.free
}

/// The sentence of a gate that is shut: what it is and how it opens.
pub const fn gate(voice: Voice, gate: Gate) -> &'static str {
    let gates = &voice.phrases().gates;
    match gate {
        Gate::NotConnected => gates.not_connected,
        Gate::ConnectionUnavailable => gates.connection_unavailable,
        Gate::PortalKillSwitch => gates.kill_switch,
        Gate::AiSenderNotSet => gates.no_sender,
        Gate::Spam => gates.spam,
        Gate::ChannelDisabled => gates.channel,
        Gate::ConversationClosed => gates.closed,
        Gate::OtherAi => gates.other_ai,
        Gate::OutsideHours => gates.outside_hours,
        Gate::OwnerUnknown => gates.owner_unknown,
        Gate::MessageUnread => gates.message_unread,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other code speaks for itself"
)]
const fn queued(phrases: &Phrases, reason: ReasonCode) -> &'static str {
    let said = &phrases.outcome;
    match reason {
        ReasonCode::TakeoverRequested => said.taking_over,
        ReasonCode::HandoffWithdrawn => said.taking_back,
        ReasonCode::ConversationClosed => said.opening,
        _ => said.recorded,
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "every other code speaks for itself"
)]
fn refusal(told: Told<'_>, state: &str) -> String {
    let said = &told.voice.phrases().outcome;
    match told.reason {
        ReasonCode::StaleRequest => said.stale.to_owned(),
        ReasonCode::TakeoverNotPermitted => fill(said.no_takeover, &[("state", state)]),
        ReasonCode::ConversationAmbiguous => said.ambiguous.to_owned(),
        ReasonCode::CallbackIdReused => said.id_reused.to_owned(),
        _ => state.to_owned(),
    }
}

fn state_sentence(told: Told<'_>) -> String {
    match (told.strongest, told.gate) {
        (Some(hold), None) => silence(told.voice, hold, told.now),
        // Lifting what is held would not be enough.
        (Some(hold), Some(shut)) => {
            let silence = silence(told.voice, hold, told.now);
            format!("{silence} {}", gate(told.voice, shut))
        }
        (None, Some(shut)) => {
            let gate = gate(told.voice, shut);
            fill(told.voice.phrases().state.gated, &[("gate", gate)])
        }
        (None, None) => free(told.voice).to_owned(),
    }
}

/// The sentence of one silence.
pub fn silence(voice: Voice, hold: &LiveHold, now: Timestamp) -> String {
    let phrases = voice.phrases();
    let state = &phrases.state;
    let by = who(phrases, &hold.by);
    let since = voice.clock(hold.since, now);
    let until = hold.until.map(|until| {
        let time = voice.clock(until, now);
        fill(state.until, &[("time", &time)])
    });
    let handoff = hold.handoff.as_ref();
    let (template, until) = match hold.name {
        HoldName::AdminLock => (state.locked, until),
        HoldName::PersonOwns => (state.person_owns, until),
        HoldName::PersonReplied => (state.person_replied, until),
        HoldName::Handoff if handoff.is_some_and(|handoff| handoff.is_claimed) => {
            (state.handoff_claimed, until)
        }
        HoldName::Handoff => (state.handoff_pending, until),
        HoldName::Damped => (state.damped, until),
        HoldName::Pause => {
            let until = until.unwrap_or_else(|| state.until_resumed.to_owned());
            (state.paused, Some(until))
        }
    };
    let target = handoff.map(|handoff| target(phrases, &handoff.target));
    let person = handoff.and_then(|handoff| handoff.offered_to.as_deref());
    let offered = person.map(|person| fill(state.offered, &[("person", person)]));
    let places = [
        ("by", by.as_str()),
        ("since", &since),
        ("until", &until.unwrap_or_default()),
        ("target", &target.unwrap_or_default()),
        ("offered", &offered.unwrap_or_default()),
    ];
    shorten(&fill(template, &places))
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

fn target(phrases: &Phrases, target: &HandoffTarget) -> String {
    let (template, id) = match target {
        HandoffTarget::Unassigned => return String::new(),
        HandoffTarget::Team(id) => (phrases.state.to_team, id),
        HandoffTarget::User(id) => (phrases.state.to_owner, id),
    };
    fill(template, &[("id", &id.to_string())])
}

/// Whoever placed a silence is kept as English words (`Requester::described`, and why a handoff is
/// derived); here they are said in the portal's language. A person's name or id stays as it is.
fn who(phrases: &Phrases, by: &str) -> String {
    let (own, english) = (&phrases.who, &en::PHRASES.who);
    let whole = [
        (english.some_workflow, own.some_workflow),
        (english.test_run, own.test_run),
        (english.ai, own.ai),
        (english.admin, own.admin),
        (english.gave_up, own.gave_up),
        (english.spoke_before, own.spoke_before),
    ];
    if let Some((_, said)) = whole.into_iter().find(|(known, _)| *known == by) {
        return said.to_owned();
    }
    let with_a_place = [
        (english.workflow, own.workflow, "id"),
        (english.named_ai, own.named_ai, "name"),
        (english.named_admin, own.named_admin, "name"),
    ];
    let said = with_a_place.into_iter().find_map(|(known, said, place)| {
        let (before, after) = known.split_once(&format!("{{{place}}}"))?;
        let value = by.strip_prefix(before)?.strip_suffix(after)?;
        Some(fill(said, &[(place, value)]))
    });
    said.unwrap_or_else(|| by.to_owned())
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

#[cfg(test)]
mod tests;
