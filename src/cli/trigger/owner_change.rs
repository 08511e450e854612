//! `trigger owner-change`: somebody takes a conversation or its ticket, or gives it up.

use super::events::{EventOptions, Happening, WrongEvent};
use super::hubspot_beside::NotTold;
use super::place::Place;
use crate::domain::ids::PortalId;
use crate::simulator::demo_world;
use crate::simulator::hubspot::deed::{Assignee, Deed, Hand};
use crate::simulator::hubspot::demo_people;
use crate::simulator::webhook_event::Change;
use clap::{Args, ValueEnum};

/// How the Customer Agent of the simulated HubSpot is called.
const CUSTOMER_AGENT: &str = "L-1";

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
    pub event: EventOptions,
}

/// Whom to.
#[derive(Clone, Args)]
#[group(id = "owner", required = true, multiple = false)]
struct NewOwner {
    /// To this person or queue of the demo's account, for instance "Sam Service".
    #[arg(long, group = "owner")]
    person: Option<String>,
    /// To nobody.
    #[arg(long, group = "owner")]
    nobody: bool,
    /// To this value as it is: an actor id such as A-3892001 for the conversation, an owner id such
    /// as 81538001 for the ticket.
    #[arg(long, group = "owner")]
    value: Option<String>,
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

impl OwnerChange {
    /// One for each field that changes.
    pub fn happenings(&self, place: &Place) -> Result<Vec<Happening>, WrongEvent> {
        let (actor, owner) = self.to.values(place.portal)?;
        Ok(match self.field {
            OwnerField::Thread => vec![self.of_thread(place, actor)?],
            OwnerField::Ticket => vec![self.of_ticket(place, owner)?],
            OwnerField::Both => {
                vec![self.of_thread(place, actor)?, self.of_ticket(place, owner)?]
            }
        })
    }

    /// `changeSource` and `sourceId`.
    pub fn source(&self) -> (String, String) {
        let (source, source_id) = match self.by {
            ChangedBy::Hand => ("CRM_UI", ""),
            ChangedBy::Automation => ("AUTOMATION_PLATFORM", "enrollmentId:2384000000001"),
        };
        (source.to_owned(), source_id.to_owned())
    }

    fn of_thread(&self, place: &Place, value: String) -> Result<Happening, WrongEvent> {
        let thread = place.thread()?;
        let user = value.strip_prefix("A-").unwrap_or(&value);
        let to = match (value.as_str(), user.parse::<i64>()) {
            ("", _) => Ok(Assignee::Nobody),
            (CUSTOMER_AGENT, _) => Ok(Assignee::CustomerAgent),
            (_, Ok(user)) => Ok(Assignee::User(user)),
            (other, Err(_)) => match other.split_once('-') {
                Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Err(NotTold::CannotDo(
                    "only people and its own agent L-1 can be assigned in it",
                )),
                Some(_) | None => return Err(WrongEvent::NoAssignee(value)),
            },
        };
        let by = self.hand();
        Ok(Happening {
            change: Change::Assignee(thread, value),
            deed: to.map(|to| Deed::AssignThread { thread, to, by }),
        })
    }

    fn of_ticket(&self, place: &Place, value: String) -> Result<Happening, WrongEvent> {
        let ticket = place.ticket()?;
        let owner = match (value.as_str(), value.parse::<i64>()) {
            ("", _) => None,
            (_, Ok(owner)) => Some(owner),
            (_, Err(_)) => return Err(WrongEvent::NoTicketOwner(value)),
        };
        let by = self.hand();
        Ok(Happening {
            change: Change::TicketOwner(ticket, value),
            deed: Ok(Deed::AssignTicket { ticket, owner, by }),
        })
    }

    const fn hand(&self) -> Hand {
        match self.by {
            ChangedBy::Hand => Hand::Admin,
            ChangedBy::Automation => Hand::Workflow(demo_world::WORKFLOW),
        }
    }
}

impl NewOwner {
    /// What the conversation's field and the ticket's field hold then.
    fn values(&self, portal: PortalId) -> Result<(String, String), WrongEvent> {
        if let Some(value) = &self.value {
            return Ok((value.clone(), value.clone()));
        }
        // Clap sees to it that this is `--nobody`.
        let Some(name) = &self.person else {
            return Ok((String::new(), String::new()));
        };
        let person = demo_people::named(portal, name).ok_or_else(|| WrongEvent::UnknownPerson {
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
