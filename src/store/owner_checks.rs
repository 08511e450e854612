//! Owner fields that have to be read again through HubSpot's API. What is claimed comes back after
//! a while, so that nothing is lost with the replica that claimed it.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::Span;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};

/// Longer than a call may wait for its turn and its answer.
const CLAIMED_FOR: Span = Span::from_secs(30);

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Checked {
    /// A conversation's assignee.
    Thread(ThreadId),
    /// A ticket's owner.
    Ticket(TicketId),
}

/// Why a field is to be read, which decides what comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody may have taken it, or let it go.
    Told,
    /// Something was recorded about it, and its conversation is not known.
    LookUp,
}

/// One field to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerCheck {
    /// The portal.
    pub portal: PortalId,
    /// Whose field.
    pub of: Checked,
    /// How often it was claimed since it was asked for, this time included.
    pub attempts: u32,
    /// For which asking: a later one is not settled by this one's reading.
    asked_at: DateTime<Utc>,
}

impl Checked {
    pub(super) const fn columns(self) -> (&'static str, i64) {
        match self {
            Self::Thread(id) => ("thread", id.0),
            Self::Ticket(id) => ("ticket", id.0),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = BigInt)]
    subject_id: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
}

/// How whoever asks for a reading ends its statement: what was asked for before is asked for anew.
pub(super) const ASKED_ANEW: &str = "ON CONFLICT (portal_id, subject, subject_id) \
    DO UPDATE SET asked_at = excluded.asked_at, due_at = excluded.due_at, attempts = 0, \
        is_look_up = false";

/// Asks for a reading of these fields, as soon as somebody can.
///
/// # Errors
/// Those of the database.
pub fn ask(conn: &mut PgConnection, fields: &[(PortalId, Checked)]) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO owner_checks (portal_id, subject, subject_id) \
        SELECT DISTINCT * FROM unnest($1, $2, $3) AS n (portal_id, subject, subject_id) \
        ORDER BY 1, 2, 3 {ASKED_ANEW}"
    );
    let portals: Vec<i64> = fields.iter().map(|(portal, _)| portal.0).collect();
    let (subjects, ids): (Vec<&str>, Vec<i64>) = fields.iter().map(|(_, of)| of.columns()).unzip();
    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<Text>, _>(subjects)
        .bind::<Array<BigInt>, _>(ids)
        .execute(conn)?;
    Ok(())
}

/// Asks for a reading of the open conversations of a ticket.
///
/// # Errors
/// Those of the database.
pub fn ask_of_ticket(
    conn: &mut PgConnection,
    portal: PortalId,
    ticket: TicketId,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO owner_checks (portal_id, subject, subject_id) \
        SELECT portal_id, 'thread', thread_id FROM conversations \
        WHERE portal_id = $1 AND ticket_id = $2 AND is_open ORDER BY 3 ON CONFLICT DO NOTHING";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ticket.0)
        .execute(conn)?;
    Ok(())
}

/// Asks for tickets to be looked up when nothing more urgent is to be read. What is to be read
/// anyway is not asked for again.
///
/// # Errors
/// Those of the database.
pub fn ask_look_ups(
    conn: &mut PgConnection,
    tickets: &[(PortalId, TicketId)],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO owner_checks (portal_id, subject, subject_id, is_look_up) \
        SELECT DISTINCT portal_id, 'ticket', ticket_id, true \
        FROM unnest($1, $2) AS n (portal_id, ticket_id) ORDER BY 1, 3 ON CONFLICT DO NOTHING";
    let (portals, ids): (Vec<i64>, Vec<i64>) = tickets
        .iter()
        .map(|(portal, ticket)| (portal.0, ticket.0))
        .unzip();
    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<BigInt>, _>(ids)
        .execute(conn)?;
    Ok(())
}

/// How much is claimed at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// Fields.
    pub fields: i64,
    /// Calls that they take: one for each conversation, one for up to so many tickets of a portal.
    pub calls: i64,
    /// Tickets of one call.
    pub tickets_of_call: i64,
}

