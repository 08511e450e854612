//! A line of a timeline as a sentence: who did what.

use super::shown_time::length;
use crate::domain::actor::{Authority, Requester};
use crate::domain::command::{Ask, ResponseMode, What};
use crate::domain::decide::{Fact, Field};
use crate::domain::explain::TEST_RUN;
use crate::domain::hold::HandoffTarget;
use crate::domain::owner::{AssignedBy, Owner};
use crate::domain::status::StatusReading;
use crate::domain::time::Timestamp;
use crate::service::show_conversations::People;
use serde::Deserialize;
use serde_json::Value;

/// What a line says.
pub(super) struct Said {
    /// Who did what.
    pub(super) sentence: String,
    /// When it happened, by HubSpot's time; none for what Baton asked or did itself, and for what
    /// was found by asking: when that came about nobody said.
    pub(super) happened_at: Option<Timestamp>,
    /// The requester's own words.
    pub(super) words: Option<String>,
    /// A run of the test button in HubSpot's workflow editor asked for it.
    pub(super) is_test: bool,
}

/// Reads a line's command. One that a newer Baton wrote is called by its name.
pub(super) fn said(command: &Value, people: &People) -> Said {
    if let Ok(fact) = Fact::deserialize(command) {
        return of_fact(&fact, people);
    }
    let (sentence, words, is_test) = match Ask::deserialize(command) {
        Ok(ask) => (of_ask(&ask), ask.note, is_test(&ask.by)),
        Err(_) => (of_other(command), None, false),
    };
    Said {
        sentence,
        happened_at: None,
        words,
        is_test,
    }
}

fn is_test(by: &Requester) -> bool {
    by.authority == Authority::Workflow && by.name.as_deref() == Some(TEST_RUN)
}

fn of_ask(ask: &Ask) -> String {
    let by = capital(&ask.by.described());
    let did = match &ask.what {
        What::Pause(pause) => match pause.lasts {
            Some(lasts) => format!("asked to pause the AI for {}", length(lasts)),
            None => "asked to pause the AI until resumed".to_owned(),
        },
        What::Resume(resume) if resume.cancel_pending_handoff => {
            "asked to resume the AI and withdraw a pending handoff".to_owned()
        }
        What::Resume(_) => "asked to resume the AI".to_owned(),
        What::SendToAi(send) => match &send.mode {
            ResponseMode::AnswerLatest => "sent it to the AI to answer".to_owned(),
            ResponseMode::FixedMessage { .. } => "sent it to the AI with words to send".to_owned(),
            ResponseMode::AnswerWithInstruction { .. } => {
                "sent it to the AI with an instruction".to_owned()
            }
            ResponseMode::WaitForNext => "sent it to the AI for the next message".to_owned(),
        },
        What::RequestHandoff(handoff) => match &handoff.target {
            None | Some(HandoffTarget::Unassigned) => "requested a handoff".to_owned(),
            Some(HandoffTarget::Team(id)) => format!("requested a handoff to team {id}"),
            Some(HandoffTarget::User(id)) => format!("requested a handoff to owner {id}"),
        },
        What::Lock => "asked to lock the AI out".to_owned(),
        What::Unlock => "asked to unlock".to_owned(),
        What::Unfit(unfit) => {
            let called = unfit.called.replace('_', " ");
            format!(
                "called {called} with an input that does not fit ({})",
                unfit.field
            )
        }
    };
    format!("{by} {did}")
}

fn of_fact(fact: &Fact, people: &People) -> Said {
    let (sentence, happened_at) = match fact {
        Fact::OwnerChanged {
            field,
            owner,
            by,
            at,
        } => (owner_changed(*field, owner, *by, people), Some(*at)),
        Fact::OwnerRead { field, found, .. } => {
            let (what, whom) = (thing(*field), owner_name(*field, &found.owner, people));
            let sentence = format!("HubSpot was asked who owns {what}: {whom}");
            (sentence, None)
        }
        Fact::MessagesRead { .. } => {
            let sentence = "HubSpot was asked what was written meanwhile";
            (sentence.to_owned(), None)
        }
        Fact::AssignmentSent { field, person, .. } => {
            let (what, whom) = (thing(*field), people.name(person));
            let sentence = format!("Baton assigns {what} to {whom} for the handoff");
            (sentence, None)
        }
        Fact::PersonReplied { actor, at, .. } => {
            let sentence = format!("{} answered the customer", people.name(actor));
            (sentence, Some(*at))
        }
        Fact::OtherAiWrote { at, .. } => ("Another AI answered the customer".to_owned(), Some(*at)),
        Fact::CustomerWrote { at, .. } => ("The customer wrote".to_owned(), Some(*at)),
        Fact::AiReplied { at, .. } => ("The AI answered the customer".to_owned(), Some(*at)),
        Fact::Closed { field, at } => (closed(*field).to_owned(), Some(*at)),
        Fact::Opened { field, at } => (format!("{} was opened", capital(thing(*field))), Some(*at)),
        Fact::StatusRead { found, .. } => {
            let sentence = format!(
                "HubSpot was asked whether the conversation is open: it is {}",
                status(*found)
            );
            (sentence, None)
        }
        Fact::ChannelKnown { channel, .. } => {
            let name = channel_name(channel.0);
            let sentence = format!("The conversation is on channel {channel}{name}");
            (sentence, None)
        }
        Fact::SpamTold { is_spam, .. } => {
            let sentence = match is_spam {
                true => "HubSpot files the conversation as spam",
                false => "HubSpot no longer files the conversation as spam",
            };
            (sentence.to_owned(), None)
        }
        // A reading tells of links too, and does not say since when they are.
        Fact::Linked { ticket, .. } => {
            (format!("The conversation belongs to ticket {ticket}"), None)
        }
        Fact::WentAlong {
            merged, ticket, at, ..
        } => {
            let sentence = format!(
                "The conversation went along when ticket {merged} was merged into {ticket}"
            );
            (sentence, Some(*at))
        }
        Fact::HeardOfLeft {
            ticket, owned_at, ..
        } => {
            let sentence = format!("The conversation had left ticket {ticket} by then");
            (sentence, *owned_at)
        }
    };
    Said {
        sentence,
        happened_at,
        words: None,
        is_test: false,
    }
}

