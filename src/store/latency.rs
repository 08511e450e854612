//! Latencies by minute and size. Replicas add to the same rows.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, SmallInt, Text, Timestamptz};

/// What a count is about. In this order rows are written, so that replicas never wait in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LatencyKey {
    /// The portal.
    pub portal: PortalId,
    /// The kind of event.
    pub kind: &'static str,
    /// From when: `received` or `occurred`.
    pub measure: &'static str,
    /// The minute of the commit, in minutes since 1970.
    pub minute: i64,
    /// The size.
    pub bucket: u16,
}

/// How often, and the longest of them in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyCount {
    /// How often.
    pub times: i64,
    /// The longest.
    pub longest_us: i64,
}

/// A size of one kind in the last day.
#[derive(QueryableByName, Debug)]
pub struct LatencyRow {
    /// The kind of event.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// From when: `received` or `occurred`.
    #[diesel(sql_type = Text)]
    pub measure: String,
    /// The size.
    #[diesel(sql_type = SmallInt)]
    pub bucket: i16,
    /// How often in the last hour.
    #[diesel(sql_type = BigInt)]
    pub times_hour: i64,
    /// The longest of the last hour, in microseconds.
    #[diesel(sql_type = BigInt)]
    pub longest_hour: i64,
    /// How often in the last day.
    #[diesel(sql_type = BigInt)]
    pub times_day: i64,
    /// The longest of the last day, in microseconds.
    #[diesel(sql_type = BigInt)]
    pub longest_day: i64,
}

/// Adds counts, sorted by their keys, each key once.
///
/// # Errors
/// Those of the database; then nothing is added.
pub fn add(
    conn: &mut PgConnection,
    counts: &[(LatencyKey, LatencyCount)],
) -> Result<(), StoreError> {
    let minute = |key: &LatencyKey| {
        DateTime::<Utc>::from_timestamp(key.minute.saturating_mul(60), 0).unwrap_or_default()
    };
    let bucket = |key: &LatencyKey| i16::try_from(key.bucket).unwrap_or(i16::MAX);
    let each = |column: fn(&LatencyCount) -> i64| -> Vec<i64> {
        counts.iter().map(|(_, count)| column(count)).collect()
    };
    let keys = || counts.iter().map(|(key, _)| key);
    let sql = "INSERT INTO latency_minutes AS l \
            (portal_id, kind, measure, minute, bucket, times, longest_us) \
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) \
        ON CONFLICT (portal_id, kind, measure, minute, bucket) DO UPDATE \
        SET times = l.times + excluded.times, \
            longest_us = greatest(l.longest_us, excluded.longest_us)";
    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(keys().map(|key| key.portal.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(keys().map(|key| key.kind).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(keys().map(|key| key.measure).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(keys().map(minute).collect::<Vec<_>>())
        .bind::<Array<SmallInt>, _>(keys().map(bucket).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(each(|count| count.times))
        .bind::<Array<BigInt>, _>(each(|count| count.longest_us))
        .execute(conn)?;
    Ok(())
}

/// The sizes of a portal's last day, by kind and measure.
///
/// # Errors
/// Those of the database.
pub fn of_portal(conn: &mut PgConnection, portal: PortalId) -> Result<Vec<LatencyRow>, StoreError> {
    let sql = "SELECT kind, measure, bucket, \
            coalesce(sum(times) FILTER (WHERE is_of_hour), 0)::bigint AS times_hour, \
            coalesce(max(longest_us) FILTER (WHERE is_of_hour), 0) AS longest_hour, \
            sum(times)::bigint AS times_day, max(longest_us) AS longest_day \
        FROM (SELECT *, minute > now() - interval '1 hour' AS is_of_hour FROM latency_minutes \
              WHERE portal_id = $1 AND minute > now() - interval '1 day') AS l \
        GROUP BY kind, measure, bucket ORDER BY kind, measure, bucket";
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .load(conn)?)
}

/// Deletes what is older than two days, a few thousand rows at most. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM latency_minutes WHERE ctid = ANY(ARRAY(SELECT ctid \
        FROM latency_minutes WHERE minute < now() - interval '2 days' LIMIT 5000))";
    Ok(diesel::sql_query(sql).execute(conn)? >= 5_000)
}
