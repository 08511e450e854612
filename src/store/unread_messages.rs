//! The queue of messages that HubSpot announced, as those who read them see it. What is claimed
//! comes back after a while, so that nothing is lost with the replica that claimed it.

use super::error::StoreError;
use crate::domain::ids::{PortalId, ThreadId};
use crate::domain::time::{Span, Timestamp};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz};
use std::collections::BTreeMap;

/// Longer than one page of a thread may take; who reads several keeps the claim in between.
const CLAIMED_FOR: Span = Span::from_secs(60);
/// Stands for every message of a thread since a time; no id of HubSpot's is like it. The queries
/// spell it out, since the indexes are divided by it.
pub const EVERY: &str = "*";
/// A reply counts for 48 hours; older than this, no message says anything any more.
const KEPT_FOR: &str = "30 days";
/// So far apart are conversations read that nobody told of: what HubSpot tells of meanwhile comes
/// in between, and the portal's budget of calls serves others too.
const APART: Span = Span::from_millis(250);

/// Which of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Messages that HubSpot announced: a person may have answered just now.
    Announced,
    /// Conversations of which nobody told everything, and in which nothing announced waits.
    Untold,
}

/// A conversation in which nobody told of everything that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Which.
    pub thread: ThreadId,
    /// What was written since then is to be read.
    pub since: Timestamp,
    /// Its newest message, as HubSpot's list showed it.
    pub newest_at: Option<Timestamp>,
}

/// The announced messages of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadThread {
    /// The portal.
    pub portal: PortalId,
    /// The thread.
    pub thread: ThreadId,
    /// What is to be read there.
    pub messages: Vec<UnreadMessage>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadMessage {
    /// HubSpot's id of it, or [`EVERY`].
    pub id: String,
    /// HubSpot's time of it.
    pub occurred_at: Timestamp,
    /// Since when HubSpot answers without it, as long ago as this; zero: it has not answered yet.
    pub missed_for: Span,
    /// HubSpot's list of conversations showed a message of this time, so it will be there.
    pub expected_at: Option<Timestamp>,
    /// How often it was claimed or began anew, this time included.
    pub attempts: u32,
    /// How many readings ended without a usable answer.
    pub failures: u32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    thread_id: i64,
    #[diesel(sql_type = Text)]
    message_id: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expected_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    missed_ms: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Integer)]
    failures: i32,
}

/// What is due of the announced, with everything else that is due in their conversations.
const ANNOUNCED_DUE: &str = "\
    announced AS (SELECT portal_id, thread_id, message_id FROM unread_messages \
        WHERE message_id <> '*' AND next_attempt_at <= now() \
            AND portal_id <> ALL ($1) \
        ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED), \
    untold AS (SELECT portal_id, thread_id, message_id FROM unread_messages \
        WHERE message_id = '*' AND next_attempt_at <= now() \
            AND (portal_id, thread_id) IN (SELECT portal_id, thread_id FROM announced) \
        FOR UPDATE SKIP LOCKED), \
    due AS (SELECT * FROM announced UNION ALL SELECT * FROM untold)";
const UNTOLD_DUE: &str = "\
    due AS (SELECT portal_id, thread_id, message_id FROM unread_messages AS u \
        WHERE message_id = '*' AND next_attempt_at <= now() \
            AND portal_id <> ALL ($1) \
            AND NOT EXISTS (SELECT FROM unread_messages AS announced \
                WHERE (announced.portal_id, announced.thread_id) = (u.portal_id, u.thread_id) \
                    AND announced.message_id <> '*') \
        ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED)";

