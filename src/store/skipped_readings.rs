//! Owner fields that the sweep could not read. They are left out for a while, so that what cannot
//! be read keeps nothing else from being read.

use super::error::StoreError;
use super::owner_checks::Checked;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

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
    let forget = "DELETE FROM skipped_readings \
        WHERE portal_id = $1 AND until < clock_timestamp() - interval '1 day'";
    let sql = "INSERT INTO skipped_readings (portal_id, subject, subject_id, until) \
        SELECT DISTINCT $1, subject, subject_id, \
            clock_timestamp() + $4 * interval '1 millisecond' \
        FROM unnest($2, $3) AS n (subject, subject_id) ORDER BY 2, 3 \
        ON CONFLICT (portal_id, subject, subject_id) DO UPDATE SET until = excluded.until";
    let (subjects, ids): (Vec<&str>, Vec<i64>) = fields.iter().map(|of| of.columns()).unzip();
    diesel::sql_query(forget)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<Text>, _>(subjects)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<BigInt, _>(leave_out.as_millis())
        .execute(conn)?;
    Ok(())
}
