//! The records of one batch: locked, folded over in memory, and handed to the rows.

use super::command::Body;
use super::fold::RefusedUnheard;
use super::queue::Pending;
use crate::domain::assess::View;
use crate::domain::command::{Pause, Reach, Subject, What};
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::record::{Record, Scope, ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use crate::store::PgConnection;
use crate::store::batch::lock::{self, HeldLocks, Locked, ThreadKey, TicketKey};
use crate::store::batch::record_columns::Changed;
use crate::store::batch::rows::Rows;
use crate::store::error::StoreError;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The records of a batch, ours until it commits.
pub struct Records {
    tickets: HashMap<TicketKey, TicketRecord>,
    threads: HashMap<ThreadKey, ThreadRecord>,
    held_tickets: BTreeSet<TicketKey>,
    held_threads: BTreeMap<ThreadKey, Option<TicketId>>,
    changed_tickets: BTreeMap<TicketKey, Changed>,
    changed_threads: BTreeMap<ThreadKey, Changed>,
    threads_of: HashMap<TicketKey, BTreeSet<ThreadKey>>,
}

/// Records that do not exist yet, so that nothing could be locked in their place.
pub struct Missing {
    /// Tickets.
    pub tickets: Vec<TicketKey>,
    /// Threads.
    pub threads: Vec<ThreadKey>,
}

/// A thread of which a fact names another ticket than its own, and what it leaves if it moves.
pub struct Left {
    /// The thread, still linked to the ticket it leaves.
    pub thread: ThreadRecord,
    /// That ticket and its other threads.
    pub stays: Scope,
}

impl Left {
    /// All of it, for a thread that stays after all.
    pub fn with_thread(&mut self) -> &mut Scope {
        self.stays
            .threads
            .retain(|other| other.id != self.thread.id);
        self.stays.threads.push(self.thread.clone());
        self.stays.threads.sort_by_key(|thread| thread.id);
        &mut self.stays
    }

    /// The newest decision about any of it.
    pub fn decided_at(&self) -> Option<Timestamp> {
        self.thread.decided_at.max(self.stays.decided_at())
    }
}

/// Everything one command is decided over, and why it may have to be refused unheard.
pub type Heard = (Scope, Option<RefusedUnheard>);

impl Records {
    /// Locks every record the commands name, tickets before threads.
    ///
    /// # Errors
    /// Those of the database.
    pub fn lock(
        conn: &mut PgConnection,
        pending: &[Pending],
        held: HeldLocks,
    ) -> Result<Result<Self, Missing>, StoreError> {
        let mut ticket_keys = BTreeSet::new();
        let mut thread_keys = BTreeSet::new();
        for one in pending {
            let Subject { ticket, thread } = one.command.subject;
            let tickets = [ticket, one.command.linked_ticket].into_iter().flatten();
            ticket_keys.extend(tickets.map(|id| (one.command.portal, id)));
            thread_keys.extend(thread.map(|id| (one.command.portal, id)));
        }
        let ticket_keys: Vec<TicketKey> = ticket_keys.into_iter().collect();
        let thread_keys: Vec<ThreadKey> = thread_keys.into_iter().collect();
        let mut records = Self {
            tickets: HashMap::new(),
            threads: HashMap::new(),
            held_tickets: BTreeSet::new(),
            held_threads: BTreeMap::new(),
            changed_tickets: BTreeMap::new(),
            changed_threads: BTreeMap::new(),
            threads_of: HashMap::new(),
        };
        for (key, locked) in lock::tickets(conn, &ticket_keys, held)? {
            match locked {
                Locked::Ours(record) => drop(records.tickets.insert(key, record)),
                Locked::HeldElsewhere { .. } => drop(records.held_tickets.insert(key)),
            }
        }
        for (key, locked) in lock::threads(conn, &thread_keys, &ticket_keys, held)? {
            match locked {
                Locked::Ours(record) => records.put_thread(key, record),
                Locked::HeldElsewhere { ticket } => {
                    records.held_threads.insert(key, ticket);
                }
            }
        }
        let unknown = |key: &TicketKey| !records.knows_ticket(key);
        let tickets: Vec<TicketKey> = ticket_keys.into_iter().filter(unknown).collect();
        let unknown = |key: &ThreadKey| !records.knows_thread(key);
        let threads: Vec<ThreadKey> = thread_keys.into_iter().filter(unknown).collect();
        if tickets.is_empty() && threads.is_empty() {
            Ok(Ok(records))
        } else {
            Ok(Err(Missing { tickets, threads }))
        }
    }

    fn put_thread(&mut self, key: ThreadKey, thread: ThreadRecord) {
        let left = self.threads.get(&key).and_then(ThreadRecord::ticket);
        let left = left.and_then(|ticket| self.threads_of.get_mut(&(key.0, ticket)));
        if let Some(threads) = left {
            threads.remove(&key);
        }
        if let Some(ticket) = thread.ticket() {
            self.threads_of
                .entry((key.0, ticket))
                .or_default()
                .insert(key);
        }
        self.threads.insert(key, thread);
    }

    fn knows_ticket(&self, key: &TicketKey) -> bool {
        self.tickets.contains_key(key) || self.held_tickets.contains(key)
    }

    fn knows_thread(&self, key: &ThreadKey) -> bool {
        self.threads.contains_key(key) || self.held_threads.contains_key(key)
    }

    /// Everything a command is decided over.
    ///
    /// # Errors
    /// It cannot be decided now: a record is held elsewhere (none), or its thread belongs to a
    /// ticket that has to be locked as well (that ticket).
    pub fn scope(&self, one: &Pending) -> Result<Heard, Option<TicketId>> {
        let portal = one.command.portal;
        let Subject { ticket, thread } = one.command.subject;
        let named = thread.map(|id| (portal, id));
        if named.is_some_and(|key| self.held_threads.contains_key(&key)) {
            return Err(None);
        }
        let named = named.and_then(|key| self.threads.get(&key));
        let linked = named.and_then(ThreadRecord::ticket);
        let is_elsewhere = ticket.is_some() && linked.is_some() && ticket != linked;
        let needs_named = is_elsewhere && self.needs_named_thread(one);
        // A move may not have been told yet: what silences the thread counts wherever it is.
        let ticket = ticket.filter(|_| !(needs_named && silences(one)));
        let belongs_elsewhere = is_elsewhere && ticket.is_some();
        let unheard =
            (belongs_elsewhere && needs_named).then_some(RefusedUnheard::BelongsElsewhere);
        let named = named.filter(|_| !belongs_elsewhere);
        let Some(ticket) = ticket.or(linked) else {
            let threads = named.into_iter().cloned().collect();
            return Ok((
                Scope {
                    ticket: None,
                    threads,
                },
                unheard,
            ));
        };
        let key = (portal, ticket);
        if self.held_tickets.contains(&key) || self.holds_back_thread_of(key) {
            return Err(None);
        }
        // The thread was linked after its caller looked.
        let Some(record) = self.tickets.get(&key) else {
            return Err(Some(ticket));
        };
        let of_ticket = self.threads_of.get(&key).into_iter().flatten();
        let mut threads: Vec<ThreadRecord> = of_ticket
            .filter_map(|key| self.threads.get(key))
            .cloned()
            .collect();
        if let Some(named) = named.filter(|_| linked.is_none()) {
            threads.push(named.clone());
            threads.sort_by_key(|thread| thread.id);
        }
        Ok((
            Scope {
                ticket: Some(record.clone()),
                threads,
            },
            unheard,
        ))
    }

    /// Whether a command is about the thread it names, and not only about the ticket: HubSpot goes
    /// on naming the thread a ticket began with after that has moved to another.
    fn needs_named_thread(&self, one: &Pending) -> bool {
        let Body::Ask { ask, .. } = &one.command.body else {
            return true;
        };
        let of_ticket = one
            .command
            .subject
            .ticket
            .map(|id| (one.command.portal, id));
        let knows_others = of_ticket.is_some_and(|key| {
            let threads = self.threads_of.get(&key);
            threads.is_some_and(|threads| !threads.is_empty())
        });
        match ask.reach {
            Reach::Thread(_) | Reach::Originating => true,
            Reach::AllOpen | Reach::Latest => {
                matches!(ask.what, What::SendToAi(_)) && !knows_others
            }
        }
    }

    /// The ticket that a thread of this id belongs to, with the threads that stay when it moves.
    ///
    /// # Errors
    /// As for [`Self::scope`]: the ticket has to be locked as well, with all its threads.
    pub fn left_by(&self, portal: PortalId, id: ThreadId) -> Result<Left, Option<TicketId>> {
        let thread = self.threads.get(&(portal, id)).ok_or(None)?;
        let ticket = thread.ticket().ok_or(None)?;
        let key = (portal, ticket);
        if self.held_tickets.contains(&key) || self.holds_back_thread_of(key) {
            return Err(None);
        }
        let record = self.tickets.get(&key).ok_or(Some(ticket))?;
        let of_ticket = self.threads_of.get(&key).into_iter().flatten();
        let others = of_ticket.filter_map(|key| self.threads.get(key));
        Ok(Left {
            thread: thread.clone(),
            stays: Scope {
                ticket: Some(record.clone()),
                threads: others.filter(|other| other.id != id).cloned().collect(),
            },
        })
    }

    /// True if one of the ticket's threads is held elsewhere: a command that reaches all threads
    /// of a ticket must not be decided over some of them.
    fn holds_back_thread_of(&self, (portal, ticket): TicketKey) -> bool {
        let mut held = self.held_threads.iter();
        held.any(|((of, _), linked)| *of == portal && *linked == Some(ticket))
    }

    /// Takes over what a command made of its records.
    pub fn keep(&mut self, portal: PortalId, scope: Scope) {
        if let Some(ticket) = scope.ticket {
            let key = (portal, ticket.id);
            let before = self.tickets.get(&key);
            if before != Some(&ticket) {
                let before = before.map(|before| &before.record);
                note_change(self.changed_tickets.entry(key), before, &ticket.record);
                self.tickets.insert(key, ticket);
            }
        }
        for thread in scope.threads {
            let key = (portal, thread.id);
            let before = self.threads.get(&key);
            if before != Some(&thread) {
                let before = before.map(|before| &before.record);
                note_change(self.changed_threads.entry(key), before, &thread.record);
                self.put_thread(key, thread);
            }
        }
    }

    /// Hands what changed to the rows, each record once.
    ///
    /// # Errors
    /// If a record has no JSON form.
    pub fn collect(&self, rows: &mut Rows, now: Timestamp) -> Result<(), StoreError> {
        for (key, changed) in &self.changed_tickets {
            if let Some(ticket) = self.tickets.get(key) {
                rows.ticket(key.0, ticket, *changed)?;
            }
        }
        for (key, changed) in &self.changed_threads {
            let Some(thread) = self.threads.get(key) else {
                continue;
            };
            let ticket = thread
                .ticket()
                .and_then(|ticket| self.tickets.get(&(key.0, ticket)));
            let ticket = ticket.map(|ticket| &ticket.record);
            let view = View {
                thread: &thread.record,
                ticket,
            };
            rows.thread(key.0, thread, *changed, view.assess(now).state())?;
        }
        Ok(())
    }
}

/// True for a request that can only silence.
const fn silences(one: &Pending) -> bool {
    match &one.command.body {
        Body::Ask { ask, .. } => match ask.what {
            What::Pause(Pause { replace, .. }) => !replace,
            What::RequestHandoff(_) | What::Lock => true,
            What::Resume(_) | What::SendToAi(_) | What::Unlock | What::Unfit(_) => false,
        },
        Body::Fact(_) | Body::Timer => false,
    }
}

/// Adds what a command changed to what others of the batch did.
fn note_change<K: Ord>(noted: Entry<'_, K, Changed>, before: Option<&Record>, after: &Record) {
    let changed = before.map_or(Changed::ALL, |before| Changed::between(before, after));
    noted
        .and_modify(|earlier| *earlier = earlier.or(changed))
        .or_insert(changed);
}