/// The channels that HubSpot's documentation names (page "Conversations", read 2026-11-22).
const fn channel_name(channel: i64) -> &'static str {
    match channel {
        1_000 => " (live chat)",
        1_001 => " (Facebook Messenger)",
        1_002 => " (email)",
        _ => "",
    }
}

/// HubSpot tells a closing and a way into the archive, and both are kept as the same fact.
const fn closed(field: Field) -> &'static str {
    match field {
        Field::Ticket => "The ticket was closed",
        Field::Thread(_) => "The conversation was closed or archived",
    }
}

/// One that HubSpot does not show any more has no time of closing.
const fn status(found: StatusReading) -> &'static str {
    match found {
        StatusReading::Open => "open",
        StatusReading::Closed { at: Some(_) } => "closed",
        StatusReading::Closed { at: None } => "closed, archived or gone",
    }
}

fn owner_name(field: Field, owner: &Owner, people: &People) -> String {
    match (owner, field) {
        (Owner::Ai, _) => "the AI".to_owned(),
        (Owner::Nobody, Field::Ticket) if people.have_queues() => "nobody, or a queue".to_owned(),
        (Owner::Nobody, Field::Ticket | Field::Thread(_)) => "nobody".to_owned(),
        (Owner::OtherAi(actor), _) => other_ai(actor),
        (Owner::Person(actor), _) => people.name(actor).to_owned(),
    }
}

/// `L-` is HubSpot's own agent (page "Conversations", read 2026-11-22).
fn other_ai(actor: &str) -> String {
    match actor.split_once('-') {
        Some(("L" | "l", _)) => "HubSpot's Customer Agent".to_owned(),
        Some(_) | None => format!("another AI ({actor})"),
    }
}

fn owner_changed(field: Field, owner: &Owner, by: AssignedBy, people: &People) -> String {
    let what = thing(field);
    let sentence = match (owner, by) {
        (Owner::Person(actor), AssignedBy::Hand) => format!("{} took {what}", people.name(actor)),
        (Owner::Person(actor), AssignedBy::Automation) => {
            format!(
                "{what} was assigned to {} by automation",
                people.name(actor)
            )
        }
        (Owner::Person(actor), AssignedBy::Baton) => {
            format!("Baton assigned {what} to {}", people.name(actor))
        }
        (Owner::Ai, _) => format!("{what} was given to the AI"),
        // A queue is kept as nobody.
        (Owner::Nobody, _) if field == Field::Ticket && people.have_queues() => {
            format!("{what} was unassigned or given to a queue")
        }
        (Owner::Nobody, _) => format!("{what} was unassigned"),
        (Owner::OtherAi(actor), _) => format!("{what} was given to {}", other_ai(actor)),
    };
    capital(&sentence)
}

const fn thing(field: Field) -> &'static str {
    match field {
        Field::Ticket => "the ticket",
        Field::Thread(_) => "the conversation",
    }
}

fn of_other(command: &Value) -> String {
    let timer = command.get("timer");
    let name = timer.and_then(|timer| match timer {
        Value::String(name) => Some(name.as_str()),
        Value::Object(timer) => timer.keys().next().map(String::as_str),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    });
    match (name, timer) {
        (Some("claim_deadline"), _) => "Nobody took the handoff in time".to_owned(),
        (Some("unattended"), _) => "A customer has waited long for an answer".to_owned(),
        (Some("lapse"), _) => "A silence ended by the clock".to_owned(),
        (Some(name), _) => format!("Time ran out: {}", name.replace('_', " ")),
        (None, Some(_)) => "Time ran out".to_owned(),
        (None, None) => "Baton decided".to_owned(),
    }
}

/// Sentences begin with a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
