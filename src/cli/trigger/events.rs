//! Single events of HubSpot's webhooks as commands, with people by the names of the demo's account.

use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::caller::now_ms;
use crate::simulator::hubspot::demo_people;
use crate::simulator::webhook_event::{Change, WebhookEvent};
use clap::{Args, Subcommand, ValueEnum};

/// The event to deliver.
#[derive(Clone, Subcommand)]
pub enum TriggeredEvent {
    /// Somebody takes the conversation or its ticket, or gives it up.
    OwnerChange(OwnerChange),
    /// Somebody writes. As HubSpot's, the event tells neither who nor what.
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

/// Flags of owner-change.
#[derive(Clone, Args)]
#[group(id = "owner", required = true, multiple = false)]
struct NewOwner {
    /// To this person or queue of the demo's account, for instance "Sam Service".
    #[arg(long, group = "owner")]
    person: Option<String>,
    /// To nobody.
    #[arg(long, group = "owner")]
    nobody: bool,
    /// To this value as it is: an actor id such as A-1 for the conversation, an owner id for the
    /// ticket.
    #[arg(long, group = "owner")]
    value: Option<String>,
}

/// Somebody takes the conversation or its ticket.
#[derive(Clone, Args)]
pub struct OwnerChange {
    #[command(flatten)]
    to: NewOwner,
    /// Which of the two owner fields changes.
    #[arg(long, value_enum, default_value_t = OwnerField::Thread)]
    field: OwnerField,
    /// Who changes it.
    #[arg(long, value_enum, default_value_t = ChangedBy::Hand)]
    by: ChangedBy,
    #[command(flatten)]
    event: EventOptions,
}

/// HubSpot has two owner fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OwnerField {
    /// The conversation's assignee.
    Thread,
    /// The ticket's owner.
    Ticket,
    /// First the one, then the other.
    Both,
}

/// Who changes a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ChangedBy {
    /// A teammate.
    Hand,
    /// A workflow.
    Automation,
}

/// Somebody writes.
#[derive(Clone, Args)]
pub struct Message {
    /// The message's id; a new one each time unless given.
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

/// Where it happens.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The account.
    pub portal: PortalId,
    /// The conversation.
    pub thread: ThreadId,
    /// Its ticket.
    pub ticket: TicketId,
}

/// A name that nobody in the demo's account has.
#[derive(Debug, thiserror::Error)]
#[error("nobody in account {portal} is called {name:?}; expected one of {}", .known.join(", "))]
pub struct UnknownPerson {
    portal: PortalId,
    name: String,
    known: Vec<String>,
}

impl TriggeredEvent {
    /// The deliveries to send, one after the other.
    pub fn deliveries(&self, place: Place) -> Result<Vec<Vec<WebhookEvent>>, UnknownPerson> {
        let thread = place.thread;
        let (options, changes, source) = match self {
            Self::OwnerChange(change) => {
                let changes = change.changes(place)?;
                (&change.event, changes, Some(change.source()))
            }
            Self::Message(message) => {
                let id = message.message_id.clone();
                let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
                let change = Change::Message(thread, id, message.kind.clone());
                (&message.event, vec![change], None)
            }
            Self::Status(status) => {
                let value = match status.status {
                    NewStatus::Open => "OPEN",
                    NewStatus::Closed => "CLOSED",
                };
                let change = Change::Status(thread, value.to_owned());
                (&status.event, vec![change], None)
            }
        };
        let happened_ms = now_ms() - options.seconds_ago.saturating_mul(1_000);
        let first_id = options.event_id.unwrap_or_else(now_ms);
        let events = changes
            .into_iter()
            .zip(first_id..)
            .map(|(change, id)| WebhookEvent {
                source: source.clone(),
                ..WebhookEvent::new(place.portal, change, happened_ms, id)
            });
        let first: Vec<WebhookEvent> = events.collect();
        let again = first.iter().cloned();
        let again = again.map(|event| WebhookEvent {
            attempt: 1,
            ..event
        });
        let again: Vec<WebhookEvent> = again.collect();
        Ok(match options.duplicate {
            true => vec![first, again],
            false => vec![first],
        })
    }
}

impl OwnerChange {
    fn changes(&self, place: Place) -> Result<Vec<Change>, UnknownPerson> {
        let (actor, owner) = self.to.values(place.portal)?;
        let of_thread = Change::Assignee(place.thread, actor);
        let of_ticket = Change::TicketOwner(place.ticket, owner);
        Ok(match self.field {
            OwnerField::Thread => vec![of_thread],
            OwnerField::Ticket => vec![of_ticket],
            OwnerField::Both => vec![of_thread, of_ticket],
        })
    }

    fn source(&self) -> (String, String) {
        let (source, source_id) = match self.by {
            ChangedBy::Hand => ("CRM_UI", ""),
            ChangedBy::Automation => ("AUTOMATION_PLATFORM", "enrollmentId:2384000000001"),
        };
        (source.to_owned(), source_id.to_owned())
    }
}

impl NewOwner {
    /// What the conversation's field and the ticket's field hold then.
    fn values(&self, portal: PortalId) -> Result<(String, String), UnknownPerson> {
        if let Some(value) = &self.value {
            return Ok((value.clone(), value.clone()));
        }
        // Clap sees to it that this is `--nobody`.
        let Some(name) = &self.person else {
            return Ok((String::new(), String::new()));
        };
        let person = demo_people::named(portal, name).ok_or_else(|| UnknownPerson {
            portal,
            name: name.clone(),
            known: demo_people::of(portal)
                .into_iter()
                .map(|it| it.name)
                .collect(),
        })?;
        // A conversation cannot be assigned to a queue.
        let actor = person
            .user_id
            .map(|id| format!("A-{id}"))
            .unwrap_or_default();
        Ok((actor, person.owner_id.to_string()))
    }
}
