//! What each event of a delivery means here: a fact to be decided, work for later, or nothing.
//! For that the portals' AI senders, their owners and the links of their conversations are read.

use super::judge_owner;
use crate::domain::command::Subject;
use crate::domain::decide::Fact;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::hubspot::webhooks::assignee::TicketOwner;
use crate::hubspot::webhooks::event::Event;
use crate::hubspot::webhooks::happened::Happened;
use crate::hubspot::webhooks::people::People;
use crate::hubspot::webhooks::told;
use crate::store::PgConnection;
use crate::store::error::StoreError;
use crate::store::event_context;
use crate::store::event_queues::Work;
use crate::store::pool::{Store, read};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What an event means.
#[derive(Debug)]
pub enum Meaning {
    /// A fact about one conversation or ticket.
    Fact(Meant, Fact),
    /// Something to be done later.
    Later(Work),
    /// Nothing that Baton needs to know.
    Nothing,
}

/// What a fact is about.
#[derive(Clone, Copy, Debug)]
pub struct Meant {
    /// The ticket and the conversation it names.
    pub subject: Subject,
    /// The ticket its conversation was linked to a moment ago: a hint, so that the command stands
    /// in that ticket's line at once.
    pub linked_ticket: Option<TicketId>,
}

/// An event with its JSON.
pub type Usable = (Event, String);

/// Finds out.
///
/// # Errors
/// Those of the database.
pub async fn find(
    store: &Arc<Store>,
    events: Vec<Usable>,
) -> Result<Vec<(Event, String, Meaning)>, StoreError> {
    let wanted = Wanted::by(&events);
    // Nothing of the database has to be known for messages and deletions.
    let known = match wanted.portals.is_empty() {
        true => Known::default(),
        false => read(store, move |conn| wanted.read(conn)).await?,
    };
    let mean = |(event, content): Usable| {
        let meaning = known.meaning(&event);
        (event, content, meaning)
    };
    Ok(events.into_iter().map(mean).collect())
}

/// What has to be read.
#[derive(Default)]
struct Wanted {
    portals: BTreeSet<PortalId>,
    owners: BTreeSet<(PortalId, i64)>,
    threads: BTreeSet<(PortalId, ThreadId)>,
}

impl Wanted {
    fn by(events: &[Usable]) -> Self {
        let mut wanted = Self::default();
        for (event, _) in events {
            let portal = event.portal;
            let thread = match &event.happened {
                Happened::ThreadAssigned { thread, .. } => Some(*thread),
                Happened::ThreadOpened(thread)
                | Happened::ThreadClosed(thread)
                | Happened::ThreadArchived(thread) => Some(*thread),
                Happened::TicketAssigned { to, .. } => {
                    wanted.portals.insert(portal);
                    if let TicketOwner::Owner(owner) = to {
                        wanted.owners.insert((portal, *owner));
                    }
                    None
                }
                Happened::TicketLinked { .. }
                | Happened::ThreadCreated(_)
                | Happened::ThreadRestored(_)
                | Happened::MessageAdded { .. }
                | Happened::ThreadErased(_)
                | Happened::ContactErased(_)
                | Happened::TicketsMerged { .. }
                | Happened::NothingOfUse => None,
            };
            if let Some(thread) = thread {
                wanted.portals.insert(portal);
                wanted.threads.insert((portal, thread));
            }
        }
        wanted
    }

    fn read(self, conn: &mut PgConnection) -> Result<Known, StoreError> {
        let portals: Vec<PortalId> = self.portals.into_iter().collect();
        let owners: Vec<(PortalId, i64)> = self.owners.into_iter().collect();
        let threads: Vec<(PortalId, ThreadId)> = self.threads.into_iter().collect();
        let mut known = Known::default();
        for (portal, sender) in event_context::ai_senders(conn, &portals)? {
            known.people.entry(portal).or_default().ai_sender = Some(sender);
        }
        for owner in event_context::owners(conn, &owners)? {
            let people = known.people.entry(PortalId(owner.portal_id)).or_default();
            people
                .owners
                .insert(owner.owner_id, judge_owner::known(&owner));
        }
        for (portal, thread, ticket) in event_context::tickets_of(conn, &threads)? {
            known.tickets.insert((portal, thread), ticket);
        }
        Ok(known)
    }
}

/// What was read.
#[derive(Default)]
struct Known {
    people: HashMap<PortalId, People>,
    tickets: HashMap<(PortalId, ThreadId), TicketId>,
}

impl Known {
    fn meaning(&self, event: &Event) -> Meaning {
        let unknown = People::default();
        let people = self.people.get(&event.portal).unwrap_or(&unknown);
        if let Some((subject, fact)) = told::fact(event, people) {
            let thread = subject.thread.filter(|_| subject.ticket.is_none());
            let linked = thread.and_then(|thread| self.tickets.get(&(event.portal, thread)));
            let linked_ticket = linked.copied();
            return Meaning::Fact(
                Meant {
                    subject,
                    linked_ticket,
                },
                fact,
            );
        }
        match &event.happened {
            Happened::MessageAdded { thread, message_id } => Meaning::Later(Work::ReadMessage {
                thread: *thread,
                message_id: message_id.clone(),
            }),
            Happened::ThreadErased(thread) => Meaning::Later(Work::EraseThread(*thread)),
            Happened::ContactErased(contact) => Meaning::Later(Work::EraseContact(*contact)),
            Happened::TicketsMerged { into, merged } => Meaning::Later(Work::MergeTickets {
                into: *into,
                merged: merged.clone(),
            }),
            Happened::ThreadCreated(thread) => Meaning::Later(Work::KnowThread(*thread)),
            Happened::ThreadRestored(thread) => Meaning::Later(Work::ReadThread(*thread)),
            Happened::ThreadAssigned { .. }
            | Happened::ThreadOpened(_)
            | Happened::ThreadClosed(_)
            | Happened::ThreadArchived(_)
            | Happened::TicketAssigned { .. }
            | Happened::TicketLinked { .. }
            | Happened::NothingOfUse => Meaning::Nothing,
        }
    }
}
