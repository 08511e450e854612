//! Disconnects that HubSpot has not heard of yet. Each goes with the retired credential that is
//! kept for it, and with nothing else: a portal that is connected again has none.

use super::batch::transaction::transaction;
use super::error::StoreError;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz};
use std::collections::BTreeMap;

/// Longer than one attempt takes, with every call at its time limit.
pub const CLAIMED_FOR: Span = Span::from_secs(60);
/// After so long nobody tries any more, and the tokens are wiped.
pub const KEPT_FOR: Span = Span::from_days(30);

/// One that the caller alone may try, until the claim lapses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The portal.
    pub portal: PortalId,
    /// Which disconnect: a portal that was connected and disconnected again has another one.
    pub asked_at: DateTime<Utc>,
    /// Which attempt it is. What came of it counts only while no later one began.
    pub attempt: i32,
}

/// How far one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// When an admin disconnected.
    pub asked_at: Timestamp,
    /// When HubSpot is told again.
    pub next_attempt_at: Timestamp,
    /// What came of the last attempt; none before its end.
    pub last_failure: Option<String>,
}

#[derive(QueryableByName)]
struct ClaimedRow {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

#[derive(QueryableByName)]
struct ProgressRow {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Timestamptz)]
    asked_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    next_attempt_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    last_failure: Option<String>,
}

/// Retires the app's credential of a portal, deletes any other, and notes that HubSpot is to be
/// told; the caller makes the first attempt. None: the app has none there, and nothing is noted.
///
/// # Errors
/// Those of the database.
pub fn begin(conn: &mut PgConnection, portal: PortalId) -> Result<Option<Claimed>, StoreError> {
    let others = "DELETE FROM credentials WHERE portal_id = $1 AND kind <> 'oauth'";
    let retire = "UPDATE credentials SET status = 'retired', retired_at = clock_timestamp(), \
            wipe_at = clock_timestamp() + $2 * interval '1 millisecond', \
            claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind = 'oauth'";
    let note = "INSERT INTO unfinished_disconnects (portal_id, attempts, next_attempt_at) \
        VALUES ($1, 1, clock_timestamp() + $2 * interval '1 millisecond') \
        ON CONFLICT (portal_id) DO UPDATE SET attempts = unfinished_disconnects.attempts + 1, \
            next_attempt_at = excluded.next_attempt_at \
        RETURNING portal_id, asked_at, attempts";
    diesel::sql_query(others)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    let retired = diesel::sql_query(retire)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(KEPT_FOR.as_millis())
        .execute(conn)?;
    if retired == 0 {
        return Ok(None);
    }
    let row: ClaimedRow = diesel::sql_query(note)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .get_result(conn)?;
    Ok(Some(claimed(row)))
}

/// Claims those that are due, at most `most`.
///
/// # Errors
/// Those of the database.
pub fn claim(conn: &mut PgConnection, most: i64) -> Result<Vec<Claimed>, StoreError> {
    let sql = "WITH due AS (SELECT portal_id FROM unfinished_disconnects \
            WHERE next_attempt_at <= clock_timestamp() \
            ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED) \
        UPDATE unfinished_disconnects AS u SET attempts = u.attempts + 1, \
            next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond' \
        FROM due WHERE u.portal_id = due.portal_id RETURNING u.portal_id, u.asked_at, u.attempts";
    let rows: Vec<ClaimedRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(most)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .load(conn)?;
    Ok(rows.into_iter().map(claimed).collect())
}

/// Whether an attempt still counts: the portal was not connected again, and no later one began.
///
/// # Errors
/// Those of the database.
pub fn is_current(conn: &mut PgConnection, attempt: Claimed) -> Result<bool, StoreError> {
    let sql = "SELECT portal_id, asked_at, attempts FROM unfinished_disconnects \
        WHERE portal_id = $1 AND attempts = $2 AND asked_at = $3";
    let row: Option<ClaimedRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(attempt.portal.0)
        .bind::<Integer, _>(attempt.attempt)
        .bind::<Timestamptz, _>(attempt.asked_at)
        .get_result(conn)
        .optional()?;
    Ok(row.is_some())
}

