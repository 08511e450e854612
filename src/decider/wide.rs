//! The wide writer: what touches the conversations of two tickets. It works alone, in one
//! transaction, and waits for locks in the order in which every writer takes them: tickets before
//! threads, each by key.

use super::decided_rows::{Asked, Made};
use crate::domain::assess::View;
use crate::domain::decide::{
    Context, Decided, MergedThread, merge_threads, merge_tickets, schedule,
};
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::record::{Scope, ThreadRecord, TicketRecord};
use crate::domain::time::{CLOCK_DOUBT, Timestamp};
use crate::store::PgConnection;
use crate::store::batch::left_tickets::{self, LeftTickets};
use crate::store::batch::lock::{self, HeldLocks, Locked};
use crate::store::batch::missing;
use crate::store::batch::read;
use crate::store::batch::record_columns::Changed;
use crate::store::batch::rows::Rows;
use crate::store::batch::transaction::{transaction, wait_for_locks};
use crate::store::conversations::linked_ticket;
use crate::store::error::StoreError;
use crate::store::merged_tickets::{self, Merged};
use serde::Serialize;
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// A batch of an ordinary writer holds its records for a few milliseconds.
const LOCK_WAIT: Duration = Duration::from_millis(500);
/// A record may be new, or a thread be linked, between looking and locking; then it looks again.
const MOST_REPEATS: u32 = 5;

/// What is merged into what. The same merge twice changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "merge", rename_all = "snake_case")]
pub enum Merge {
    /// Two tickets: the survivor takes over the other's conversations.
    Tickets {
        /// The one that stays.
        survivor: TicketId,
        /// The one that is gone.
        merged: TicketId,
        /// HubSpot's time of it.
        at: Timestamp,
    },
    /// Two conversations.
    Threads {
        /// The one that stays.
        survivor: ThreadId,
        /// The one that is gone.
        merged: ThreadId,
    },
}

/// Merges and commits. The merged record itself stays as it was, for its timeline.
///
/// # Errors
/// Those of the database, a lock that was held too long among them; then nothing is merged,
/// unless the COMMIT's answer was lost: merging again finds out.
pub fn merge(conn: &mut PgConnection, portal: PortalId, merge: Merge) -> Result<(), StoreError> {
    for _ in 0..MOST_REPEATS {
        let wanted = Wanted::of(conn, portal, merge)?;
        let done = transaction(conn, |conn| attempt(conn, portal, merge, &wanted))?;
        match done {
            Done::Merged => return Ok(()),
            Done::LinkedMeanwhile => {}
            Done::Missing { tickets, threads } => missing::insert(conn, &tickets, &threads)?,
        }
    }
    Err(StoreError::Busy(
        "the conversations of a merge were linked anew again and again".to_owned(),
    ))
}

/// The keys of a merge, sorted.
struct Wanted {
    tickets: Vec<(PortalId, TicketId)>,
    threads: Vec<(PortalId, ThreadId)>,
}

enum Done {
    Merged,
    LinkedMeanwhile,
    Missing {
        tickets: Vec<(PortalId, TicketId)>,
        threads: Vec<(PortalId, ThreadId)>,
    },
}

impl Wanted {
    fn of(conn: &mut PgConnection, portal: PortalId, merge: Merge) -> Result<Self, StoreError> {
        let (mut tickets, mut threads) = (BTreeSet::new(), BTreeSet::new());
        match merge {
            Merge::Tickets {
                survivor, merged, ..
            } => tickets.extend([survivor, merged]),
            Merge::Threads { survivor, merged } => {
                threads.extend([survivor, merged]);
                for thread in [survivor, merged] {
                    tickets.extend(linked_ticket(conn, portal, thread)?);
                }
            }
        }
        Ok(Self {
            tickets: tickets.into_iter().map(|id| (portal, id)).collect(),
            threads: threads.into_iter().map(|id| (portal, id)).collect(),
        })
    }
}

fn attempt(
    conn: &mut PgConnection,
    portal: PortalId,
    merge: Merge,
    wanted: &Wanted,
) -> Result<Done, StoreError> {
    wait_for_locks(conn, LOCK_WAIT)?;
    let tickets = ours(lock::tickets(conn, &wanted.tickets, HeldLocks::AreAwaited)?)?;
    let threads = lock::threads(
        conn,
        &wanted.threads,
        &wanted.tickets,
        HeldLocks::AreAwaited,
    )?;
    let threads = ours(threads)?;
    let knows_ticket = |id: TicketId| tickets.iter().any(|ticket| ticket.id == id);
    let knows_thread = |id: ThreadId| threads.iter().any(|thread| thread.id == id);
    let new_tickets = wanted.tickets.iter().filter(|(_, id)| !knows_ticket(*id));
    let new_threads = wanted.threads.iter().filter(|(_, id)| !knows_thread(*id));
    let (new_tickets, new_threads): (Vec<_>, Vec<_>) = (
        new_tickets.copied().collect(),
        new_threads.copied().collect(),
    );
    if !new_tickets.is_empty() || !new_threads.is_empty() {
        return Ok(Done::Missing {
            tickets: new_tickets,
            threads: new_threads,
        });
    }
    let mut links = threads.iter().filter_map(ThreadRecord::ticket);
    if links.any(|ticket| !knows_ticket(ticket)) {
        return Ok(Done::LinkedMeanwhile);
    }

    let read = read::read(conn, &[], &[portal])?;
    let unknown = Portal::unknown();
    let (into, other) = scopes(merge, &tickets, &threads);
    let now = into
        .decided_at()
        .max(other.decided_at())
        .max(Some(read.now));
    let now = now.unwrap_or(read.now);
    let ctx = Context {
        decision: Uuid::now_v7(),
        now,
        placed_at: now + read.hubspot_offset.unwrap_or(CLOCK_DOUBT),
        portal: read.portals.get(&portal).unwrap_or(&unknown),
    };
    let mut after = into.clone();
    let decided = decide(&mut after, merge, other.clone(), &ctx);
    schedule(&mut after, &ctx.portal.policies, now);
    let asked = Asked {
        name: "merge",
        by: None,
        json: serde_json::to_string(&merge)
            .map_err(|error| StoreError::Unexpected(error.to_string()))?,
    };
    let mut rows = Rows::default();
    let made = Made {
        portal,
        scope: &after,
        decided: &decided,
        asked,
        explanation: "",
        ctx: &ctx,
    };
    made.collect(&mut rows)?;
    write_changed(&mut rows, portal, [&into, &other], &after, now)?;
    write_unscheduled(&mut rows, portal, merge, &other)?;
    if !rows.is_empty() {
        rows.write(conn)?;
    }
    left_tickets::note(conn, &left_by_merge(portal, &other, &after))?;
    note_merged(conn, portal, merge)?;
    Ok(Done::Merged)
}

