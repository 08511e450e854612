//! One batch: lock the records in key order, read under the locks, fold in memory, write
//! everything in one statement, commit.

use super::command::{Body, NotDecided, Reply};
use super::fold::{Folded, RefusedUnheard, fold};
use super::queue::Pending;
use crate::domain::command::Subject;
use crate::domain::decide::Context;
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::record::{Scope, ThreadRecord, TicketRecord};
use crate::domain::time::{Span, Timestamp};
use crate::store::PgConnection;
use crate::store::batch::lock::{self, HeldLocks, Locked, ThreadKey, TicketKey};
use crate::store::batch::missing;
use crate::store::batch::read::{self, Read, Receipt, ReceiptKey};
use crate::store::batch::rows::Rows;
use crate::store::batch::transaction::{transaction, wait_for_locks};
use crate::store::error::StoreError;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use uuid::Uuid;

/// Until HubSpot's clock was seen, what is placed counts as placed this much later.
const UNSEEN_CLOCK: Span = Span::from_secs(120);
/// One command that waits for a held record waits this long, and so does all that queues behind
/// it: longer than another replica holds a record for a batch, and short for the others.
const LOCK_WAIT: Duration = Duration::from_millis(20);
/// Another replica may answer the same key first; then the batch runs again, this often at most.
const MOST_REPEATS: u32 = 5;

/// What became of each command of a batch, in their order.
pub enum Fate {
    /// Its answer is committed.
    Answered(Reply),
    /// It could not be decided.
    Failed(NotDecided),
    /// Another transaction holds its record; or its thread belongs to this ticket.
    GoesBack(Option<TicketId>),
}

/// Decides a batch and commits it.
///
/// # Errors
/// Those of the database; then nothing is decided, unless the COMMIT's answer was lost.
pub fn run(
    conn: &mut PgConnection,
    pending: &[Pending],
    held: HeldLocks,
) -> Result<Vec<Fate>, StoreError> {
    for _ in 0..MOST_REPEATS {
        let attempt = transaction(conn, |conn| attempt(conn, pending, held));
        match attempt {
            Ok(fates) => return Ok(fates),
            Err(Retry::Missing(tickets, threads)) => missing::insert(conn, &tickets, &threads)?,
            Err(Retry::AnsweredElsewhere) => {}
            Err(Retry::Failed(error)) => return Err(error),
        }
    }
    Err(StoreError::Busy(
        "other replicas answered the same keys again and again".to_owned(),
    ))
}

/// Why a transaction is rolled back and run again.
enum Retry {
    Missing(Vec<TicketKey>, Vec<ThreadKey>),
    AnsweredElsewhere,
    Failed(StoreError),
}

