//! Tickets of the demo's last weeks, done with and without conversations: how they came by their
//! owners is what a sample of them shows.

use super::contact::Contact;
use super::doer::{By, Doer};
use super::records::Desk;
use super::ticket::{OWNER, Ticket};
use super::versions::Versions;
use crate::domain::ids::TicketId;
use crate::simulator::demo_world;
use crate::simulator::hubspot::account::{Account, OwnerKind, Role};
use crate::simulator::hubspot::refused::Refused;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Below every other ticket of the account, and every other contact.
const FIRST_TICKET: i64 = 14_384_000_001;
const FIRST_CONTACT: i64 = 101;
/// An enrolment of the workflow, counted upwards.
const FIRST_ENROLLMENT: i64 = 2_383_000_000_001;
/// Between two tickets.
const APART: TimeDelta = TimeDelta::hours(17);
/// A workflow assigns at once, people take longer.
const ROTATED_AFTER: TimeDelta = TimeDelta::seconds(4);
const TAKEN_AFTER: TimeDelta = TimeDelta::minutes(21);

/// How a ticket came by its owner.
#[derive(Clone, Copy)]
enum Came {
    /// A workflow rotated it.
    Rotated,
    /// A person took it.
    Taken,
    /// A workflow rotated it, and then another person took it.
    TakenOver,
    /// It has none.
    Never,
}

/// What customers asked, the newest first.
const ASKED: [(&str, &str, Came); 24] = [
    ("Invoice for March", "Inga Invoice", Came::Rotated),
    ("Parcel arrived open", "Paul Parcel", Came::Taken),
    ("Change of address", "Ada Address", Came::Rotated),
    ("Cannot sign in", "Lou Login", Came::TakenOver),
    ("Which size fits me?", "Sina Size", Came::Never),
    ("Wrong colour delivered", "Carlo Colour", Came::Rotated),
    ("Cancel my order", "Otto Order", Came::Taken),
    ("Voucher is not accepted", "Vera Voucher", Came::Taken),
    ("When is it back in stock?", "Stella Stock", Came::Rotated),
    ("Return label missing", "Rita Return", Came::Rotated),
    ("Newsletter twice a day", "Nils News", Came::Never),
    ("Charged twice", "Doris Double", Came::TakenOver),
    ("Do you ship abroad?", "Abel Abroad", Came::Rotated),
    ("Screen stays black", "Bea Black", Came::Taken),
    ("Need it by Friday", "Fred Friday", Came::Taken),
    ("Delete my account", "Dana Delete", Came::TakenOver),
    ("Question on the warranty", "Willi Warranty", Came::Rotated),
    ("Two parts are missing", "Mia Missing", Came::Rotated),
    ("Opening hours on holidays", "Holly Holiday", Came::Never),
    ("Discount for schools", "Simon School", Came::Taken),
    ("Courier did not ring", "Ruby Ring", Came::Rotated),
    ("Battery runs down", "Bert Battery", Came::Taken),
    ("A word of thanks", "Theo Thanks", Came::Never),
    ("Manual in Spanish?", "Manuel Manual", Came::TakenOver),
];

impl Desk {
    /// Puts them there.
    pub(super) fn remember_past_tickets(
        &mut self,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Result<(), Refused> {
        let agents = agents(account);
        let mut agents = agents.iter().copied().cycle();
        for (place, (subject, customer, came)) in (0..).zip(ASKED) {
            let at = now - APART * (place + 1);
            let place = i64::from(place);
            let contact = self.past_contact(FIRST_CONTACT + place, customer);
            let id = TicketId(FIRST_TICKET + 1_000 - place);
            let ticket = past_ticket(id, contact, subject, at);
            self.tickets.insert(id, Versions::begin(ticket, at));
            let (Some(first), Some(second)) = (agents.next(), agents.next()) else {
                continue;
            };
            let rotated = Doer {
                by: By::Workflow(demo_world::WORKFLOW, FIRST_ENROLLMENT + place),
                now: at + ROTATED_AFTER,
            };
            let taken = |agent: Agent| Doer {
                by: By::Person(agent.user),
                now: at + TAKEN_AFTER,
            };
            match came {
                Came::Rotated => self.own(id, Some(first.owner), rotated)?,
                Came::Taken => self.own(id, Some(first.owner), taken(first))?,
                Came::TakenOver => {
                    self.own(id, Some(first.owner), rotated)?;
                    self.own(id, Some(second.owner), taken(second))?;
                }
                Came::Never => {}
            }
        }
        Ok(())
    }

    fn past_contact(&mut self, id: i64, name: &str) -> i64 {
        let email = format!("{}@customer.example", name.to_lowercase().replace(' ', "."));
        let name = name.to_owned();
        self.contacts.insert(id, Contact { id, name, email });
        id
    }
}

/// Somebody who owns tickets.
#[derive(Clone, Copy)]
struct Agent {
    user: i64,
    owner: i64,
}

fn agents(account: &Account) -> Vec<Agent> {
    let answers = |user: i64| {
        let known = account.user(user);
        let is_agent = known.is_some_and(|known| known.role == Role::Agent);
        is_agent && user != demo_world::AI_SENDER_USER_ID
    };
    let owners = account.owners.iter();
    let agents = owners.filter_map(|owner| match owner.kind {
        OwnerKind::Person(user) if answers(user) => Some(Agent {
            user,
            owner: owner.id,
        }),
        OwnerKind::Person(_) | OwnerKind::Archived(_) | OwnerKind::Queue => None,
    });
    agents.collect()
}

/// A ticket that is done with.
fn past_ticket(id: TicketId, contact: i64, subject: &str, at: DateTime<Utc>) -> Ticket {
    let id_text = id.to_string();
    let properties: BTreeMap<String, String> = [
        ("subject", subject),
        ("content", ""),
        ("hs_pipeline", "0"),
        ("hs_pipeline_stage", "4"),
        ("hs_ticket_priority", "MEDIUM"),
        ("hs_object_id", &id_text),
        ("hs_num_associated_conversations", "0"),
        (OWNER, ""),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    Ticket {
        id,
        contact,
        threads: BTreeSet::new(),
        properties,
        owner_changes: Vec::new(),
        created_at: at,
        updated_at: at,
        is_archived: false,
    }
}
