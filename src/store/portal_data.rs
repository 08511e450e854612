//! Which portals have anything here that a privacy deletion could reach, allowed or not.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use std::collections::BTreeSet;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
}

/// Those of these portals. Receipts and effects have lines, and lines have a record.
///
/// # Errors
/// Those of the database.
pub fn with_data(
    conn: &mut PgConnection,
    portals: &[PortalId],
) -> Result<BTreeSet<PortalId>, StoreError> {
    let sql = "SELECT portal_id FROM unnest($1) AS p (portal_id) \
        WHERE EXISTS (SELECT FROM conversations c WHERE c.portal_id = p.portal_id) \
        OR EXISTS (SELECT FROM tickets t WHERE t.portal_id = p.portal_id) \
        OR EXISTS (SELECT FROM kept_events k WHERE k.portal_id = p.portal_id) \
        OR EXISTS (SELECT FROM activity a WHERE a.portal_id = p.portal_id)";
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| PortalId(row.portal_id))
        .collect())
}
