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
