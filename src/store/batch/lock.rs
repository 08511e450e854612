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
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
);
type ThreadColumns = (
    BigInt,
    BigInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
);

statement! {
    LockTickets -> TicketColumns {
        portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "WITH wanted AS MATERIALIZED (SELECT * FROM unnest(?, ?) AS w (portal_id, ticket_id)), \
     locked AS MATERIALIZED ( \
        SELECT t.portal_id, t.ticket_id, t.revision, t.position, t.decided_at, \
               t.facts::text, t.holds::text, t.upkeep::text \
        FROM wanted JOIN tickets t USING (portal_id, ticket_id) \
        ORDER BY t.portal_id, t.ticket_id FOR UPDATE OF t SKIP LOCKED) \
     SELECT * FROM locked \
     UNION ALL \
     SELECT t.portal_id, t.ticket_id, NULL, NULL, NULL, NULL, NULL, NULL \
     FROM wanted JOIN tickets t USING (portal_id, ticket_id) \
     WHERE (SELECT count(*) FROM locked) < (SELECT count(*) FROM wanted) \
       AND NOT EXISTS (SELECT FROM locked l \
                       WHERE (l.portal_id, l.ticket_id) = (t.portal_id, t.ticket_id))"
}

statement! {
    LockTicketsWaiting -> TicketColumns {
        portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "SELECT t.portal_id, t.ticket_id, t.revision, t.position, t.decided_at, \
            t.facts::text, t.holds::text, t.upkeep::text \
     FROM unnest(?, ?) AS w (portal_id, ticket_id) JOIN tickets t USING (portal_id, ticket_id) \
     ORDER BY t.portal_id, t.ticket_id FOR UPDATE OF t"
}

statement! {
    LockThreads -> ThreadColumns {
        portals: Array<BigInt> => Vec<i64>,
        threads: Array<BigInt> => Vec<i64>,
        ticket_portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "WITH wanted AS MATERIALIZED ( \
        SELECT c.portal_id, c.thread_id, c.ticket_id \
        FROM unnest(?, ?) AS w (portal_id, thread_id) \
        JOIN conversations c USING (portal_id, thread_id) \
        UNION \
        SELECT c.portal_id, c.thread_id, c.ticket_id \
        FROM unnest(?, ?) AS w (portal_id, ticket_id) \
        JOIN conversations c USING (portal_id, ticket_id)), \
     locked AS MATERIALIZED ( \
        SELECT c.portal_id, c.thread_id, c.control_version, c.silenced_at_version, c.position, \
               c.decided_at, c.facts::text, c.holds::text, c.upkeep::text \
        FROM wanted JOIN conversations c USING (portal_id, thread_id) \
        ORDER BY c.portal_id, c.thread_id FOR UPDATE OF c SKIP LOCKED) \
     SELECT *, NULL::bigint FROM locked \
     UNION ALL \
     SELECT w.portal_id, w.thread_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, w.ticket_id \
     FROM wanted w \
     WHERE (SELECT count(*) FROM locked) < (SELECT count(*) FROM wanted) \
       AND NOT EXISTS (SELECT FROM locked l \
                       WHERE (l.portal_id, l.thread_id) = (w.portal_id, w.thread_id))"
}

statement! {
    LockThreadsWaiting -> ThreadColumns {
        portals: Array<BigInt> => Vec<i64>,
        threads: Array<BigInt> => Vec<i64>,
        ticket_portals: Array<BigInt> => Vec<i64>,
        tickets: Array<BigInt> => Vec<i64>,
    }
    "WITH wanted AS MATERIALIZED ( \
        SELECT portal_id, thread_id FROM unnest(?, ?) AS w (portal_id, thread_id) \
        UNION \
        SELECT c.portal_id, c.thread_id FROM unnest(?, ?) AS w (portal_id, ticket_id) \
        JOIN conversations c USING (portal_id, ticket_id)) \
     SELECT c.portal_id, c.thread_id, c.control_version, c.silenced_at_version, c.position, \
            c.decided_at, c.facts::text, c.holds::text, c.upkeep::text, NULL::bigint \
     FROM wanted JOIN conversations c USING (portal_id, thread_id) \
     ORDER BY c.portal_id, c.thread_id FOR UPDATE OF c"
}

type TicketRow = (
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<String>,
    Option<String>,
);
type ThreadRow = (
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<DateTime<Utc>>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i64>,
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
    let (portals, tickets) = keys.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
    let rows: Vec<TicketRow> = match held {
        HeldLocks::AreSkipped => LockTickets { portals, tickets }.load(conn)?,
        HeldLocks::AreAwaited => LockTicketsWaiting { portals, tickets }.load(conn)?,
    };
    rows.into_iter().map(read_ticket).collect()
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
    let (portals, threads) = keys.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
    let (ticket_portals, tickets) = of_tickets
        .iter()
        .map(|(portal, id)| (portal.0, id.0))
        .unzip();
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
    rows.into_iter().map(read_thread).collect()
}

fn read_ticket(row: TicketRow) -> Result<(TicketKey, Locked<TicketRecord>), StoreError> {
    let (portal, ticket, revision, position, decided_at, facts, holds, upkeep) = row;
    let key = (PortalId(portal), TicketId(ticket));
    let (Some(revision), Some(position), Some(facts), Some(holds), Some(upkeep)) =
        (revision, position, facts, holds, upkeep)
    else {
        return Ok((key, Locked::HeldElsewhere { ticket: None }));
    };
    let record = record_columns::read(&facts, &holds, &upkeep)?;
    let decided_at = decided_at.map(Timestamp::from);
    Ok((
        key,
        Locked::Ours(TicketRecord {
            id: key.1,
            revision,
            position,
            decided_at,
            record,
        }),
    ))
}

fn read_thread(row: ThreadRow) -> Result<(ThreadKey, Locked<ThreadRecord>), StoreError> {
    let (portal, thread, version, silenced_at, position, decided_at, facts, holds, upkeep, ticket) =
        row;
    let key = (PortalId(portal), ThreadId(thread));
    let held = Locked::HeldElsewhere {
        ticket: ticket.map(TicketId),
    };
    let (Some(control_version), Some(silenced_at_version), Some(position)) =
        (version, silenced_at, position)
    else {
        return Ok((key, held));
    };
    let (Some(facts), Some(holds), Some(upkeep)) = (facts, holds, upkeep) else {
        return Ok((key, held));
    };
    let record = record_columns::read(&facts, &holds, &upkeep)?;
    let decided_at = decided_at.map(Timestamp::from);
    let thread = ThreadRecord {
        id: key.1,
        control_version,
        silenced_at_version,
        position,
        decided_at,
        record,
    };
    Ok((key, Locked::Ours(thread)))
}
