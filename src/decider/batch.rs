//! One batch: lock the records in key order, read under the locks, fold in memory, write
//! everything in one statement, commit.

use super::command::{Body, NotDecided, Once, Reply};
use super::fold::{Folded, RefusedUnheard, fold};
use super::fold_move::{OfTwo, fold_move, note_left};
use super::queue::Pending;
use super::records::{Left, Missing, Records};
use crate::domain::decide::{Context, Fact, schedule, schedule_after_timer};
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::record::Scope;
use crate::domain::time::CLOCK_DOUBT;
use crate::store::PgConnection;
use crate::store::batch::event_receipts::{self, EventKey};
use crate::store::batch::left_tickets::{self, LeftTickets};
use crate::store::batch::lock::HeldLocks;
use crate::store::batch::missing;
use crate::store::batch::read::{self, Read, Receipt, ReceiptKey};
use crate::store::batch::rows::Rows;
use crate::store::batch::transaction::{transaction, wait_for_locks};
use crate::store::error::StoreError;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use uuid::Uuid;

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
            Err(Retry::Missing(new)) => missing::insert(conn, &new.tickets, &new.threads)?,
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
    Missing(Missing),
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
    let mut records = Records::lock(conn, pending, held)?.map_err(Retry::Missing)?;
    let keys: BTreeSet<ReceiptKey> = pending
        .iter()
        .filter_map(once)
        .map(|once| once.key.clone())
        .collect();
    let keys: Vec<ReceiptKey> = keys.into_iter().collect();
    let portals: BTreeSet<PortalId> = pending.iter().map(|one| one.command.portal).collect();
    let portals: Vec<PortalId> = portals.into_iter().collect();
    let read = read::read(conn, &keys, &portals)?;
    let events: BTreeSet<EventKey> = pending.iter().filter_map(event_key).collect();
    let events: Vec<EventKey> = events.into_iter().collect();
    let seen = event_receipts::seen(conn, &events)?;

    let mut batch = Batch {
        receipts: HashMap::new(),
        rows: Rows::default(),
        read: &read,
        seen_events: seen,
        new_events: Vec::new(),
        left: LeftTickets::new(),
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
    let Batch {
        mut rows,
        new_events,
        left,
        ..
    } = batch;
    records.collect(&mut rows, read.now)?;
    let is_new = rows.is_empty() || rows.write(conn)?;
    if !is_new || !event_receipts::insert(conn, &new_events)? {
        return Err(Retry::AnsweredElsewhere);
    }
    left_tickets::note(conn, &left)?;
    Ok(fates)
}

fn once(pending: &Pending) -> Option<&Once> {
    match &pending.command.body {
        Body::Ask { once, .. } => once.as_ref(),
        Body::Fact(_) | Body::Timer => None,
    }
}

fn event_key(pending: &Pending) -> Option<EventKey> {
    match &pending.command.body {
        Body::Ask { .. } | Body::Timer => None,
        Body::Fact(told) => told.event,
    }
}

fn told(pending: &Pending) -> Option<&Fact> {
    match &pending.command.body {
        Body::Ask { .. } | Body::Timer => None,
        Body::Fact(told) => Some(&told.fact),
    }
}

/// What a thread leaves by a fact that names another ticket than its own. None is lost without a
/// word.
fn left(records: &Records, portal: PortalId, fact: &Fact) -> Result<Left, Fate> {
    let Some(of_two) = OfTwo::of(fact) else {
        let what = "its conversation belongs to another ticket".to_owned();
        return Err(Fate::Failed(NotDecided::Faulty(what)));
    };
    records
        .left_by(portal, of_two.thread())
        .map_err(Fate::GoesBack)
}

/// What a batch gathers while it folds.
struct Batch<'a> {
    receipts: HashMap<&'a ReceiptKey, Receipt>,
    rows: Rows,
    read: &'a Read,
    seen_events: HashSet<EventKey>,
    new_events: Vec<EventKey>,
    left: LeftTickets,
}

/// What was decided before, under the same key or of the same event.
enum Before {
    Nothing,
    /// The same: it is answered as it was then.
    Answered(Reply),
    /// Something else, under this key.
    KeyReused,
}