/// Claims up to `most` of these that are due, the longest waiting first, but none of these
/// portals. Nobody else gets them for a minute.
///
/// # Errors
/// Those of the database.
pub fn claim(
    conn: &mut PgConnection,
    which: Which,
    most: i64,
    but_of: &[PortalId],
) -> Result<Vec<UnreadThread>, StoreError> {
    let due = match which {
        Which::Announced => ANNOUNCED_DUE,
        Which::Untold => UNTOLD_DUE,
    };
    let sql = format!(
        "WITH {due} \
        UPDATE unread_messages AS u SET attempts = u.attempts + 1, \
            next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond' \
        FROM due WHERE (u.portal_id, u.thread_id, u.message_id) \
            = (due.portal_id, due.thread_id, due.message_id) \
        RETURNING u.portal_id, u.thread_id, u.message_id, u.occurred_at, u.expected_at, u.attempts, \
            u.failures, coalesce(floor(extract(epoch FROM clock_timestamp() - u.missing_since) * 1000), 0)::bigint \
                AS missed_ms"
    );
    let portals: Vec<i64> = but_of.iter().map(|portal| portal.0).collect();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(portals)
        .bind::<BigInt, _>(most)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .load(conn)?;
    let mut threads: BTreeMap<(PortalId, ThreadId), Vec<UnreadMessage>> = BTreeMap::new();
    for row in rows {
        let key = (PortalId(row.portal_id), ThreadId(row.thread_id));
        threads.entry(key).or_default().push(UnreadMessage {
            id: row.message_id,
            occurred_at: row.occurred_at.into(),
            expected_at: row.expected_at.map(Timestamp::from),
            missed_for: Span::from_millis(row.missed_ms),
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            failures: u32::try_from(row.failures).unwrap_or_default(),
        });
    }
    let unread = |((portal, thread), messages)| UnreadThread {
        portal,
        thread,
        messages,
    };
    Ok(threads.into_iter().map(unread).collect())
}

/// Nobody else gets these messages for another minute: their reading goes on. What was claimed again
/// meanwhile, or has begun anew, is left to the other.
///
/// # Errors
/// Those of the database.
pub fn keep_claimed(
    conn: &mut PgConnection,
    (portal, thread): (PortalId, ThreadId),
    claimed: &[UnreadMessage],
) -> Result<(), StoreError> {
    let sql = "UPDATE unread_messages AS u \
        SET next_attempt_at = clock_timestamp() + $5 * interval '1 millisecond' \
        FROM unnest($3, $4) AS c (message_id, attempts) \
        WHERE portal_id = $1 AND thread_id = $2 AND u.message_id = c.message_id \
            AND u.attempts = c.attempts";
    let ids: Vec<&str> = claimed.iter().map(|message| message.id.as_str()).collect();
    let attempts = claimed.iter();
    let attempts = attempts.map(|message| i32::try_from(message.attempts).unwrap_or(i32::MAX));
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0)
        .bind::<Array<Text>, _>(ids)
        .bind::<Array<Integer>, _>(attempts.collect::<Vec<_>>())
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .execute(conn)?;
    Ok(())
}

/// All messages of these threads since then are to be read, the threads one after the other in
/// this order: they may have been missed. Where more is to be read than was known, reading begins
/// anew, counted as an attempt: whoever has it in hand does not strike it off.
///
/// # Errors
/// Those of the database.
pub fn expect(
    conn: &mut PgConnection,
    portal: PortalId,
    untold: &[Untold],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO unread_messages \
            (portal_id, thread_id, message_id, occurred_at, expected_at, next_attempt_at) \
        SELECT DISTINCT ON (thread) $1, thread, $2, since, newest, clock_timestamp() \
            + (place - 1 + (SELECT count(*) FROM unread_messages AS u \
                WHERE u.portal_id = $1 AND u.message_id = $2 AND u.attempts = 0)) \
                * $6 * interval '1 millisecond' \
        FROM unnest($3, $4, $5) WITH ORDINALITY AS n (thread, since, newest, place) \
        ORDER BY thread \
        ON CONFLICT (portal_id, thread_id, message_id) DO UPDATE \
            SET occurred_at = least(unread_messages.occurred_at, excluded.occurred_at), \
                expected_at = greatest(unread_messages.expected_at, excluded.expected_at), \
                next_attempt_at = least(unread_messages.next_attempt_at, excluded.next_attempt_at), \
                attempts = unread_messages.attempts + 1, missing_since = NULL \
            WHERE excluded.occurred_at < unread_messages.occurred_at \
                OR coalesce(excluded.expected_at > unread_messages.expected_at, \
                    excluded.expected_at IS NOT NULL AND unread_messages.expected_at IS NULL)";
    let threads: Vec<i64> = untold.iter().map(|untold| untold.thread.0).collect();
    let since = untold.iter().map(|untold| untold.since.to_utc());
    let newest = untold.iter();
    let newest = newest.map(|untold| untold.newest_at.map(Timestamp::to_utc));
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Text, _>(EVERY)
        .bind::<Array<BigInt>, _>(threads)
        .bind::<Array<Timestamptz>, _>(since.collect::<Vec<_>>())
        .bind::<Array<Nullable<Timestamptz>>, _>(newest.collect::<Vec<_>>())
        .bind::<BigInt, _>(APART.as_millis())
        .execute(conn)?;
    Ok(())
}

