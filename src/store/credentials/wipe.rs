//! Deleting credentials: what was replaced once its time is over, and the app's grant of a portal.

use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Deletes the retired credentials whose time is over, and says how many there were.
///
/// # Errors
/// Those of the database.
pub fn wipe_due(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM credentials WHERE status = 'retired' AND wipe_at <= clock_timestamp()";
    Ok(diesel::sql_query(sql).execute(conn)?)
}

/// Deletes the app's grant of a portal, and says how many there were. What HubSpot was still to be
/// told of it goes along.
///
/// # Errors
/// Those of the database.
pub fn remove_grant(conn: &mut PgConnection, portal: PortalId) -> Result<usize, StoreError> {
    let sql = "DELETE FROM credentials WHERE portal_id = $1 AND kind = 'oauth'";
    Ok(diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?)
}
