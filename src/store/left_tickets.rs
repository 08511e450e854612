//! Which conversations left a ticket, and which tickets a conversation left. Read without locks,
//! after what was told is committed: a move that was committed before is found here, and a later
//! one finds what was told in the ticket's record.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Timestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Timestamptz};

/// HubSpot repeats an event for a day at most (page "Webhooks", read 2026-11-22); what is read
/// through its API is told within minutes.
const KEPT_FOR: &str = "interval '3 days'";
/// Rows deleted in one short transaction: a long one would hold up others.
const MOST_AT_ONCE: i32 = 2_000;

/// A conversation that left a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Left {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    ticket_id: i64,
    #[diesel(sql_type = BigInt)]
    thread_id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    linked_ticket_id: Option<i64>,
}

impl Left {
    /// The portal.
    pub const fn portal(self) -> PortalId {
        PortalId(self.portal_id)
    }

    /// The ticket that it left.
    pub const fn ticket(self) -> TicketId {
        TicketId(self.ticket_id)
    }

    /// The conversation.
    pub const fn thread(self) -> ThreadId {
        ThreadId(self.thread_id)
    }

    /// The ticket that it was linked to a moment ago.
    pub fn linked_ticket(self) -> Option<TicketId> {
        self.linked_ticket_id.map(TicketId)
    }
}

/// The conversations that left one of these tickets at its time or later.
///
/// # Errors
/// Those of the database.
pub fn since(
    conn: &mut PgConnection,
    tickets: &[(PortalId, TicketId, Timestamp)],
) -> Result<Vec<Left>, StoreError> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT DISTINCT l.portal_id, l.ticket_id, l.thread_id, \
            c.ticket_id AS linked_ticket_id \
        FROM unnest($1, $2, $3) AS w (portal_id, ticket_id, since) \
        JOIN left_tickets l ON (l.portal_id, l.ticket_id) = (w.portal_id, w.ticket_id) \
            AND l.left_at >= w.since \
        JOIN conversations c ON (c.portal_id, c.thread_id) = (l.portal_id, l.thread_id)";
    let column = |of: fn(&(PortalId, TicketId, Timestamp)) -> i64| tickets.iter().map(of).collect();
    let portals: Vec<i64> = column(|told| told.0.0);
    let ids: Vec<i64> = column(|told| told.1.0);
    let times: Vec<_> = tickets.iter().map(|told| told.2.to_utc()).collect();
    let query = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Timestamptz>, _>(times);
    Ok(query.load(conn)?)
}

/// The tickets that these conversations left.
///
/// # Errors
/// Those of the database.
pub fn by(
    conn: &mut PgConnection,
    threads: &[(PortalId, ThreadId)],
) -> Result<Vec<Left>, StoreError> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let (portals, ids): (Vec<i64>, Vec<i64>) =
        threads.iter().map(|(portal, id)| (portal.0, id.0)).unzip();
    let sql = "SELECT DISTINCT l.portal_id, l.ticket_id, l.thread_id, \
            c.ticket_id AS linked_ticket_id \
        FROM unnest($1, $2) AS w (portal_id, thread_id) \
        JOIN left_tickets l ON (l.portal_id, l.thread_id) = (w.portal_id, w.thread_id) \
        JOIN conversations c ON (c.portal_id, c.thread_id) = (l.portal_id, l.thread_id)";
    let query = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids);
    Ok(query.load(conn)?)
}

/// Forgets what was left long ago. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = format!(
        "DELETE FROM left_tickets WHERE ctid = ANY(ARRAY(SELECT ctid FROM left_tickets \
         WHERE noted_at < now() - {KEPT_FOR} LIMIT $1))"
    );
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