/// What is merged into, and what is merged.
fn scopes(merge: Merge, tickets: &[TicketRecord], threads: &[ThreadRecord]) -> (Scope, Scope) {
    let of_ticket = |id: Option<TicketId>| Scope {
        ticket: tickets.iter().find(|ticket| Some(ticket.id) == id).cloned(),
        threads: threads
            .iter()
            .filter(|thread| id.is_some() && thread.ticket() == id)
            .cloned()
            .collect(),
    };
    match merge {
        Merge::Tickets {
            survivor, merged, ..
        } => (of_ticket(Some(survivor)), of_ticket(Some(merged))),
        Merge::Threads { survivor, merged } => {
            let find = |id: ThreadId| threads.iter().find(move |thread| thread.id == id);
            let around = |id: ThreadId| {
                let thread = find(id);
                let mut scope = of_ticket(thread.and_then(ThreadRecord::ticket));
                if scope.thread(id).is_none() {
                    scope.threads.extend(thread.cloned());
                }
                scope
            };
            (around(survivor), around(merged))
        }
    }
}

fn decide(scope: &mut Scope, merge: Merge, other: Scope, ctx: &Context<'_>) -> Decided {
    match merge {
        Merge::Tickets { at, .. } => merge_tickets(scope, other, at, ctx),
        Merge::Threads { survivor, merged } => {
            let untouched = ThreadRecord::untouched(merged);
            let thread = other.thread(merged).unwrap_or(&untouched);
            let ticket = other.ticket.as_ref();
            merge_threads(scope, survivor, MergedThread { thread, ticket }, ctx)
        }
    }
}

/// What is told late of the merged ticket concerns the other.
fn note_merged(conn: &mut PgConnection, portal: PortalId, merge: Merge) -> Result<(), StoreError> {
    match merge {
        Merge::Tickets {
            survivor,
            merged,
            at,
        } if survivor != merged => {
            let merge = Merged {
                portal,
                merged,
                survivor,
                at,
            };
            merged_tickets::note(conn, merge)
        }
        Merge::Tickets { .. } | Merge::Threads { .. } => Ok(()),
    }
}

/// The merged ticket's conversations have left it: what is told late of it concerns them.
fn left_by_merge(portal: PortalId, other: &Scope, after: &Scope) -> LeftTickets {
    let moved = |thread: &&ThreadRecord| other.thread(thread.id).is_some();
    let left = after.threads.iter().filter(moved).flat_map(|thread| {
        let left = thread.record.facts.left().into_iter();
        left.map(|(ticket, at)| (((portal, ticket), (portal, thread.id)), at))
    });
    left.collect()
}

fn write_changed(
    rows: &mut Rows,
    portal: PortalId,
    before: [&Scope; 2],
    after: &Scope,
    now: Timestamp,
) -> Result<(), StoreError> {
    let was_so = |ticket: &TicketRecord| before.iter().any(|it| it.ticket.as_ref() == Some(ticket));
    if let Some(ticket) = after.ticket.as_ref().filter(|ticket| !was_so(ticket)) {
        rows.ticket(portal, ticket, Changed::ALL)?;
    }
    let was_so = |thread: &ThreadRecord| before.iter().any(|it| it.threads.contains(thread));
    for thread in after.threads.iter().filter(|thread| !was_so(thread)) {
        let view = View {
            thread: &thread.record,
            ticket: after.ticket_record(),
        };
        rows.thread(portal, thread, Changed::ALL, view.assess(now).state())?;
    }
    Ok(())
}

/// A merged ticket has no conversations left that a timer could look at.
fn write_unscheduled(
    rows: &mut Rows,
    portal: PortalId,
    merge: Merge,
    other: &Scope,
) -> Result<(), StoreError> {
    let merged = other.ticket.as_ref();
    let merged = merged.filter(|ticket| ticket.next_check_at.is_some());
    match (merge, merged) {
        (Merge::Tickets { survivor, .. }, Some(ticket)) if ticket.id != survivor => {
            let next_check_at = None;
            let ticket = TicketRecord {
                next_check_at,
                ..ticket.clone()
            };
            rows.ticket(portal, &ticket, Changed::default())
        }
        (Merge::Tickets { .. } | Merge::Threads { .. }, _) => Ok(()),
    }
}

/// Where locks are awaited, every record is ours.
fn ours<K, R>(locked: Vec<(K, Locked<R>)>) -> Result<Vec<R>, StoreError> {
    let records = locked.into_iter().map(|(_, locked)| match locked {
        Locked::Ours(record) => Ok(record),
        Locked::HeldElsewhere { .. } => {
            Err(StoreError::Busy("a record of a merge is held".to_owned()))
        }
    });
    records.collect()
}
