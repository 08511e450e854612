//! Owner fields that the sweep could not read. They are left out for a while, so that what cannot
//! be read keeps nothing else from being read.

use super::error::StoreError;
use super::owner_checks::Checked;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

/// Rows deleted in one short transaction.
const MOST_AT_ONCE: i32 = 5_000;

/// Leaves these fields out for this long.
///
/// # Errors
/// Those of the database.
pub fn note(
    conn: &mut PgConnection,
    portal: PortalId,
    fields: &[Checked],
    leave_out: Span,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO skipped_readings (portal_id, subject, subject_id, until) \
        SELECT DISTINCT $1, subject, subject_id, \
            clock_timestamp() + $4 * interval '1 millisecond' \
        FROM unnest($2, $3) AS n (subject, subject_id) ORDER BY 2, 3 \
        ON CONFLICT (portal_id, subject, subject_id) DO UPDATE SET until = excluded.until";
    let (subjects, ids): (Vec<&str>, Vec<i64>) = fields.iter().map(|of| of.columns()).unzip();
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<Text>, _>(subjects)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<BigInt, _>(leave_out.as_millis())
        .execute(conn)?;
    Ok(())
}

/// Forgets those of more than a day ago, some thousands at a time. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM skipped_readings WHERE ctid = ANY(ARRAY(SELECT ctid FROM skipped_readings \
        WHERE until < now() - interval '1 day' LIMIT $1))";
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
