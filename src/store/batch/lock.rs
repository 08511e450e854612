//! Locking records in key order, tickets before threads, without waiting for those that another
//! transaction holds.

use super::record_columns;
use super::statement::statement;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::record::{ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz};
use std::collections::HashSet;

/// A key of a ticket.
pub type TicketKey = (PortalId, TicketId);
/// A key of a thread.
pub type ThreadKey = (PortalId, ThreadId);

/// What became of a record that exists. One that does not exist is not among the results.
#[derive(Debug)]
pub enum Locked<R> {
    /// It is ours until the transaction ends.
    Ours(R),
    /// Another transaction holds it.
    HeldElsewhere {
        /// The ticket that a held thread is linked to.
        ticket: Option<TicketId>,
    },
}

type TicketColumns = (
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Text,
    Text,
    Text,
);
type ThreadColumns = (
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    BigInt,
    Nullable<Timestamptz>,
    Nullable<Timestamptz>,
    Text,
    Text,
    Text,
    BigInt,
);

/// Locks tickets; ends with what becomes of those that another transaction holds.
macro_rules! lock_tickets {
    ($held:literal) => {
        concat!(
            "SELECT t.portal_id, t.ticket_id, t.revision, t.position, t.decided_at, \
                    t.next_check_at, t.facts::text, t.holds::text, t.upkeep::text \
             FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id) AS wanted \
             JOIN tickets t USING (portal_id, ticket_id) \
             ORDER BY t.portal_id, t.ticket_id FOR UPDATE OF t",
            $held
        )
    };
}

statement! {
    LockTickets<'a> -> TicketColumns {
        portals: Array<BigInt> => &'a [i64],
        tickets: Array<BigInt> => &'a [i64],
    }
    lock_tickets!(" SKIP LOCKED")
}

statement! {
    LockTicketsWaiting<'a> -> TicketColumns {
        portals: Array<BigInt> => &'a [i64],
        tickets: Array<BigInt> => &'a [i64],
    }
    lock_tickets!("")
}

statement! {
    FindTickets -> (BigInt, BigInt) {
        portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "SELECT t.portal_id, t.ticket_id \
     FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id) AS wanted \
     JOIN tickets t USING (portal_id, ticket_id)"
}

/// The same for threads. With each comes how many were wanted.
macro_rules! lock_threads {
    ($held:literal) => {
        concat!(
            "WITH wanted AS MATERIALIZED ( \
                SELECT unnest(?) AS portal_id, unnest(?) AS thread_id \
                UNION \
                SELECT c.portal_id, c.thread_id \
                FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id) AS of_ticket \
                JOIN conversations c USING (portal_id, ticket_id)) \
             SELECT c.portal_id, c.thread_id, c.control_version, c.silenced_at_version, \
                    c.position, c.decided_at, c.next_check_at, c.facts::text, c.holds::text, \
                    c.upkeep::text, (SELECT count(*) FROM wanted) \
             FROM wanted JOIN conversations c USING (portal_id, thread_id) \
             ORDER BY c.portal_id, c.thread_id FOR UPDATE OF c",
            $held
        )
    };
}

statement! {
    LockThreads<'a> -> ThreadColumns {
        portals: Array<BigInt> => &'a [i64],
        threads: Array<BigInt> => &'a [i64],
        ticket_portals: Array<BigInt> => &'a [i64],
        tickets: Array<BigInt> => &'a [i64],
    }
    lock_threads!(" SKIP LOCKED")
}

statement! {
    LockThreadsWaiting<'a> -> ThreadColumns {
        portals: Array<BigInt> => &'a [i64],
        threads: Array<BigInt> => &'a [i64],
        ticket_portals: Array<BigInt> => &'a [i64],
        tickets: Array<BigInt> => &'a [i64],
    }
    lock_threads!("")
}

statement! {
    FindThreads<'a> -> (BigInt, BigInt, Nullable<BigInt>) {
        portals: Array<BigInt> => &'a [i64],
        threads: Array<BigInt> => &'a [i64],
        ticket_portals: Array<BigInt> => &'a [i64],
        tickets: Array<BigInt> => &'a [i64],
    }
    "SELECT c.portal_id, c.thread_id, c.ticket_id \
     FROM (SELECT unnest(?) AS portal_id, unnest(?) AS thread_id) AS named \
     JOIN conversations c USING (portal_id, thread_id) \
     UNION \
     SELECT c.portal_id, c.thread_id, c.ticket_id \
     FROM (SELECT unnest(?) AS portal_id, unnest(?) AS ticket_id) AS of_ticket \
     JOIN conversations c USING (portal_id, ticket_id)"
}

type TicketRow = (
    i64,
    i64,
    i64,
    i64,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    String,
    String,
    String,
);
type ThreadRow = (
    i64,
    i64,
    i64,
    i64,
    i64,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    String,
    String,
    String,
    i64,
);

/// Whether a lock that another transaction holds is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldLocks {
    /// The record is reported as held elsewhere.
    AreSkipped,
    /// The statement waits, at most the session's `lock_timeout`.
    AreAwaited,
}

