//! How far the import of each portal's open conversations is, and which replica reads for it.

use super::error::StoreError;
use super::portal_record::missed::HUBSPOT_NOW;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

/// A replica that dies leaves its portals to others after so long. A round may take longer: its
/// claim is renewed meanwhile.
const CLAIMED_FOR: Span = Span::from_secs(180);
/// A reading counts from 2 s before it began, on a clock that is known to about a second.
const UNTIL_READINGS_COUNT: Span = Span::from_secs(4);
/// Portals claimed at once, each second: a thousand of which nothing is due take half a minute.
const MOST: i64 = 32;
/// After a round that left something unread: the next one begins as if its turn had come so long
/// ago, and so before those of portals that only look whether something is due, however many.
pub const AHEAD_OF_IDLE: Span = Span::from_millis(-60_000);

/// The right to read for a portal, until another replica has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The portal.
    pub portal: PortalId,
    by: Uuid,
}

/// A portal to be read for.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Followed {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = SqlUuid)]
    claimed_by: Uuid,
    /// The import of its newest connecting has ended.
    #[diesel(sql_type = Bool)]
    pub is_imported: bool,
    /// Where HubSpot's next page begins, while an import is under way.
    #[diesel(sql_type = Nullable<Text>)]
    pub import_after: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    import_from: Option<DateTime<Utc>>,
}

impl Followed {
    /// The portal.
    pub const fn portal(&self) -> PortalId {
        PortalId(self.portal_id)
    }

    /// What allows to read for it.
    pub const fn claim(&self) -> Claim {
        Claim {
            portal: self.portal(),
            by: self.claimed_by,
        }
    }

    /// Conversations with a message since then are being imported; none: nothing began.
    pub fn import_from(&self) -> Option<Timestamp> {
        self.import_from.map(Timestamp::from)
    }
}

/// How far an import is, for whoever looks at it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct ImportProgress {
    /// When it began.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub began_at: Option<DateTime<Utc>>,
    /// When it ended; none: it is under way.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Conversations that HubSpot listed.
    #[diesel(sql_type = BigInt)]
    pub threads_read: i64,
    /// Those of them that are open, and so known now.
    #[diesel(sql_type = BigInt)]
    pub threads_open: i64,
    /// Tickets whose owner's history was read.
    #[diesel(sql_type = Integer)]
    pub tickets_sampled: i32,
    /// Those of them that somebody owns.
    #[diesel(sql_type = Integer)]
    pub tickets_assigned: i32,
    /// Those of them whose owner came by routing, rotation or a workflow.
    #[diesel(sql_type = Integer)]
    pub tickets_assigned_by_automation: i32,
    /// When a sweep last came to its end.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub swept_at: Option<DateTime<Utc>>,
    /// Since when reading for the portal fails; none: the last round went well.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub failing_since: Option<DateTime<Utc>>,
    /// Why the last round failed.
    #[diesel(sql_type = Nullable<Text>)]
    pub failure: Option<String>,
    /// Owner fields that could not be read, and wait for another try.
    #[diesel(sql_type = BigInt)]
    pub skipped: i64,
}

/// How a round of reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundEnded {
    /// The next one begins after this long; less than nothing is [`AHEAD_OF_IDLE`].
    pub next_after: Span,
    /// Why it came to nothing; none: it went well.
    pub failure: Option<String>,
}

/// What a sample of tickets showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// How many were read.
    pub tickets: i32,
    /// Those that somebody owns.
    pub assigned: i32,
    /// Those whose owner came by automation.
    pub assigned_by_automation: i32,
}

/// Claims connected portals whose turn it is, for the caller alone, but none of these. One that was
/// dead until a moment ago waits until a reading shows what came after.
///
/// # Errors
/// Those of the database.
pub fn claim(conn: &mut PgConnection, but_of: &[PortalId]) -> Result<Vec<Followed>, StoreError> {
    let new = "INSERT INTO followed_portals (portal_id) SELECT portal_id FROM portals AS p \
        WHERE connection = 'connected' AND NOT EXISTS \
            (SELECT FROM followed_portals AS f WHERE f.portal_id = p.portal_id) \
        ON CONFLICT DO NOTHING";
    diesel::sql_query(new).execute(conn)?;
    let sql = format!(
        "WITH due AS (SELECT f.portal_id, p.connected_at FROM followed_portals AS f \
            JOIN portals AS p USING (portal_id) \
            WHERE p.connection = 'connected' AND f.claimed_until <= now() \
            AND f.portal_id <> ALL ($4) AND (p.missed_until IS NULL \
                OR p.missed_until + $3 * interval '1 millisecond' <= {HUBSPOT_NOW}) \
            ORDER BY f.claimed_until LIMIT $1 FOR UPDATE OF f SKIP LOCKED) \
        UPDATE followed_portals AS f \
            SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond', \
                claimed_by = gen_random_uuid() \
        FROM due WHERE f.portal_id = due.portal_id \
        RETURNING f.portal_id, f.claimed_by, (f.import_of IS NOT DISTINCT FROM due.connected_at \
                AND f.import_ended_at IS NOT NULL) AS is_imported, \
            CASE WHEN f.import_of = due.connected_at THEN f.import_after END AS import_after, \
            CASE WHEN f.import_of = due.connected_at THEN f.import_from END AS import_from"
    );
    let but_of: Vec<i64> = but_of.iter().map(|portal| portal.0).collect();
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(MOST)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .bind::<BigInt, _>(UNTIL_READINGS_COUNT.as_millis())
        .bind::<Array<BigInt>, _>(but_of)
        .load(conn)?)
}