/// Claims fields that are due, the longest waiting first, but none of these portals. Nobody else
/// gets them for half a minute, unless they are asked for anew.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if a row cannot be read.
pub fn claim(
    conn: &mut PgConnection,
    why: Why,
    most: Most,
    but_of: &[PortalId],
) -> Result<Vec<OwnerCheck>, StoreError> {
    // What is beyond the calls is locked for a moment, and left as it is.
    let sql = "WITH first AS MATERIALIZED (SELECT portal_id, subject, subject_id, due_at \
            FROM owner_checks WHERE is_look_up = $4 AND due_at <= now() AND portal_id <> ALL ($1) \
            ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED), \
        calls AS (SELECT first.*, subject = 'thread' OR (row_number() OVER ( \
                PARTITION BY portal_id, subject ORDER BY due_at, subject_id) - 1) % $6 = 0 \
            AS is_one_more FROM first), \
        counted AS (SELECT calls.*, count(*) FILTER (WHERE is_one_more) OVER ( \
                ORDER BY due_at, portal_id, subject, subject_id) AS calls FROM calls), \
        due AS (SELECT portal_id, subject, subject_id FROM counted WHERE calls <= $5) \
        UPDATE owner_checks AS c SET attempts = c.attempts + 1, \
            due_at = clock_timestamp() + $3 * interval '1 millisecond' \
        FROM due WHERE (c.portal_id, c.subject, c.subject_id) \
            = (due.portal_id, due.subject, due.subject_id) \
        RETURNING c.portal_id, c.subject, c.subject_id, c.attempts, c.asked_at";
    let portals: Vec<i64> = but_of.iter().map(|portal| portal.0).collect();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<BigInt, _>(most.fields)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .bind::<Bool, _>(why == Why::LookUp)
        .bind::<BigInt, _>(most.calls)
        .bind::<BigInt, _>(most.tickets_of_call)
        .load(conn)?;
    rows.into_iter().map(OwnerCheck::try_from).collect()
}

/// These readings settled what was asked.
///
/// # Errors
/// Those of the database.
pub fn are_settled(conn: &mut PgConnection, checks: &[OwnerCheck]) -> Result<(), StoreError> {
    let sql = "DELETE FROM owner_checks AS c USING unnest($1, $2, $3, $4) \
            AS s (portal_id, subject, subject_id, asked_at) \
        WHERE (c.portal_id, c.subject, c.subject_id, c.asked_at) \
            = (s.portal_id, s.subject, s.subject_id, s.asked_at)";
    over(sql, checks).execute(conn)?;
    Ok(())
}

/// These fields are to be read again after this long, unless they were asked for anew.
///
/// # Errors
/// Those of the database.
pub fn try_again(
    conn: &mut PgConnection,
    checks: &[OwnerCheck],
    after: Span,
) -> Result<(), StoreError> {
    let sql = "UPDATE owner_checks AS c \
        SET due_at = clock_timestamp() + $5 * interval '1 millisecond' \
        FROM unnest($1, $2, $3, $4) AS s (portal_id, subject, subject_id, asked_at) \
        WHERE (c.portal_id, c.subject, c.subject_id, c.asked_at) \
            = (s.portal_id, s.subject, s.subject_id, s.asked_at)";
    over(sql, checks)
        .bind::<BigInt, _>(after.as_millis())
        .execute(conn)?;
    Ok(())
}

/// A statement whose first four parameters are the columns of these checks: portals, subjects,
/// their ids, and when each was asked for.
fn over<'a>(sql: &str, checks: &[OwnerCheck]) -> BoxedSqlQuery<'a, Pg, SqlQuery> {
    let portals: Vec<i64> = checks.iter().map(|check| check.portal.0).collect();
    let (subjects, ids): (Vec<&str>, Vec<i64>) =
        checks.iter().map(|check| check.of.columns()).unzip();
    let asked_at: Vec<DateTime<Utc>> = checks.iter().map(|check| check.asked_at).collect();
    diesel::sql_query(sql)
        .into_boxed()
        .bind::<Array<BigInt>, _>(portals)
        .bind::<Array<Text>, _>(subjects)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<Timestamptz>, _>(asked_at)
}

impl TryFrom<Row> for OwnerCheck {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let of = match row.subject.as_str() {
            "thread" => Checked::Thread(ThreadId(row.subject_id)),
            "ticket" => Checked::Ticket(TicketId(row.subject_id)),
            other => {
                let text = format!("unknown subject '{other}' of an owner check");
                return Err(StoreError::Unexpected(text));
            }
        };
        Ok(Self {
            portal: PortalId(row.portal_id),
            of,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            asked_at: row.asked_at,
        })
    }
}
