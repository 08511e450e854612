//! What is done to conversations. Every change is an entry of the history and an event.

use super::actor::Actor;
use super::doer::{By, Doer};
use super::records::{Beginning, Desk};
use super::thread::{Channel, Item, Status, Thread, What, Words};
use super::told::Told;
use crate::domain::ids::{ThreadId, TicketId};
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::webhook_event::Change;
use chrono::{DateTime, SecondsFormat, Utc};
use std::sync::Arc;

/// When a customer last wrote.
const LAST_RECEIVED_AT: &str = "hs_last_message_received_at";
/// Whether a customer had the last word.
const LAST_FROM_VISITOR: &str = "hs_last_message_from_visitor";

/// A conversation that a customer begins.
pub struct FirstMessage<'a> {
    pub customer: &'a str,
    pub text: &'a str,
    pub channel: Channel,
    /// Help Desk opens a ticket; an inbox does not.
    pub opens_ticket: bool,
}

impl Desk {
    /// A customer begins a conversation.
    pub fn begin(
        &mut self,
        first: &FirstMessage<'_>,
        now: DateTime<Utc>,
    ) -> Result<(ThreadId, Option<TicketId>), Refused> {
        let contact = self.contact_named(first.customer);
        let id = self.new_thread_id();
        self.add_thread(Beginning {
            id,
            contact,
            channel: first.channel,
            at: now,
        });
        let doer = Doer {
            by: By::Customer(contact),
            now,
        };
        self.tell(Change::Created(id), doer);
        self.customer_writes(id, first.text, now)?;
        if !first.opens_ticket {
            return Ok((id, None));
        }
        let ticket = self.new_ticket_id();
        self.add_ticket(ticket, id, first.text, now);
        self.tell_of_record(
            Change::Linked(ticket, id),
            Doer {
                by: By::HubSpot,
                now,
            },
        );
        Ok((id, Some(ticket)))
    }

