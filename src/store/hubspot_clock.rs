//! How far HubSpot's clock is ahead of the database's.

use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

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