impl From<StoreError> for Retry {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

fn attempt(
    conn: &mut PgConnection,
    pending: &[Pending],
    held: HeldLocks,
) -> Result<Vec<Fate>, Retry> {
    if held == HeldLocks::AreAwaited {
        wait_for_locks(conn, LOCK_WAIT)?;
    }
    let mut records = Records::lock(conn, pending, held)?;
    let keys: BTreeSet<ReceiptKey> = pending.iter().filter_map(receipt_key).cloned().collect();
    let keys: Vec<ReceiptKey> = keys.into_iter().collect();
    let portals: BTreeSet<PortalId> = pending.iter().map(|one| one.command.portal).collect();
    let portals: Vec<PortalId> = portals.into_iter().collect();
    let read = read::read(conn, &keys, &portals)?;

    let mut batch = Batch {
        receipts: HashMap::new(),
        rows: Rows::default(),
        read: &read,
    };
    let mut fates = Vec::with_capacity(pending.len());
    let mut gone_back = HashSet::new();
    for one in pending {
        let line = one.command.line();
        // What came after a command that goes back must not overtake it.
        let fate = match gone_back.contains(&line) {
            true => Fate::GoesBack(None),
            false => batch.decide(one, &mut records)?,
        };
        if matches!(fate, Fate::GoesBack(_)) {
            gone_back.insert(line);
        }
        fates.push(fate);
    }
    let Batch { mut rows, .. } = batch;
    records.collect(&mut rows, read.now)?;
    if !rows.is_empty() && !rows.write(conn)? {
        return Err(Retry::AnsweredElsewhere);
    }
    Ok(fates)
}

fn receipt_key(pending: &Pending) -> Option<&ReceiptKey> {
    match &pending.command.body {
        Body::Ask { once, .. } => once.as_ref().map(|once| &once.key),
        Body::Fact(_) => None,
    }
}

/// The records of a batch, ours until it commits.
struct Records {
    tickets: HashMap<TicketKey, TicketRecord>,
    threads: HashMap<ThreadKey, ThreadRecord>,
    held_tickets: BTreeSet<TicketKey>,
    held_threads: BTreeMap<ThreadKey, Option<TicketId>>,
    changed_tickets: BTreeSet<TicketKey>,
    changed_threads: BTreeSet<ThreadKey>,
}

impl Records {
    /// Locks every record the commands name, tickets before threads.
    fn lock(conn: &mut PgConnection, pending: &[Pending], held: HeldLocks) -> Result<Self, Retry> {
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
            changed_tickets: BTreeSet::new(),
            changed_threads: BTreeSet::new(),
        };
        for (key, locked) in lock::tickets(conn, &ticket_keys, held)? {
            match locked {
                Locked::Ours(record) => drop(records.tickets.insert(key, record)),
                Locked::HeldElsewhere { .. } => drop(records.held_tickets.insert(key)),
            }
        }
        for (key, locked) in lock::threads(conn, &thread_keys, &ticket_keys, held)? {
            match locked {
                Locked::Ours(record) => drop(records.threads.insert(key, record)),
                Locked::HeldElsewhere { ticket } => {
                    records.held_threads.insert(key, ticket);
                }
            }
        }
        let tickets = ticket_keys
            .into_iter()
            .filter(|key| !records.knows_ticket(key));
        let missing_tickets: Vec<TicketKey> = tickets.collect();
        let threads = thread_keys
            .into_iter()
            .filter(|key| !records.knows_thread(key));
        let missing_threads: Vec<ThreadKey> = threads.collect();
        if missing_tickets.is_empty() && missing_threads.is_empty() {
            Ok(records)
        } else {
            Err(Retry::Missing(missing_tickets, missing_threads))
        }
    }

    fn knows_ticket(&self, key: &TicketKey) -> bool {
        self.tickets.contains_key(key) || self.held_tickets.contains(key)
    }

    fn knows_thread(&self, key: &ThreadKey) -> bool {
        self.threads.contains_key(key) || self.held_threads.contains_key(key)
    }

    /// Everything a command is decided over, or why it cannot be now.
    fn scope(&self, one: &Pending) -> Result<(Scope, Option<RefusedUnheard>), Option<TicketId>> {
        let portal = one.command.portal;
        let Subject { ticket, thread } = one.command.subject;
        let named = thread.map(|id| (portal, id));
        if named.is_some_and(|key| self.held_threads.contains_key(&key)) {
            return Err(None);
        }
        let named = named.and_then(|key| self.threads.get(&key));
        let linked = named.and_then(ThreadRecord::ticket);
        let (ticket, unheard) = match (ticket, linked) {
            (Some(ticket), Some(linked)) if ticket != linked => {
                (Some(ticket), Some(RefusedUnheard::BelongsElsewhere))
            }
            (Some(ticket), _) => (Some(ticket), None),
            (None, linked) => (linked, None),
        };
        let Some(ticket) = ticket else {
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
        // The thread was linked after its caller looked: the ticket has to be locked as well.
        let Some(record) = self.tickets.get(&key) else {
            return Err(Some(ticket));
        };
        let of_ticket = |thread: &&ThreadRecord| {
            let is_named = unheard.is_none() && named.is_some_and(|named| named.id == thread.id);
            is_named || thread.ticket() == Some(ticket)
        };
        let of_portal = self.threads.iter().filter(|((of, _), _)| *of == portal);
        let mut threads: Vec<ThreadRecord> = of_portal
            .map(|(_, thread)| thread)
            .filter(of_ticket)
            .cloned()
            .collect();
        threads.sort_by_key(|thread| thread.id);
        Ok((
            Scope {
                ticket: Some(record.clone()),
                threads,
            },
            unheard,
        ))
    }

    /// True if one of the ticket's threads is held elsewhere: a command that reaches all threads
    /// of a ticket must not be decided over some of them.
    fn holds_back_thread_of(&self, (portal, ticket): TicketKey) -> bool {
        let mut held = self.held_threads.iter();
        held.any(|((of, _), linked)| *of == portal && *linked == Some(ticket))
    }

    /// Takes over what a command made of its records.
    fn keep(&mut self, portal: PortalId, scope: Scope) {
        if let Some(ticket) = scope.ticket {
            let key = (portal, ticket.id);
            if self.tickets.get(&key) != Some(&ticket) {
                self.changed_tickets.insert(key);
                self.tickets.insert(key, ticket);
            }
        }
        for thread in scope.threads {
            let key = (portal, thread.id);
            if self.threads.get(&key) != Some(&thread) {
                self.changed_threads.insert(key);
                self.threads.insert(key, thread);
            }
        }
    }

    /// Hands what changed to the rows, each record once.
    fn collect(&self, rows: &mut Rows, now: Timestamp) -> Result<(), StoreError> {
        for key in &self.changed_tickets {
            if let Some(ticket) = self.tickets.get(key) {
                rows.ticket(key.0, ticket)?;
            }
        }
        for key in &self.changed_threads {
            let Some(thread) = self.threads.get(key) else {
                continue;
            };
            let ticket = thread
                .ticket()
                .and_then(|ticket| self.tickets.get(&(key.0, ticket)));
            let ticket = ticket.map(|ticket| &ticket.record);
            let view = crate::domain::assess::View {
                thread: &thread.record,
                ticket,
            };
            rows.thread(key.0, thread, view.assess(now).state())?;
        }
        Ok(())
    }
}

/// What a batch gathers while it folds.
struct Batch<'a> {
    receipts: HashMap<ReceiptKey, Receipt>,
    rows: Rows,
    read: &'a Read,
}

