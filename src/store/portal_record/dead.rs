//! Which portals' connections are dead, and why.

use super::lock::lock_with_others;
use crate::domain::ids::PortalId;
use crate::store::batch::transaction::transaction;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use std::collections::BTreeMap;

#[derive(QueryableByName)]
struct Dead {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = Text)]
    because: String,
}

/// Those of these portals that are dead, with the column's word for the reason. A portal that is
/// named is dead under its lock: whoever opens its gate does so later, and reads what was missed.
///
/// # Errors
/// Those of the database; [`StoreError::Busy`] after a second of waiting for the lock.
pub fn dead(
    conn: &mut PgConnection,
    portals: &[PortalId],
) -> Result<BTreeMap<PortalId, String>, StoreError> {
    let suspects = marked_dead(conn, portals)?;
    if suspects.is_empty() {
        return Ok(suspects);
    }
    let suspects: Vec<PortalId> = suspects.into_keys().collect();
    transaction(conn, |conn| {
        lock_with_others(conn, &suspects)?;
        marked_dead(conn, &suspects)
    })
}

/// The same, as their rows say at this moment.
///
/// # Errors
/// Those of the database.
pub fn marked_dead(
    conn: &mut PgConnection,
    portals: &[PortalId],
) -> Result<BTreeMap<PortalId, String>, StoreError> {
    let sql = "SELECT portal_id, unavailable_because AS because FROM portals \
        WHERE portal_id = ANY ($1) AND connection = 'unavailable'";
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    let rows: Vec<Dead> = diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .load(conn)?;
    let named = |row: Dead| (PortalId(row.portal_id), row.because);
    Ok(rows.into_iter().map(named).collect())
}
