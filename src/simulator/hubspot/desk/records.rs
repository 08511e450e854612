//! The records of one account's desk: found, made, and changed one at a time.

use super::contact::Contact;
use super::thread::{Channel, Status, Thread};
use super::ticket::{ORIGINATING_THREAD, OWNER, Ticket};
use super::told::Told;
use super::versions::Versions;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::simulator::demo_world;
use crate::simulator::hubspot::refused::Refused;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One account's desk.
pub struct Desk {
    portal: PortalId,
    pub(super) threads: BTreeMap<ThreadId, Versions<Thread>>,
    pub(super) tickets: BTreeMap<TicketId, Versions<Ticket>>,
    pub(super) contacts: BTreeMap<i64, Contact>,
    /// What subscribers were not told yet.
    pub(super) told: Vec<Told>,
    /// How late readers see changes.
    pub lag: TimeDelta,
    began_at: DateTime<Utc>,
    next_thread: i64,
    next_ticket: i64,
    next_contact: i64,
}

/// What a new conversation begins with.
pub struct Beginning {
    pub id: ThreadId,
    pub contact: i64,
    pub channel: Channel,
    pub at: DateTime<Utc>,
}

impl Desk {
    pub fn empty(portal: PortalId, now: DateTime<Utc>) -> Self {
        Self {
            portal,
            threads: BTreeMap::new(),
            tickets: BTreeMap::new(),
            contacts: BTreeMap::new(),
            told: Vec::new(),
            lag: TimeDelta::zero(),
            began_at: now,
            next_thread: 9_000_001,
            next_ticket: 25_384_000_001,
            next_contact: 301,
        }
    }

    /// Leaves out as many numbers of conversations and tickets.
    pub const fn number_after(&mut self, before: i64) {
        self.next_thread = self.next_thread.saturating_add(before);
        self.next_ticket = self.next_ticket.saturating_add(before);
    }