/// The round goes on: nobody else may read for the portal meanwhile. False: another round reads for
/// it by now.
///
/// # Errors
/// Those of the database.
pub fn renew(conn: &mut PgConnection, claim: Claim) -> Result<bool, StoreError> {
    let sql = "UPDATE followed_portals \
        SET claimed_until = clock_timestamp() + $3 * interval '1 millisecond' \
        WHERE portal_id = $1 AND claimed_by = $2";
    let renewed = diesel::sql_query(sql)
        .bind::<BigInt, _>(claim.portal.0)
        .bind::<SqlUuid, _>(claim.by)
        .bind::<BigInt, _>(CLAIMED_FOR.as_millis())
        .execute(conn)?;
    Ok(renewed > 0)
}

fn only_while_claimed(claim: Claim, rows: usize) -> Result<(), StoreError> {
    let is_ours = rows > 0;
    is_ours.then_some(()).ok_or_else(|| is_lost(claim))
}

fn is_lost(claim: Claim) -> StoreError {
    let portal = claim.portal.0;
    StoreError::Busy(format!("another round reads for portal {portal} by now"))
}

/// The round is over. Where another has claimed the portal by now, nothing changes.
///
/// # Errors
/// Those of the database.
pub fn release(
    conn: &mut PgConnection,
    claim: Claim,
    ended: &RoundEnded,
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals \
        SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond', \
            claimed_by = NULL, failure = $3, \
            failing_since = CASE WHEN $3 IS NOT NULL \
                THEN coalesce(failing_since, clock_timestamp()) END \
        WHERE portal_id = $1 AND claimed_by = $4";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(claim.portal.0)
        .bind::<BigInt, _>(ended.next_after.as_millis())
        .bind::<Nullable<Text>, _>(ended.failure.as_deref())
        .bind::<SqlUuid, _>(claim.by)
        .execute(conn)?;
    Ok(())
}

/// A sweep came to its end: nothing is due any more.
///
/// # Errors
/// Those of the database.
pub fn note_swept(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET swept_at = clock_timestamp() WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    Ok(())
}

