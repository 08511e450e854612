//! What a sweep has to read: open conversations, and their tickets, whose owner was read too long
//! ago, or before events of the portal were missed. Those where the AI may speak come first.

use super::error::StoreError;
use super::unread_messages::EVERY;
use crate::domain::ids::{PortalId, ThreadId, TicketId};
use crate::domain::time::{Span, Timestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

/// An open conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueThread {
    /// Which.
    pub id: ThreadId,
    /// The newest message known; none: none is.
    pub message_at: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct ThreadRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    message_at: Option<i64>,
}

#[derive(QueryableByName)]
struct TicketRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Until when something was missed, on HubSpot's clock; 0: nothing was. Like each time here it is
/// found out once and not for each record: all of them are looked at, since an index over facts
/// would be written with every decision.
const MISSED_UNTIL: &str = "(SELECT coalesce(max(ceil(extract(epoch FROM missed_until) * 1000)), 0)\
    ::bigint FROM portals WHERE portal_id = $1)";
/// On HubSpot's clock, as `owner_checked_at` is. The difference of a second does not matter here.
const CUTOFF: &str = "(SELECT floor(extract(epoch FROM now()) * 1000)::bigint - $2 \
    + coalesce((SELECT offset_ms FROM hubspot_clock), 0))";

/// Open conversations whose assignee was not read within `age`, or since something was missed, or
/// was the AI when that was another teammate; and those whose missed messages neither were read nor
/// wait for it.
///
/// # Errors
/// Those of the database.
pub fn threads(
    conn: &mut PgConnection,
    portal: PortalId,
    age: Span,
    most: i64,
) -> Result<Vec<DueThread>, StoreError> {
    let checked_at = "coalesce((facts ->> 'owner_checked_at')::bigint, 0)";
    let not_skipped = not_skipped("thread", "thread_id");
    let is_former_ai_s = is_former_ai_s("facts");
    let unread = format!("coalesce((facts ->> 'messages_read_at')::bigint, 0) < {MISSED_UNTIL}");
    let sql = format!(
        "SELECT thread_id AS id, greatest((facts #>> '{{waiting,newest_at}}')::bigint, \
            (facts ->> 'last_person_reply_at')::bigint, (facts ->> 'last_ai_reply_at')::bigint) \
            AS message_at \
         FROM conversations WHERE portal_id = $1 AND is_open \
            AND {not_skipped} \
            AND ({checked_at} < greatest({CUTOFF}, {MISSED_UNTIL}) OR {is_former_ai_s} \
            OR ({unread} \
                AND (SELECT true FROM unread_messages AS u \
                    WHERE (u.portal_id, u.thread_id, u.message_id) \
                        = (conversations.portal_id, conversations.thread_id, $4)) IS NULL)) \
         ORDER BY state = 'ai_active' DESC, {checked_at}, thread_id LIMIT $3"
    );
    let rows: Vec<ThreadRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(age.as_millis())
        .bind::<BigInt, _>(most)
        .bind::<Text, _>(EVERY)
        .load(conn)?;
    let due = |row: ThreadRow| DueThread {
        id: ThreadId(row.id),
        message_at: row.message_at.map(Timestamp::from_millis),
    };
    Ok(rows.into_iter().map(due).collect())
}

/// Tickets of open conversations whose owner was not read within `age`, or since something was
/// missed, or was the AI when that was another teammate.
///
/// # Errors
/// Those of the database.
pub fn tickets(
    conn: &mut PgConnection,
    portal: PortalId,
    age: Span,
    most: i64,
) -> Result<Vec<TicketId>, StoreError> {
    let checked_at = "coalesce((t.facts ->> 'owner_checked_at')::bigint, 0)";
    let is_former_ai_s = is_former_ai_s("t.facts");
    let not_skipped = not_skipped("ticket", "t.ticket_id");
    let sql = format!(
        "SELECT t.ticket_id AS id FROM (SELECT ticket_id, bool_or(state = 'ai_active') AS may_speak \
            FROM conversations WHERE portal_id = $1 AND is_open AND ticket_id IS NOT NULL \
            GROUP BY ticket_id) AS c \
         JOIN tickets AS t ON (t.portal_id, t.ticket_id) = ($1, c.ticket_id) \
         WHERE {not_skipped} \
            AND ({checked_at} < greatest({CUTOFF}, {MISSED_UNTIL}) OR {is_former_ai_s}) \
         ORDER BY c.may_speak DESC, {checked_at}, t.ticket_id LIMIT $3"
    );
    let rows: Vec<TicketRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(age.as_millis())
        .bind::<BigInt, _>(most)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| TicketId(row.id)).collect())
}

/// True for a record that the AI owned when it was last read, and was another teammate then.
fn is_former_ai_s(facts: &str) -> String {
    format!(
        "coalesce({facts} #>> '{{owner,owner,kind}}' = 'ai' \
            AND coalesce(({facts} ->> 'owner_checked_at')::bigint, 0) \
                < (SELECT ceil(extract(epoch FROM sender_changed_at) * 1000)::bigint \
                    FROM portals WHERE portal_id = $1), false)"
    )
}

/// What could not be read a while ago is not due yet.
fn not_skipped(subject: &str, id: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM skipped_readings AS s \
            WHERE (s.portal_id, s.subject, s.subject_id) = ($1, '{subject}', {id}) \
            AND s.until > now())"
    )
}

/// The newest tickets of open conversations, by their ids, which HubSpot counts upwards.
///
/// # Errors
/// Those of the database.
pub fn newest_tickets(
    conn: &mut PgConnection,
    portal: PortalId,
    most: i64,
) -> Result<Vec<TicketId>, StoreError> {
    let sql = "SELECT DISTINCT ticket_id AS id FROM conversations \
        WHERE portal_id = $1 AND is_open AND ticket_id IS NOT NULL \
        ORDER BY ticket_id DESC LIMIT $2";
    let rows: Vec<TicketRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(most)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| TicketId(row.id)).collect())
}
