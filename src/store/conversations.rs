//! Reading records outside the decider: what the API shows, without locks.

use super::batch::record_columns;
use super::error::StoreError;
use super::portals::{connection_named, mode_named, zone_named};
use crate::domain::gate::Portal;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::record::{Record, ThreadRecord, TicketRecord};
use crate::domain::time::Timestamp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use std::collections::BTreeMap;

/// A thread or a ticket with everything that is judged together, at one moment.
pub struct Seen {
    /// The database's clock at that moment.
    pub now: Timestamp,
    /// The portal, whose gates are read with it.
    pub portal: Portal,
    /// The ticket, where one is known.
    pub ticket: Option<TicketRecord>,
    /// The thread, or all threads of the ticket.
    pub threads: Vec<ThreadRecord>,
    /// Since when a message of these threads waits to be read, by HubSpot's time. Of the same
    /// moment as the records: what was read by then is in them.
    pub unread: BTreeMap<ThreadId, Timestamp>,
}

#[derive(QueryableByName)]
pub(super) struct SeenRow {
    #[diesel(sql_type = Timestamptz)]
    pub(super) now: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    mode: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    connection: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    ai_enabled: Option<bool>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ai_sender: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    missed_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    sender_changed_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    policies: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    time_zone: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ticket_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    revision: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    ticket_position: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ticket_decided_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_facts: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    ticket_holds: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    thread_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    control_version: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    silenced_at_version: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    position: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    decided_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    facts: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    holds: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    unread_since: Option<DateTime<Utc>>,
}

/// The columns of [`SeenRow`], over portal `p`, ticket `t` and thread `c`; with them comes
/// `unread_since`.
pub(super) const COLUMNS: &str = "clock_timestamp() AS now, p.mode, p.connection, p.ai_enabled, \
    p.ai_sender_user_id AS ai_sender, p.missed_until, p.sender_changed_at, \
    p.policies::text AS policies, p.time_zone, t.ticket_id, t.revision, \
    t.position AS ticket_position, t.decided_at AS ticket_decided_at, \
    t.facts::text AS ticket_facts, t.holds::text AS ticket_holds, c.thread_id, \
    c.control_version, c.silenced_at_version, c.position, c.decided_at, \
    c.facts::text AS facts, c.holds::text AS holds";

/// The rest of [`SeenRow`] for the thread asked for, which its announcement alone may have told.
const UNREAD_OF_ASKED: &str = "(SELECT min(u.occurred_at) FROM unread_messages AS u \
    WHERE (u.portal_id, u.thread_id) = (w.portal_id, w.thread_id)) AS unread_since";
/// The same for the threads that were found.
pub(super) const UNREAD_OF_FOUND: &str = "(SELECT min(u.occurred_at) FROM unread_messages AS u \
    WHERE (u.portal_id, u.thread_id) = (c.portal_id, c.thread_id)) AS unread_since";

/// A thread with its ticket and its portal's gates, in one statement. A thread nobody has said
/// anything about is untouched.
///
/// # Errors
/// Those of the database.
pub fn thread(
    conn: &mut PgConnection,
    portal: PortalId,
    thread: ThreadId,
) -> Result<Seen, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {UNREAD_OF_ASKED} \
         FROM (SELECT $1::bigint AS portal_id, $2::bigint AS thread_id) AS w \
         LEFT JOIN portals p USING (portal_id) \
         LEFT JOIN conversations c USING (portal_id, thread_id) \
         LEFT JOIN tickets t ON (t.portal_id, t.ticket_id) = (c.portal_id, c.ticket_id)"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0);
    let rows: Vec<SeenRow> = query.load(conn)?;
    let unread_since = rows.first().and_then(unread_since);
    let mut seen = seen(rows)?;
    if seen.threads.is_empty() {
        seen.threads.push(ThreadRecord::untouched(thread));
    }
    seen.unread
        .extend(unread_since.map(|since| (thread, since)));
    Ok(seen)
}