/// How far the walk through HubSpot's list of conversations is; none: at its beginning.
///
/// # Errors
/// Those of the database.
pub fn sweep_from(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<Timestamp>, StoreError> {
    #[derive(QueryableByName)]
    struct From {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        sweep_from: Option<DateTime<Utc>>,
    }
    let sql = "SELECT sweep_from FROM followed_portals WHERE portal_id = $1";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(portal.0);
    let row: Option<From> = query.get_result(conn).optional()?;
    Ok(row.and_then(|row| row.sweep_from).map(Timestamp::from))
}

/// Keeps how far that walk is.
///
/// # Errors
/// Those of the database.
pub fn note_sweep_from(
    conn: &mut PgConnection,
    portal: PortalId,
    from: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET sweep_from = $2 WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Nullable<Timestamptz>, _>(from.map(Timestamp::to_utc))
        .execute(conn)?;
    Ok(())
}

/// Since when HubSpot's list of conversations is to be read, by its clock; none: it was read within
/// `age`. What was never looked at is, as far `back`.
///
/// # Errors
/// Those of the database.
pub fn list_from(
    conn: &mut PgConnection,
    portal: PortalId,
    (age, back): (Span, Span),
) -> Result<Option<Timestamp>, StoreError> {
    #[derive(QueryableByName)]
    struct From {
        #[diesel(sql_type = Timestamptz)]
        list_from: DateTime<Utc>,
    }
    let sql = format!(
        "SELECT coalesce(listed_until, {HUBSPOT_NOW} - $3 * interval '1 millisecond') AS list_from \
         FROM followed_portals WHERE portal_id = $1 \
         AND (listed_until < {HUBSPOT_NOW} - $2 * interval '1 millisecond') IS NOT FALSE"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(age.as_millis())
        .bind::<BigInt, _>(back.as_millis());
    let row: Option<From> = query.get_result(conn).optional()?;
    Ok(row.map(|row| row.list_from.into()))
}

/// The list was read up to here.
///
/// # Errors
/// Those of the database.
pub fn note_listed(
    conn: &mut PgConnection,
    portal: PortalId,
    until: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET listed_until = greatest(listed_until, $2) \
        WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Timestamptz, _>(until.to_utc())
        .execute(conn)?;
    Ok(())
}

/// An import begins, of conversations with a message in this time before now. Gives back since
/// when that is.
///
/// # Errors
/// Those of the database; [`StoreError::Busy`] if another has claimed the portal by now.
pub fn begin_import(
    conn: &mut PgConnection,
    claim: Claim,
    back: Span,
) -> Result<Timestamp, StoreError> {
    #[derive(QueryableByName)]
    struct From {
        #[diesel(sql_type = Timestamptz)]
        import_from: DateTime<Utc>,
    }
    let sql = "UPDATE followed_portals AS f SET import_of = p.connected_at, \
            import_from = clock_timestamp() - $2 * interval '1 millisecond', import_after = NULL, \
            import_began_at = clock_timestamp(), import_ended_at = NULL, threads_read = 0, \
            threads_open = 0, tickets_sampled = 0, tickets_assigned = 0, \
            tickets_assigned_by_automation = 0 \
        FROM portals AS p WHERE f.portal_id = $1 AND f.claimed_by = $3 AND p.portal_id = f.portal_id \
        RETURNING f.import_from";
    let row: Option<From> = diesel::sql_query(sql)
        .bind::<BigInt, _>(claim.portal.0)
        .bind::<BigInt, _>(back.as_millis())
        .bind::<SqlUuid, _>(claim.by)
        .get_result(conn)
        .optional()?;
    row.map(|row| row.import_from.into())
        .ok_or_else(|| is_lost(claim))
}

/// A page was taken in; the next one begins here.
///
/// # Errors
/// Those of the database; [`StoreError::Busy`] if another has claimed the portal by now.
pub fn note_page(
    conn: &mut PgConnection,
    claim: Claim,
    after: Option<&str>,
    (threads_read, threads_open): (i64, i64),
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET import_after = $2, \
        threads_read = threads_read + $3, threads_open = threads_open + $4 \
        WHERE portal_id = $1 AND claimed_by = $5";
    let noted = diesel::sql_query(sql)
        .bind::<BigInt, _>(claim.portal.0)
        .bind::<Nullable<Text>, _>(after)
        .bind::<BigInt, _>(threads_read)
        .bind::<BigInt, _>(threads_open)
        .bind::<SqlUuid, _>(claim.by)
        .execute(conn)?;
    only_while_claimed(claim, noted)
}

/// The import is over, and this is what the sample showed.
///
/// # Errors
/// Those of the database; [`StoreError::Busy`] if another has claimed the portal by now.
pub fn end_import(conn: &mut PgConnection, claim: Claim, sample: Sample) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET import_ended_at = clock_timestamp(), \
        tickets_sampled = $2, tickets_assigned = $3, tickets_assigned_by_automation = $4, \
        listed_until = import_began_at - interval '1 minute' \
            + coalesce((SELECT offset_ms FROM hubspot_clock), 0) * interval '1 millisecond' \
        WHERE portal_id = $1 AND claimed_by = $5";
    let ended = diesel::sql_query(sql)
        .bind::<BigInt, _>(claim.portal.0)
        .bind::<Integer, _>(sample.tickets)
        .bind::<Integer, _>(sample.assigned)
        .bind::<Integer, _>(sample.assigned_by_automation)
        .bind::<SqlUuid, _>(claim.by)
        .execute(conn)?;
    only_while_claimed(claim, ended)
}

/// How far a portal's import is; none: it was never followed.
///
/// # Errors
/// Those of the database.
pub fn progress(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<ImportProgress>, StoreError> {
    let sql = "SELECT import_began_at AS began_at, import_ended_at AS ended_at, threads_read, \
        threads_open, tickets_sampled, tickets_assigned, tickets_assigned_by_automation, swept_at, \
            failing_since, failure, (SELECT count(*) FROM skipped_readings AS s \
                WHERE s.portal_id = f.portal_id AND s.until > clock_timestamp()) AS skipped \
        FROM followed_portals AS f WHERE portal_id = $1";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(portal.0);
    Ok(query.get_result(conn).optional()?)
}
