//! What is done to tickets. Every change that somebody can subscribe to is an event.

use super::doer::Doer;
use super::records::Desk;
use super::ticket::{OWNER, OwnerChange};
use super::told::Told;
use crate::domain::ids::{ThreadId, TicketId};
use crate::simulator::hubspot::refused::Refused;
use crate::simulator::webhook_event::Change;
use std::collections::BTreeMap;

impl Desk {
    /// Gives a ticket to an owner, or takes it from whoever has it.
    pub fn own(&mut self, id: TicketId, owner: Option<i64>, doer: Doer) -> Result<(), Refused> {
        let value = owner.map(|owner| owner.to_string()).unwrap_or_default();
        self.set_properties(id, [(OWNER.to_owned(), value)].into(), doer)
    }

    /// Changes properties; those that stay as they are make no event.
    pub fn set_properties(
        &mut self,
        id: TicketId,
        properties: BTreeMap<String, String>,
        doer: Doer,
    ) -> Result<(), Refused> {
        let before = self.ticket(id)?;
        let is_new = |(name, value): &(String, String)| {
            before.properties.get(name).map_or("", String::as_str) != value
        };
        let changed: Vec<(String, String)> = properties.into_iter().filter(is_new).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let owner = changed.iter().find(|(name, _)| name == OWNER).cloned();
        let owner_change = owner.clone().map(|(_, owner)| OwnerChange {
            owner,
            by: doer.by,
            at: doer.now,
        });
        self.ticket_versions(id)?.change(doer.now, |ticket| {
            ticket.properties.extend(changed);
            ticket.owner_changes.extend(owner_change);
            ticket.updated_at = doer.now;
        });
        if let Some((_, owner)) = owner {
            self.tell_of_record(Change::TicketOwner(id, owner), doer);
        }
        Ok(())
    }

    /// A conversation is added to a ticket. The originating one stays as it was.
    pub fn link(&mut self, id: TicketId, thread: ThreadId, doer: Doer) -> Result<(), Refused> {
        let before = self.thread(thread)?.ticket;
        if before == Some(id) {
            return Ok(());
        }
        self.ticket(id)?;
        if let Some(before) = before.and_then(|before| self.tickets.get_mut(&before)) {
            before.change(doer.now, |ticket| ticket.threads.remove(&thread));
        }
        self.ticket_versions(id)?.change(doer.now, |ticket| {
            ticket.threads.insert(thread);
            let count = ticket.threads.len().to_string();
            let name = "hs_num_associated_conversations".to_owned();
            ticket.properties.insert(name, count);
        });
        self.thread_versions(thread)?
            .change(doer.now, |thread| thread.ticket = Some(id));
        self.tell_of_record(Change::Linked(id, thread), doer);
        Ok(())
    }

    /// The second ticket is merged into the first, and is gone afterwards.
    pub fn merge(&mut self, into: TicketId, merged: TicketId, doer: Doer) -> Result<(), Refused> {
        self.ticket(into)?;
        let threads = self.ticket(merged)?.threads.clone();
        for thread in &threads {
            if let Ok(versions) = self.thread_versions(*thread) {
                versions.change(doer.now, |thread| thread.ticket = Some(into));
            }
        }
        self.ticket_versions(into)?.change(doer.now, |ticket| {
            ticket.threads.extend(threads);
            let name = "hs_merged_object_ids".to_owned();
            let ids = ticket.properties.entry(name).or_default();
            if !ids.is_empty() {
                ids.push(';');
            }
            ids.push_str(&merged.to_string());
            ticket.updated_at = doer.now;
        });
        self.ticket_versions(merged)?
            .change(doer.now, |ticket| ticket.is_archived = true);
        self.tell_of_record(Change::Merged(into, merged), doer);
        Ok(())
    }

    pub(super) fn tell_of_record(&mut self, change: Change, doer: Doer) {
        self.told.push(Told {
            change,
            at: doer.now,
            source: Some(doer.by.source_of_record()),
        });
    }
}