/// Locks these tickets. Those that do not exist are left out.
///
/// # Errors
/// Those of the database.
pub fn tickets(
    conn: &mut PgConnection,
    keys: &[TicketKey],
    held: HeldLocks,
) -> Result<Vec<(TicketKey, Locked<TicketRecord>)>, StoreError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, tickets) = columns(keys.iter().map(|(portal, id)| (portal.0, id.0)));
    let (portals, tickets) = (&*portals, &*tickets);
    let rows: Vec<TicketRow> = match held {
        HeldLocks::AreSkipped => LockTickets { portals, tickets }.load(conn)?,
        HeldLocks::AreAwaited => LockTicketsWaiting { portals, tickets }.load(conn)?,
    };
    let mut locked = rows
        .into_iter()
        .map(read_ticket)
        .collect::<Result<Vec<_>, _>>()?;
    if locked.len() < keys.len() {
        let ours: HashSet<TicketKey> = locked.iter().map(|(key, _)| *key).collect();
        let others = keys.iter().filter(|key| !ours.contains(key));
        let (portals, tickets) = columns(others.map(|(portal, id)| (portal.0, id.0)));
        let found: Vec<(i64, i64)> = FindTickets { portals, tickets }.load(conn)?;
        locked.extend(found.into_iter().map(|(portal, ticket)| {
            let key = (PortalId(portal), TicketId(ticket));
            (key, Locked::HeldElsewhere { ticket: None })
        }));
    }
    Ok(locked)
}

/// Locks these threads, and all threads of these tickets. Those that do not exist are left out.
///
/// # Errors
/// Those of the database.
pub fn threads(
    conn: &mut PgConnection,
    keys: &[ThreadKey],
    of_tickets: &[TicketKey],
    held: HeldLocks,
) -> Result<Vec<(ThreadKey, Locked<ThreadRecord>)>, StoreError> {
    if keys.is_empty() && of_tickets.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, threads) = columns(keys.iter().map(|(portal, id)| (portal.0, id.0)));
    let (ticket_portals, tickets) = columns(of_tickets.iter().map(|(portal, id)| (portal.0, id.0)));
    let (portals, threads) = (&*portals, &*threads);
    let (ticket_portals, tickets) = (&*ticket_portals, &*tickets);
    let rows: Vec<ThreadRow> = match held {
        HeldLocks::AreSkipped => LockThreads {
            portals,
            threads,
            ticket_portals,
            tickets,
        }
        .load(conn)?,
        HeldLocks::AreAwaited => LockThreadsWaiting {
            portals,
            threads,
            ticket_portals,
            tickets,
        }
        .load(conn)?,
    };
    let wanted = rows.first().map(|row| row.10);
    let mut locked = rows
        .into_iter()
        .map(read_thread)
        .collect::<Result<Vec<_>, _>>()?;
    if wanted != i64::try_from(locked.len()).ok() {
        let ours: HashSet<ThreadKey> = locked.iter().map(|(key, _)| *key).collect();
        let find = FindThreads {
            portals,
            threads,
            ticket_portals,
            tickets,
        };
        let found: Vec<(i64, i64, Option<i64>)> = find.load(conn)?;
        let found = found.into_iter().map(|(portal, thread, ticket)| {
            let key = (PortalId(portal), ThreadId(thread));
            let ticket = ticket.map(TicketId);
            (key, Locked::HeldElsewhere { ticket })
        });
        locked.extend(found.filter(|(key, _)| !ours.contains(key)));
    }
    Ok(locked)
}

/// Keys as the arrays that the statements take.
fn columns(keys: impl Iterator<Item = (i64, i64)>) -> (Vec<i64>, Vec<i64>) {
    keys.unzip()
}

fn read_ticket(row: TicketRow) -> Result<(TicketKey, Locked<TicketRecord>), StoreError> {
    let (portal, ticket, revision, position, decided_at, next_check_at, facts, holds, upkeep) = row;
    let ticket = TicketRecord {
        id: TicketId(ticket),
        revision,
        position,
        decided_at: decided_at.map(Timestamp::from),
        next_check_at: next_check_at.map(Timestamp::from),
        record: record_columns::read(&facts, &holds, &upkeep)?,
    };
    Ok(((PortalId(portal), ticket.id), Locked::Ours(ticket)))
}

fn read_thread(row: ThreadRow) -> Result<(ThreadKey, Locked<ThreadRecord>), StoreError> {
    let (portal, thread, version, silenced_at, position, ..) = row;
    let (.., decided_at, next_check_at, facts, holds, upkeep, _) = row;
    let thread = ThreadRecord {
        id: ThreadId(thread),
        control_version: version,
        silenced_at_version: silenced_at,
        position,
        decided_at: decided_at.map(Timestamp::from),
        next_check_at: next_check_at.map(Timestamp::from),
        record: record_columns::read(&facts, &holds, &upkeep)?,
    };
    Ok(((PortalId(portal), thread.id), Locked::Ours(thread)))
}
