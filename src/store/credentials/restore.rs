//! The way back: a private app's token that the app replaced, put to use again.

use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::store::error::StoreError;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// Puts a private app's token that is still kept in the place of what is in use, which is kept for
/// `window` in its turn. False: no such token is kept any more, and nothing was changed.
///
/// # Errors
/// Those of the database.
pub fn restore_private_app(
    conn: &mut PgConnection,
    portal: PortalId,
    window: Span,
) -> Result<bool, StoreError> {
    // The row is locked first, so that its wiping either came before or finds it in use.
    let kept = "SELECT FROM credentials WHERE portal_id = $1 AND kind = 'private_app' \
        AND status = 'retired' AND wipe_at > clock_timestamp() FOR UPDATE";
    let retire = "UPDATE credentials SET status = 'retired', retired_at = clock_timestamp(), \
            wipe_at = clock_timestamp() + $2 * interval '1 millisecond', \
            claimed_by = NULL, claimed_until = NULL \
        WHERE portal_id = $1 AND kind = 'oauth' AND status <> 'retired'";
    let restore = "UPDATE credentials SET status = 'active', generation = generation + 1, \
            retired_at = NULL, wipe_at = NULL \
        WHERE portal_id = $1 AND kind = 'private_app' AND status = 'retired'";
    conn.transaction(|conn| {
        let found = diesel::sql_query(kept)
            .bind::<BigInt, _>(portal.0)
            .execute(conn)?;
        if found == 0 {
            return Ok(false);
        }
        diesel::sql_query(retire)
            .bind::<BigInt, _>(portal.0)
            .bind::<BigInt, _>(window.as_millis())
            .execute(conn)?;
        diesel::sql_query(restore)
            .bind::<BigInt, _>(portal.0)
            .execute(conn)?;
        Ok(true)
    })
}
