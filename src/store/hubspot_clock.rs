//! How far HubSpot's clock is ahead of the database's.

use super::schema::hubspot_clock;
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use diesel::dsl::{IntervalDsl, now};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

/// Keeps that HubSpot's clock is `ahead` of a machine whose clock shows `machine_now`; the
/// database compares that with its own.
///
/// # Errors
/// Those of the database.
pub fn save(
    conn: &mut PgConnection,
    ahead: Span,
    machine_now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO hubspot_clock (offset_ms, seen_at) \
               VALUES ($1 + $2 - floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, \
                       clock_timestamp()) \
               ON CONFLICT (is_only) DO UPDATE \
               SET offset_ms = excluded.offset_ms, seen_at = excluded.seen_at";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(ahead.as_millis())
        .bind::<BigInt, _>(machine_now.as_millis())
        .execute(conn)?;
    Ok(())
}

/// How far HubSpot's clock is ahead of the database's; none if no answer showed it in the last
/// ten minutes.
///
/// # Errors
/// Those of the database.
pub fn seen_lately(conn: &mut PgConnection) -> Result<Option<Span>, StoreError> {
    let recent = now.into_sql::<Timestamptz>() - 10.minutes();
    let found: Option<i64> = hubspot_clock::table
        .filter(hubspot_clock::seen_at.gt(recent))
        .select(hubspot_clock::offset_ms)
        .first(conn)
        .optional()?;
    Ok(found.map(Span::from_millis))
}