/// A ticket with all its known threads and its portal's gates, in one statement.
///
/// # Errors
/// Those of the database.
pub fn ticket(
    conn: &mut PgConnection,
    portal: PortalId,
    ticket: TicketId,
) -> Result<Seen, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {UNREAD_OF_FOUND} \
         FROM (SELECT $1::bigint AS portal_id, $2::bigint AS ticket_id) AS w \
         LEFT JOIN portals p USING (portal_id) \
         LEFT JOIN tickets t USING (portal_id, ticket_id) \
         LEFT JOIN conversations c USING (portal_id, ticket_id) ORDER BY c.thread_id"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ticket.0);
    let mut seen = seen(query.load(conn)?)?;
    seen.ticket
        .get_or_insert_with(|| TicketRecord::untouched(ticket));
    Ok(seen)
}

/// The ticket a thread is linked to.
///
/// # Errors
/// Those of the database.
pub fn linked_ticket(
    conn: &mut PgConnection,
    portal: PortalId,
    thread: ThreadId,
) -> Result<Option<TicketId>, StoreError> {
    use super::schema::conversations;
    let found: Option<Option<i64>> = conversations::table
        .find((portal.0, thread.0))
        .select(conversations::ticket_id)
        .first(conn)
        .optional()?;
    Ok(found.flatten().map(TicketId))
}

fn seen(rows: Vec<SeenRow>) -> Result<Seen, StoreError> {
    let first = rows
        .first()
        .ok_or_else(|| StoreError::Unexpected("no row came back".into()))?;
    let now = Timestamp::from(first.now);
    let portal = portal(first)?;
    let ticket = read_ticket(first)?;
    let threads = rows.iter().filter_map(|row| read_thread(row).transpose());
    let unread = rows
        .iter()
        .filter_map(|row| Some((ThreadId(row.thread_id?), unread_since(row)?)));
    Ok(Seen {
        unread: unread.collect(),
        now,
        portal,
        ticket,
        threads: threads.collect::<Result<_, _>>()?,
    })
}

pub(super) fn portal(row: &SeenRow) -> Result<Portal, StoreError> {
    let (Some(mode), Some(connection), Some(ai_enabled)) =
        (&row.mode, &row.connection, row.ai_enabled)
    else {
        return Ok(Portal::unknown());
    };
    let policies = row.policies.as_deref().unwrap_or("{}");
    let policies = serde_json::from_str(policies)
        .map_err(|error| StoreError::Unexpected(format!("policies: {error}")))?;
    let connection = connection_named(connection)?;
    Ok(Portal {
        mode: mode_named(mode)?,
        connection,
        ai_enabled,
        missed_until: row.missed_until.map(Timestamp::from),
        sender_changed_at: row.sender_changed_at.map(Timestamp::from),
        ai_sender: row.ai_sender,
        time_zone: zone_named(row.time_zone.as_deref()),
        policies,
    })
}

pub(super) fn read_ticket(row: &SeenRow) -> Result<Option<TicketRecord>, StoreError> {
    let (Some(id), Some(revision), Some(position)) =
        (row.ticket_id, row.revision, row.ticket_position)
    else {
        return Ok(None);
    };
    let record = record(row.ticket_facts.as_deref(), row.ticket_holds.as_deref())?;
    let decided_at = row.ticket_decided_at.map(Timestamp::from);
    Ok(Some(TicketRecord {
        id: TicketId(id),
        revision,
        position,
        decided_at,
        next_check_at: None,
        record,
    }))
}

pub(super) fn read_thread(row: &SeenRow) -> Result<Option<ThreadRecord>, StoreError> {
    let (Some(id), Some(control_version), Some(silenced_at_version), Some(position)) = (
        row.thread_id,
        row.control_version,
        row.silenced_at_version,
        row.position,
    ) else {
        return Ok(None);
    };
    let record = record(row.facts.as_deref(), row.holds.as_deref())?;
    let decided_at = row.decided_at.map(Timestamp::from);
    Ok(Some(ThreadRecord {
        id: ThreadId(id),
        control_version,
        silenced_at_version,
        position,
        decided_at,
        next_check_at: None,
        record,
    }))
}

pub(super) fn unread_since(row: &SeenRow) -> Option<Timestamp> {
    row.unread_since.map(Timestamp::from)
}

fn record(facts: Option<&str>, holds: Option<&str>) -> Result<Record, StoreError> {
    record_columns::read(facts.unwrap_or("{}"), holds.unwrap_or("[]"), "{}")
}
