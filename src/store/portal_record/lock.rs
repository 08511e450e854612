//! One lock for each portal. Whoever opens or shuts its gates takes it alone; whoever permits the
//! AI to speak takes it together with others, and reads the gates in a later statement.

use crate::domain::ids::PortalId;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Keeps everyone else from reading or changing the portal's gates until the transaction ends.
/// Locks of several portals are taken in the order of their ids, and before any row.
///
/// # Errors
/// Those of the database; [`StoreError::Busy`] after a second of waiting.
pub fn lock_alone(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    // A HubSpot account's id is the key itself: few other locks exist, and none is that small.
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    Ok(())
}

/// The same, but together with others who lock so: nobody opens or shuts these portals' gates
/// until the transaction ends.
///
/// # Errors
/// As for [`lock_alone`].
pub fn lock_with_others(conn: &mut PgConnection, portals: &[PortalId]) -> Result<(), StoreError> {
    let mut ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    ids.sort_unstable();
    for id in ids {
        diesel::sql_query("SELECT pg_advisory_xact_lock_shared($1)")
            .bind::<BigInt, _>(id)
            .execute(conn)?;
    }
    Ok(())
}
