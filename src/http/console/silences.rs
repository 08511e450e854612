//! Why the AI is silent: who, since when, why, until when, and how it ends.

use super::shown_time::{Clock, length};
use crate::domain::assess::LiveHold;
use crate::domain::explain::{self, Voice};
use crate::domain::gate::Gate;
use crate::domain::hold::{HandoffTarget, HoldName};
use crate::domain::time::{Span, Timestamp};
use crate::service::show_conversations::ConversationView;
use maud::{Markup, html};

/// A silence in one sentence, for a list.
pub(super) fn sentence(hold: &LiveHold, now: Timestamp) -> String {
    let since = length(now - hold.since);
    let until = hold.until.map(|until| length(until - now));
    let ends = until.map_or_else(String::new, |left| format!(", for another {left}"));
    let by = &hold.by;
    match hold.name {
        HoldName::AdminLock => format!("Locked by {by} for {since}."),
        HoldName::PersonOwns => format!("{by} has owned it for {since}."),
        HoldName::PersonReplied => format!("{by} replied {since} ago; the AI waits{ends}."),
        HoldName::Handoff => {
            let claimed = hold.handoff.as_ref().is_some_and(|asked| asked.is_claimed);
            let state = if claimed {
                "answered by a person"
            } else {
                "pending"
            };
            format!("A handoff, {state}, was asked for {since} ago ({by}){ends}.")
        }
        HoldName::Damped => format!("Workflows contradict one another; ignored{ends}."),
        HoldName::Pause => match hold.until {
            Some(_) => format!("Paused by {by}{ends}."),
            None => format!("Paused by {by} for {since}, until resumed."),
        },
    }
}

/// Every reason for silence of one conversation, in a portal whose conversations are read again so
/// often.
pub(super) fn silences(
    conversation: &ConversationView,
    sweep_period: Span,
    clock: Clock,
) -> Markup {
    let facts = &conversation.thread.record.facts;
    html! {
        ul.silences {
            @for hold in &conversation.holds { (held(hold, clock)) }
            @for gate in &conversation.gates {
                li {
                    h3 { (gate_title(*gate)) " " code.muted.small { (gate.reason().name()) } }
                    p { (explain::gate(Voice::PLAIN, *gate)) }
                    dl {
                        @if let Some(at) = gate.shut_since(facts, conversation.unread_since) {
                            (row("Since", &clock.moment(at)))
                        }
                        (row("Ends when", &html! { (gate.opened_by()) }))
                        @if *gate == Gate::ConversationClosed {
                            (row("If that is not told", &html! {
                                "Baton asks HubSpot every " (length(sweep_period))
                                ", for 30 days after the last message; two answers have to agree"
                            }))
                        }
                    }
                }
            }
        }
    }
}

/// A hold with all that is known of it.
pub(super) fn held(hold: &LiveHold, clock: Clock) -> Markup {
    html! {
        li {
            h3 { (title(hold.name)) " " code.muted.small { (hold.name.code()) } }
            dl {
                (row("Who", &html! { (hold.by) }))
                (row("Since", &clock.moment(hold.since)))
                (row("Until", &match hold.until {
                    Some(until) => clock.moment(until),
                    None => html! { "open-ended" },
                }))
                @if let Some(note) = &hold.note { (row("Why", &html! { (note) })) }
                @if let Some(code) = &hold.reason_code { (row("Reason code", &html! { code { (code) } })) }
                @if let Some(asked) = &hold.handoff {
                    (row("Asked for", &html! { (target(&asked.target)) }))
                    @if let Some(person) = &asked.offered_to { (row("Offered to", &html! { (person) })) }
                    @if let Some(deadline) = asked.claim_deadline { (row("To be taken by", &clock.moment(deadline))) }
                    @if asked.is_claimed { (row("Answered", &html! { "by a person, who has not taken it" })) }
                }
                (row("Ends when", &html! { (explain::how_to_lift(hold.name)) }))
            }
        }
    }
}

/// What silences the whole portal; nothing where nothing does.
pub(super) fn portal_silence(gates: &[Gate]) -> Markup {
    html! {
        @if !gates.is_empty() {
            div.banner {
                p { strong { "The AI is silent in every conversation of this portal." } }
                ul { @for gate in gates { li { (explain::gate(Voice::PLAIN, *gate)) } } }
            }
        }
    }
}

fn row(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

const fn title(name: HoldName) -> &'static str {
    match name {
        HoldName::AdminLock => "Locked",
        HoldName::PersonOwns => "A person owns it",
        HoldName::PersonReplied => "A person replied",
        HoldName::Handoff => "A handoff was requested",
        HoldName::Damped => "Workflows contradict one another",
        HoldName::Pause => "Paused",
    }
}

const fn gate_title(gate: Gate) -> &'static str {
    match gate {
        Gate::NotConnected => "Not connected",
        Gate::ConnectionUnavailable => "Connection lost",
        Gate::PortalKillSwitch => "AI switched off",
        Gate::AiSenderNotSet => "No AI sender",
        Gate::OwnerUnknown => "Not read again yet",
        Gate::MessageUnread => "A message is not read yet",
        Gate::Spam => "Spam",
        Gate::ChannelDisabled => "Channel not allowed",
        Gate::ConversationClosed => "Closed or archived",
        Gate::OtherAi => "Another AI answers",
        Gate::OutsideHours => "Outside hours",
    }
}

fn target(target: &HandoffTarget) -> String {
    match target {
        HandoffTarget::Unassigned => "anybody".to_owned(),
        HandoffTarget::Team(id) => format!("team {id}"),
        HandoffTarget::User(id) => format!("owner {id}"),
    }
}
