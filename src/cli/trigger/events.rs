//! Single events of HubSpot's webhooks as commands: what changes, and what a simulated HubSpot does
//! so that it has changed there as well.

use super::hubspot_beside::NotTold;
use super::owner_change::OwnerChange;
use super::place::{NotNamed, Place};
use crate::domain::ids::PortalId;
use crate::simulator::caller::now_ms;
use crate::simulator::hubspot::deed::{Deed, Hand};
use crate::simulator::hubspot::demo_people;
use crate::simulator::webhook_event::{Change, WebhookEvent};
use clap::{Args, Subcommand, ValueEnum};

/// The event to deliver.
#[derive(Clone, Subcommand)]
pub enum TriggeredEvent {
    /// Somebody takes the conversation or its ticket, or gives it up.
    OwnerChange(OwnerChange),
    /// The customer writes. As HubSpot's, the event tells neither who nor what.
    Message(Message),
    /// The conversation is opened or closed.
    Status(Status),
}

/// Flags of all events.
#[derive(Clone, Args)]
#[command(next_help_heading = "Event")]
pub struct EventOptions {
    /// Deliver it a second time, as HubSpot may.
    #[arg(long)]
    duplicate: bool,
    /// HubSpot's id of the event; a new one each time unless given.
    #[arg(long)]
    event_id: Option<i64>,
    /// It happened this many seconds ago; below zero in the future.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    seconds_ago: i64,
}

/// Somebody writes.
#[derive(Clone, Args)]
pub struct Message {
    /// What is written. Only the simulated HubSpot is told it; Baton reads it there.
    #[arg(long, default_value = "Is anybody there?")]
    text: String,
    /// The message's id, of one that HubSpot does not have; the simulated HubSpot's unless given.
    #[arg(long)]
    message_id: Option<String>,
    /// MESSAGE, COMMENT (a note among teammates) or WELCOME_MESSAGE.
    #[arg(long = "type", default_value = "MESSAGE")]
    kind: String,
    #[command(flatten)]
    event: EventOptions,
}

/// The conversation is opened or closed.
#[derive(Clone, Args)]
pub struct Status {
    /// Which.
    #[arg(value_enum)]
    status: NewStatus,
    #[command(flatten)]
    event: EventOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NewStatus {
    Open,
    Closed,
}

/// One change, and what makes it in a simulated HubSpot.
pub struct Happening {
    /// As the event tells it.
    pub change: Change,
    /// As the simulated HubSpot does it, or why it cannot.
    pub deed: Result<Deed, NotTold>,
}

/// Why an event is not sent at all.
#[derive(Debug, thiserror::Error)]
pub enum WrongEvent {
    /// A name that nobody in the demo's account has.
    #[error(
        "nobody in account {portal} is called {name:?}; expected one of {}",
        .known.join(", ")
    )]
    UnknownPerson {
        /// The account.
        portal: PortalId,
        /// What was given.
        name: String,
        /// Who is there.
        known: Vec<String>,
    },
    /// Nothing that HubSpot puts into a conversation's field.
    #[error(
        "--value {0:?} is no assignee of a conversation; expected an actor id such as A-3892001 or L-1"
    )]
    NoAssignee(String),
    /// Nothing that HubSpot puts into a ticket's field.
    #[error("--value {0:?} is no owner of a ticket; expected an owner id such as 81538001")]
    NoTicketOwner(String),
    /// What it is about is not known.
    #[error(transparent)]
    NotNamed(#[from] NotNamed),
}

impl TriggeredEvent {
    /// What happens there, in order.
    pub fn happenings(&self, place: &Place) -> Result<Vec<Happening>, WrongEvent> {
        match self {
            Self::OwnerChange(change) => change.happenings(place),
            Self::Message(message) => Ok(vec![message.happening(place)?]),
            Self::Status(status) => Ok(vec![status.happening(place)?]),
        }
    }

    /// The deliveries to send, one after the other.
    pub fn deliveries(&self, portal: PortalId, changes: Vec<Change>) -> Vec<Vec<WebhookEvent>> {
        let (options, source) = match self {
            Self::OwnerChange(change) => (&change.event, Some(change.source())),
            Self::Message(message) => (&message.event, None),
            Self::Status(status) => (&status.event, None),
        };
        let happened_ms = now_ms() - options.seconds_ago.saturating_mul(1_000);
        let first_id = options.event_id.unwrap_or_else(now_ms);
        let events = changes
            .into_iter()
            .zip(first_id..)
            .map(|(change, id)| WebhookEvent {
                source: source.clone(),
                ..WebhookEvent::new(portal, change, happened_ms, id)
            });
        let first: Vec<WebhookEvent> = events.collect();
        let again = first.iter().cloned();
        let again = again.map(|event| WebhookEvent {
            attempt: 1,
            ..event
        });
        let again: Vec<WebhookEvent> = again.collect();
        match options.duplicate {
            true => vec![first, again],
            false => vec![first],
        }
    }
}

impl Message {
    fn happening(&self, place: &Place) -> Result<Happening, NotNamed> {
        let thread = place.thread()?;
        let text = self.text.clone();
        let a_user = || {
            demo_people::of(place.portal)
                .iter()
                .find_map(|it| it.user_id)
        };
        let deed = match (self.kind.as_str(), &self.message_id) {
            (_, Some(_)) => Err("it numbers its messages itself (--message-id)"),
            ("MESSAGE", None) => Ok(Deed::CustomerWrites { thread, text }),
            ("COMMENT", None) => a_user()
                .map(|user| Deed::Note { thread, user, text })
                .ok_or("nobody in this account can write a note"),
            (_, None) => Err("it has no messages of this type (--type)"),
        };
        let id = self.message_id.clone();
        let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
        Ok(Happening {
            change: Change::Message(thread, id, self.kind.clone()),
            deed: deed.map_err(NotTold::CannotDo),
        })
    }
}

impl Status {
    fn happening(&self, place: &Place) -> Result<Happening, NotNamed> {
        let thread = place.thread()?;
        let by = Hand::Admin;
        let (value, deed) = match self.status {
            NewStatus::Open => ("OPEN", Deed::Reopen { thread, by }),
            NewStatus::Closed => ("CLOSED", Deed::Close { thread, by }),
        };
        Ok(Happening {
            change: Change::Status(thread, value.to_owned()),
            deed: Ok(deed),
        })
    }
}