    /// What subscribers have to be told.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// The moment whose state readers see now.
    pub fn seen_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now - self.lag
    }

    pub fn thread(&mut self, id: ThreadId) -> Result<Arc<Thread>, Refused> {
        self.thread_versions(id)
            .map(|versions| Arc::clone(versions.newest()))
    }

    pub fn ticket(&mut self, id: TicketId) -> Result<Arc<Ticket>, Refused> {
        self.ticket_versions(id)
            .map(|versions| Arc::clone(versions.newest()))
    }

    /// A conversation as it was at a moment.
    pub fn thread_as_of(&mut self, id: ThreadId, moment: DateTime<Utc>) -> Option<Arc<Thread>> {
        let versions = self.thread_versions(id).ok()?;
        versions.as_of(moment).map(Arc::clone)
    }

    /// A ticket as it was at a moment.
    pub fn ticket_as_of(&mut self, id: TicketId, moment: DateTime<Utc>) -> Option<Arc<Ticket>> {
        let versions = self.ticket_versions(id).ok()?;
        versions.as_of(moment).map(Arc::clone)
    }

    /// Every conversation as it was at a moment, in the order of their ids.
    pub fn threads_as_of(&self, moment: DateTime<Utc>) -> impl Iterator<Item = &Arc<Thread>> {
        let all = self.threads.values();
        all.filter_map(move |thread| thread.as_of(moment))
    }

    /// Every ticket after this one as it was at a moment, in the order of their ids.
    pub fn tickets_as_of(
        &self,
        after: TicketId,
        moment: DateTime<Utc>,
    ) -> impl Iterator<Item = &Arc<Ticket>> {
        let later = self.tickets.range(TicketId(after.0.saturating_add(1))..);
        later.filter_map(move |(_, ticket)| ticket.as_of(moment))
    }

    /// A ticket that somebody asked for before.
    pub fn known_ticket(&self, id: TicketId) -> Option<&Ticket> {
        self.tickets.get(&id).map(|ticket| ticket.newest().as_ref())
    }

    pub fn contact(&self, id: i64) -> Option<&Contact> {
        self.contacts.get(&id)
    }

    /// The contact with this name, made if there is none.
    pub fn contact_named(&mut self, name: &str) -> i64 {
        let known = self.contacts.values().find(|known| known.name == name);
        if let Some(known) = known {
            return known.id;
        }
        let id = self.next_contact;
        self.next_contact += 1;
        let address: String = name
            .to_lowercase()
            .chars()
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    '.'
                }
            })
            .collect();
        let contact = Contact {
            id,
            name: name.to_owned(),
            email: format!("{address}@customer.example"),
        };
        self.contacts.insert(id, contact);
        id
    }

    pub fn new_thread_id(&mut self) -> ThreadId {
        self.next_thread += 1;
        ThreadId(self.next_thread)
    }

    pub fn new_ticket_id(&mut self) -> TicketId {
        self.next_ticket += 1;
        TicketId(self.next_ticket)
    }

    pub(super) fn thread_versions(
        &mut self,
        id: ThreadId,
    ) -> Result<&mut Versions<Thread>, Refused> {
        if !self.threads.contains_key(&id) {
            let place = id.0 - demo_world::THREAD.0;
            self.know(TicketId(demo_world::TICKET.0.saturating_add(place)));
        }
        self.threads.get_mut(&id).ok_or(Refused::UnknownThread(id))
    }

    pub(super) fn ticket_versions(
        &mut self,
        id: TicketId,
    ) -> Result<&mut Versions<Ticket>, Refused> {
        self.know(id);
        self.tickets.get_mut(&id).ok_or(Refused::UnknownTicket(id))
    }

    /// The demo's account has a million tickets, each with a conversation; a record is made when
    /// somebody first asks for one.
    fn know(&mut self, ticket: TicketId) {
        if self.portal != demo_world::PORTAL || self.tickets.contains_key(&ticket) {
            return;
        }
        let Some(thread) = demo_world::originating_thread(ticket) else {
            return;
        };
        let contact = self.contact_named("Casey Customer");
        let at = self.began_at - TimeDelta::hours(2);
        self.add_thread(Beginning {
            id: thread,
            contact,
            channel: Channel::Chat,
            at,
        });
        self.add_ticket(ticket, thread, "A question", at);
    }

    pub(super) fn add_thread(&mut self, beginning: Beginning) {
        let thread = Thread {
            id: beginning.id,
            contact: beginning.contact,
            ticket: None,
            channel: beginning.channel,
            status: Status::Open,
            assignee: None,
            is_archived: false,
            created_at: beginning.at,
            closed_at: None,
            items: Vec::new(),
        };
        let versions = Versions::begin(thread, beginning.at);
        self.threads.insert(beginning.id, versions);
    }

    /// A ticket as Help Desk opens one for a conversation: owned by nobody.
    pub(super) fn add_ticket(
        &mut self,
        id: TicketId,
        thread: ThreadId,
        subject: &str,
        at: DateTime<Utc>,
    ) {
        let Some(of) = self.threads.get_mut(&thread) else {
            return;
        };
        let contact = of.newest().contact;
        let message = of.newest().items.first().map(|item| item.id.clone());
        of.change(at, |thread| thread.ticket = Some(id));
        let mut properties = BTreeMap::new();
        let mut put = |name: &str, value: String| properties.insert(name.to_owned(), value);
        put("subject", subject.to_owned());
        put("content", String::new());
        put("hs_pipeline", "0".to_owned());
        put("hs_pipeline_stage", "1".to_owned());
        put("hs_ticket_priority", "MEDIUM".to_owned());
        put("hs_object_id", id.to_string());
        put("hs_num_associated_conversations", "1".to_owned());
        put(OWNER, String::new());
        put(ORIGINATING_THREAD, thread.to_string());
        if let Some(message) = message {
            put("hs_conversations_originating_message_id", message);
        }
        let ticket = Ticket {
            id,
            contact,
            threads: [thread].into(),
            properties,
            owner_changes: Vec::new(),
            created_at: at,
            updated_at: at,
            is_archived: false,
        };
        self.tickets.insert(id, Versions::begin(ticket, at));
    }
}