/// An attempt failed: the next one begins after this long.
///
/// # Errors
/// Those of the database.
pub fn put_off(
    conn: &mut PgConnection,
    attempt: Claimed,
    after: Span,
    failure: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE unfinished_disconnects SET last_failure = $4, \
            next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond' \
        WHERE portal_id = $1 AND attempts = $2 AND asked_at = $5";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(attempt.portal.0)
        .bind::<Integer, _>(attempt.attempt)
        .bind::<BigInt, _>(after.as_millis())
        .bind::<Text, _>(failure)
        .bind::<Timestamptz, _>(attempt.asked_at)
        .execute(conn)?;
    Ok(())
}

/// HubSpot has ended the grant: the tokens are deleted. False: the attempt no longer counts, and
/// nothing was deleted.
///
/// # Errors
/// Those of the database.
pub fn finish(conn: &mut PgConnection, attempt: Claimed) -> Result<bool, StoreError> {
    let wipe = "DELETE FROM credentials AS c USING unfinished_disconnects AS u \
        WHERE u.portal_id = $1 AND u.attempts = $2 AND u.asked_at = $3 \
            AND c.portal_id = u.portal_id AND c.kind = u.kind AND c.status = 'retired'";
    let wiped = diesel::sql_query(wipe)
        .bind::<BigInt, _>(attempt.portal.0)
        .bind::<Integer, _>(attempt.attempt)
        .bind::<Timestamptz, _>(attempt.asked_at)
        .execute(conn)?;
    Ok(wiped > 0)
}

/// Keeps the tokens that a refresh brought, so that a later attempt finds those that count. False:
/// the attempt no longer counts.
///
/// # Errors
/// Those of the database.
pub fn keep_refreshed(
    conn: &mut PgConnection,
    attempt: Claimed,
    refreshed: &super::credentials::claim::Refreshed,
) -> Result<bool, StoreError> {
    let sql = "UPDATE credentials SET generation = generation + 1, key_id = $2, \
            access_token = $3, refresh_token = $4, obtained_at = clock_timestamp(), \
            expires_at = clock_timestamp() + $5 * interval '1 millisecond' \
        WHERE portal_id = $1 AND kind = 'oauth' AND status = 'retired'";
    transaction(conn, |conn| {
        if !is_current(conn, attempt)? {
            return Ok(false);
        }
        let kept = diesel::sql_query(sql)
            .bind::<BigInt, _>(attempt.portal.0)
            .bind::<Text, _>(&refreshed.key_id)
            .bind::<diesel::sql_types::Bytea, _>(&refreshed.access_token)
            .bind::<diesel::sql_types::Bytea, _>(&refreshed.refresh_token)
            .bind::<BigInt, _>(refreshed.expires_in.as_millis())
            .execute(conn)?;
        Ok(kept > 0)
    })
}

/// The portal is being connected again: nothing is to be ended any more.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    let sql = "DELETE FROM unfinished_disconnects WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    Ok(())
}

/// How far the disconnects of these portals are; one that is left out has nothing left to do.
///
/// # Errors
/// Those of the database.
pub fn of(
    conn: &mut PgConnection,
    portals: &[PortalId],
) -> Result<BTreeMap<PortalId, Progress>, StoreError> {
    let sql = "SELECT portal_id, asked_at, next_attempt_at, last_failure \
        FROM unfinished_disconnects WHERE portal_id = ANY($1)";
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<ProgressRow> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let progress = |row: ProgressRow| Progress {
        asked_at: row.asked_at.into(),
        next_attempt_at: row.next_attempt_at.into(),
        last_failure: row.last_failure,
    };
    let each = rows.into_iter();
    Ok(each
        .map(|row| (PortalId(row.portal_id), progress(row)))
        .collect())
}

fn claimed(row: ClaimedRow) -> Claimed {
    Claimed {
        portal: PortalId(row.portal_id),
        asked_at: row.asked_at,
        attempt: row.attempts,
    }
}