    /// The customer writes; a closed conversation opens.
    pub fn customer_writes(
        &mut self,
        id: ThreadId,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<String, Refused> {
        let thread = self.thread(id)?;
        let by = By::Customer(thread.contact);
        let doer = Doer { by, now };
        let what = What::Incoming(Words::plain(text));
        let message = self.write(id, what, by.actor(), doer)?;
        if thread.status == Status::Closed {
            self.set_status(id, Status::Open, doer)?;
        }
        let received_at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        let by_visitor = (LAST_FROM_VISITOR, "true".to_owned());
        self.stamp(id, now, vec![(LAST_RECEIVED_AT, received_at), by_visitor]);
        Ok(message)
    }

    /// An agent, or an app in an agent's name, writes to the customer.
    pub fn reply(
        &mut self,
        id: ThreadId,
        sender: Actor,
        words: Words,
        doer: Doer,
    ) -> Result<String, Refused> {
        let message = self.write(id, What::Outgoing(words), sender, doer)?;
        self.stamp(id, doer.now, vec![(LAST_FROM_VISITOR, "false".to_owned())]);
        Ok(message)
    }

    /// An internal note.
    pub fn comment(&mut self, id: ThreadId, words: Words, doer: Doer) -> Result<String, Refused> {
        self.write(id, What::Comment(words), doer.by.actor(), doer)
    }

    /// Assigns a conversation, or takes it from whoever has it.
    pub fn assign(&mut self, id: ThreadId, to: Option<Actor>, doer: Doer) -> Result<(), Refused> {
        let from = self.thread(id)?.assignee;
        if from == to {
            return Ok(());
        }
        let item = Item::new(
            doer.now,
            doer.by.actor(),
            doer.by,
            What::Assignment(from, to),
        );
        self.change_thread(id, doer, |thread| {
            thread.assignee = to;
            thread.items.push(Arc::new(item));
        })?;
        let value = to.map(|actor| actor.to_string()).unwrap_or_default();
        self.tell(Change::Assignee(id, value), doer);
        Ok(())
    }

    /// Opens or closes a conversation.
    pub fn set_status(&mut self, id: ThreadId, to: Status, doer: Doer) -> Result<(), Refused> {
        if self.thread(id)?.status == to {
            return Ok(());
        }
        let what = What::StatusChange(to);
        let item = Item::new(doer.now, doer.by.actor(), doer.by, what);
        self.change_thread(id, doer, |thread| {
            thread.status = to;
            thread.closed_at = (to == Status::Closed).then_some(doer.now);
            thread.items.push(Arc::new(item));
        })?;
        self.tell(Change::Status(id, to.name().to_owned()), doer);
        Ok(())
    }

    /// Puts a conversation into the archive.
    pub fn archive(&mut self, id: ThreadId, doer: Doer) -> Result<(), Refused> {
        if !self.thread(id)?.is_archived {
            self.change_thread(id, doer, |thread| thread.is_archived = true)?;
            self.tell(Change::Deleted(id), doer);
        }
        Ok(())
    }

    /// Takes it out again.
    pub fn restore(&mut self, id: ThreadId, doer: Doer) -> Result<(), Refused> {
        if self.thread(id)?.is_archived {
            self.change_thread(id, doer, |thread| thread.is_archived = false)?;
            self.tell(Change::Restored(id), doer);
        }
        Ok(())
    }

    /// A privacy deletion of one conversation: it is gone.
    pub fn erase(&mut self, id: ThreadId, doer: Doer) -> Result<(), Refused> {
        self.thread(id)?;
        self.threads.remove(&id);
        self.tell(Change::Erased(id), doer);
        Ok(())
    }

    /// A privacy deletion of a contact: its conversations are gone, too.
    pub fn erase_contact(&mut self, contact: i64, doer: Doer) -> Result<(), Refused> {
        self.contacts
            .remove(&contact)
            .ok_or(Refused::UnknownContact(contact))?;
        self.threads
            .retain(|_, thread| thread.newest().contact != contact);
        self.tell(Change::ContactErased(contact), doer);
        Ok(())
    }

    fn write(
        &mut self,
        id: ThreadId,
        what: What,
        actor: Actor,
        doer: Doer,
    ) -> Result<String, Refused> {
        let (kind, words) = match &what {
            What::Incoming(words) | What::Outgoing(words) => ("MESSAGE", words),
            What::Comment(words) => ("COMMENT", words),
            What::Assignment(..) | What::StatusChange(_) => return Err(Refused::EmptyText),
        };
        let is_rich = words
            .rich_text
            .as_ref()
            .is_some_and(|text| !text.is_empty());
        if words.text.trim().is_empty() && !is_rich {
            return Err(Refused::EmptyText);
        }
        let item = Item::new(doer.now, actor, doer.by, what);
        let message = item.id.clone();
        self.change_thread(id, doer, |thread| thread.items.push(Arc::new(item)))?;
        let change = Change::Message(id, message.clone(), kind.to_owned());
        // HubSpot says no source of a message.
        self.told.push(Told {
            change,
            at: doer.now,
            source: None,
        });
        Ok(message)
    }

    /// HubSpot itself writes this on the ticket of a conversation, and tells nobody.
    fn stamp(&mut self, thread: ThreadId, now: DateTime<Utc>, properties: Vec<(&str, String)>) {
        let ticket = self.thread(thread).ok().and_then(|thread| thread.ticket);
        let versions = ticket.and_then(|ticket| self.ticket_versions(ticket).ok());
        let properties = properties.into_iter();
        let properties = properties.map(|(name, value)| (name.to_owned(), value));
        if let Some(versions) = versions {
            versions.change(now, |ticket| ticket.properties.extend(properties));
        }
    }

    fn change_thread(
        &mut self,
        id: ThreadId,
        doer: Doer,
        change: impl FnOnce(&mut Thread),
    ) -> Result<(), Refused> {
        self.thread_versions(id)?.change(doer.now, change);
        Ok(())
    }

    fn tell(&mut self, change: Change, doer: Doer) {
        self.told.push(Told {
            change,
            at: doer.now,
            source: doer.by.source_of_conversation(),
        });
    }
}
