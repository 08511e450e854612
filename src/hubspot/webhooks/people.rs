//! Who is a person: an agent that is not the AI's sender, or an owner that is neither that sender
//! nor a queue. In doubt it is one.

use super::assignee::{Assignee, TicketOwner};
use crate::domain::owner::Owner;
use std::collections::HashMap;

/// An owner as the owners API told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownOwner {
    /// A queue: nobody in particular.
    Queue,
    /// A person, by user id.
    User(i64),
    /// A person whose user id HubSpot does not tell any more.
    Archived,
}

/// What is known of a portal's people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// The user id of the teammate the AI sends as.
    pub ai_sender: Option<i64>,
    /// Its owners, by owner id. One that is missing counts as a person.
    pub owners: HashMap<i64, KnownOwner>,
}

/// What a ticket's owner is called where their user is not known.
pub fn name_without_user(owner_id: i64) -> String {
    format!("owner {owner_id}")
}

impl People {
    /// Whom a thread's assignee is.
    pub fn assignee(&self, assignee: &Assignee) -> Owner {
        match assignee {
            Assignee::Nobody | Assignee::System => Owner::Nobody,
            Assignee::User(user) => self.user(*user),
            Assignee::UnknownAgent(actor) => Owner::Person(actor.clone()),
            Assignee::OtherAi(actor) => Owner::OtherAi(actor.clone()),
        }
    }

    /// Whom a ticket's owner is. A person goes by the same name in both fields where the user id
    /// is known: `A-` and the user id.
    pub fn ticket_owner(&self, owner: &TicketOwner) -> Owner {
        match owner {
            TicketOwner::Nobody => Owner::Nobody,
            TicketOwner::Unreadable(text) => Owner::Person(format!("owner {text}")),
            TicketOwner::Owner(id) => match self.owners.get(id) {
                Some(KnownOwner::Queue) => Owner::Nobody,
                Some(KnownOwner::User(user)) => self.user(*user),
                Some(KnownOwner::Archived) | None => Owner::Person(name_without_user(*id)),
            },
        }
    }

    fn user(&self, user: i64) -> Owner {
        if self.ai_sender == Some(user) {
            Owner::Ai
        } else {
            Owner::Person(format!("A-{user}"))
        }
    }
}