impl<'a> Batch<'a> {
    fn decide(&mut self, one: &'a Pending, records: &mut Records) -> Result<Fate, StoreError> {
        let is_reused = match self.before(one) {
            Before::Answered(reply) => return Ok(Fate::Answered(reply)),
            Before::KeyReused => true,
            Before::Nothing => false,
        };
        let (mut scope, elsewhere) = match records.scope(one) {
            Ok(scope) => scope,
            Err(ticket) => return Ok(Fate::GoesBack(ticket)),
        };
        let mut left = match elsewhere.and(told(one)) {
            None => None,
            Some(fact) => match left(records, one.command.portal, fact) {
                Ok(left) => Some(left),
                Err(fate) => return Ok(fate),
            },
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
        let of_left = left.as_ref().and_then(Left::decided_at);
        let now = scope.decided_at().max(of_left).max(Some(self.read.now));
        let now = now.unwrap_or(self.read.now);
        let offset = self.read.hubspot_offset.unwrap_or(CLOCK_DOUBT);
        let ctx = Context {
            decision: Uuid::now_v7(),
            now,
            placed_at: now + offset,
            portal,
        };
        let reply = match self.fold(one, unheard, (&mut scope, left.as_mut()), &ctx)? {
            Some(Folded::Done(reply)) => reply,
            Some(Folded::NeedsThread) => return Ok(Fate::Failed(NotDecided::NeedsThread)),
            None => {
                let what = "deciding it panicked; the log says where";
                return Ok(Fate::Failed(NotDecided::Faulty(what.to_owned())));
            }
        };
        if let Some(fact) = told(one) {
            let scopes = [Some(&scope), left.as_ref().map(|left| &left.stays)];
            note_left((one.command.portal, fact), scopes, &mut self.left);
        }
        let policies = &portal.policies;
        match one.command.body {
            Body::Ask { .. } | Body::Fact(_) => schedule(&mut scope, policies, now),
            Body::Timer => schedule_after_timer(&mut scope, policies, now),
        }
        records.keep(one.command.portal, scope);
        if let Some(Left { mut stays, .. }) = left {
            // The time of the whole ticket may have stood on the thread that is gone.
            schedule(&mut stays, policies, now);
            records.keep(one.command.portal, stays);
        }
        if let Some(once) = once(one).filter(|_| !is_reused) {
            let receipt = Receipt {
                request_hash: once.request_hash,
                answer: reply.bytes.clone(),
            };
            self.receipts.insert(&once.key, receipt);
        }
        let event = event_key(one);
        self.seen_events.extend(event);
        self.new_events.extend(event);
        Ok(Fate::Answered(reply))
    }

    fn before(&self, one: &Pending) -> Before {
        let answered = |bytes| {
            let verdict = None;
            Before::Answered(Reply { bytes, verdict })
        };
        if event_key(one).is_some_and(|event| self.seen_events.contains(&event)) {
            return answered(Vec::new());
        }
        let Some(once) = once(one) else {
            return Before::Nothing;
        };
        let in_batch = self.receipts.get(&once.key);
        match in_batch.or_else(|| self.read.receipts.get(&once.key)) {
            None => Before::Nothing,
            Some(earlier) if earlier.request_hash == once.request_hash => {
                answered(earlier.answer.clone())
            }
            Some(_) => Before::KeyReused,
        }
    }

    /// Folds it. None: it panicked, which is caught here, so that one command never takes its batch
    /// with it; its rows are taken back, so that nothing half done is written.
    fn fold(
        &mut self,
        one: &Pending,
        unheard: Option<RefusedUnheard>,
        (scope, left): (&mut Scope, Option<&mut Left>),
        ctx: &Context<'_>,
    ) -> Result<Option<Folded>, StoreError> {
        let mark = self.rows.mark();
        let folding = || match (left, &one.command.body) {
            (Some(left), Body::Fact(told)) => {
                let told = (one.command.portal, told);
                fold_move(told, scope, left, ctx, &mut self.rows)
            }
            (_, Body::Ask { .. } | Body::Fact(_) | Body::Timer) => {
                fold(&one.command, scope, unheard, ctx, &mut self.rows)
            }
        };
        if let Ok(folded) = catch_unwind(AssertUnwindSafe(folding)) {
            return folded.map(Some);
        }
        self.rows.back_to(mark);
        Ok(None)
    }
}