/// These messages were read: what they tell is committed. What was claimed again meanwhile, or has
/// begun anew, is not done with.
///
/// # Errors
/// Those of the database.
pub fn are_read(
    conn: &mut PgConnection,
    (portal, thread): (PortalId, ThreadId),
    messages: &[String],
    claimed: &[UnreadMessage],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM unread_messages AS u USING unnest($3, $4) AS r (message_id, attempts) \
        WHERE portal_id = $1 AND thread_id = $2 AND u.message_id = r.message_id \
            AND (u.message_id <> '*' OR u.attempts = r.attempts)";
    let attempts = |id: &String| {
        let own = claimed.iter().find(|message| message.id == *id);
        own.map_or(0, |message| message.attempts)
    };
    let attempts = messages.iter().map(attempts);
    let attempts = attempts.map(|attempts| i32::try_from(attempts).unwrap_or(i32::MAX));
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0)
        .bind::<Array<Text>, _>(messages)
        .bind::<Array<Integer>, _>(attempts.collect::<Vec<_>>())
        .execute(conn)?;
    Ok(())
}

/// HubSpot answered without these messages: they are due again after this long.
///
/// # Errors
/// Those of the database.
pub fn are_missing(
    conn: &mut PgConnection,
    key: (PortalId, ThreadId),
    messages: &[String],
    after: Span,
) -> Result<(), StoreError> {
    let change = "missing_since = coalesce(missing_since, clock_timestamp())";
    mark(conn, key, messages, change)?;
    try_again(conn, key, messages, after)
}

/// These messages could not be read: they are due again after this long.
///
/// # Errors
/// Those of the database.
pub fn try_again(
    conn: &mut PgConnection,
    (portal, thread): (PortalId, ThreadId),
    messages: &[String],
    after: Span,
) -> Result<(), StoreError> {
    let sql = "UPDATE unread_messages \
        SET next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond' \
        WHERE portal_id = $1 AND thread_id = $2 AND message_id = ANY ($3)";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0)
        .bind::<Array<Text>, _>(messages)
        .bind::<BigInt, _>(after.as_millis())
        .execute(conn)?;
    Ok(())
}

/// HubSpot gave no usable answer for these messages: counted, and they are due again after this long.
///
/// # Errors
/// Those of the database.
pub fn have_failed(
    conn: &mut PgConnection,
    key: (PortalId, ThreadId),
    messages: &[String],
    after: Span,
) -> Result<(), StoreError> {
    mark(conn, key, messages, "failures = failures + 1")?;
    try_again(conn, key, messages, after)
}

fn mark(
    conn: &mut PgConnection,
    (portal, thread): (PortalId, ThreadId),
    messages: &[String],
    change: &str,
) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE unread_messages SET {change} \
        WHERE portal_id = $1 AND thread_id = $2 AND message_id = ANY ($3)"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(thread.0)
        .bind::<Array<Text>, _>(messages)
        .execute(conn)?;
    Ok(())
}

/// Forgets messages that nobody could read for a month, such as those of a portal that left; a few
/// thousand at most. Gives back how many.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM unread_messages WHERE ctid = ANY(ARRAY(SELECT ctid \
        FROM unread_messages WHERE received_at < now() - $1::interval LIMIT 5000))";
    Ok(diesel::sql_query(sql)
        .bind::<Text, _>(KEPT_FOR)
        .execute(conn)?)
}