impl Batch<'_> {
    fn decide(&mut self, one: &Pending, records: &mut Records) -> Result<Fate, StoreError> {
        let once = match &one.command.body {
            Body::Ask { once, .. } => once.as_ref(),
            Body::Fact(_) => None,
        };
        let earlier = once.and_then(|once| {
            self.receipts
                .get(&once.key)
                .or_else(|| self.read.receipts.get(&once.key))
        });
        let is_reused = match (once, earlier) {
            (Some(once), Some(earlier)) if once.request_hash == earlier.request_hash => {
                let bytes = earlier.answer.clone();
                return Ok(Fate::Answered(Reply {
                    bytes,
                    verdict: None,
                }));
            }
            (_, earlier) => earlier.is_some(),
        };
        let (mut scope, elsewhere) = match records.scope(one) {
            Ok(scope) => scope,
            Err(ticket) => return Ok(Fate::GoesBack(ticket)),
        };
        let unheard = if is_reused {
            Some(RefusedUnheard::KeyReused)
        } else {
            elsewhere
        };

        let unknown = Portal::unknown();
        let portal = self
            .read
            .portals
            .get(&one.command.portal)
            .unwrap_or(&unknown);
        let now = scope
            .decided_at()
            .max(Some(self.read.now))
            .unwrap_or(self.read.now);
        let offset = self.read.hubspot_offset.unwrap_or(UNSEEN_CLOCK);
        let ctx = Context {
            decision: Uuid::now_v7(),
            now,
            placed_at: now + offset,
            portal,
        };
        // A panic is caught here, so that one command never takes its batch with it. The rows
        // are gathered aside, and joined only when the fold came to its end.
        let mut rows = Rows::default();
        let folding = || fold(&one.command, &mut scope, unheard, &ctx, &mut rows);
        let folded = catch_unwind(AssertUnwindSafe(folding));
        let folded = match folded {
            Ok(folded) => folded?,
            Err(_) => {
                let what = "deciding it panicked; the log says where";
                return Ok(Fate::Failed(NotDecided::Faulty(what.to_owned())));
            }
        };
        let reply = match folded {
            Folded::NeedsThread => return Ok(Fate::Failed(NotDecided::NeedsThread)),
            Folded::Done(reply) => reply,
        };
        self.rows.append(rows);
        records.keep(one.command.portal, scope);
        if let Some(once) = once.filter(|_| !is_reused) {
            let receipt = Receipt {
                request_hash: once.request_hash,
                answer: reply.bytes.clone(),
            };
            self.receipts.insert(once.key.clone(), receipt);
        }
        Ok(Fate::Answered(reply))
    }
}
