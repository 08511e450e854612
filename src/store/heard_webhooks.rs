//! When each portal's webhooks were last heard, and what changed in HubSpot without one: webhooks
//! that HubSpot sends elsewhere, or not at all, leave no other trace here.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz};

/// As long as none came since, it is worth no write.
const EXACT_TO: Span = Span::from_secs(10);
/// A change this soon after a webhook may be what that webhook told: clocks differ.
const CLOCKS_DIFFER_BY: Span = Span::from_minutes(2);
/// A change this young may still have its webhook on its way.
const ON_ITS_WAY: Span = Span::from_minutes(5);
/// Without any webhook for this long, those of changes do not come.
const SILENT_FOR: Span = Span::from_hours(1);

/// Webhooks that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Missed {
    /// When the last one came; none: not one since the portal was connected.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub heard_at: Option<DateTime<Utc>>,
    /// The first change after that.
    #[diesel(sql_type = Timestamptz)]
    pub missed_since: DateTime<Utc>,
}

/// Webhooks of these portals came a moment ago. Portals that nobody follows are left out.
///
/// # Errors
/// Those of the database.
pub fn note(conn: &mut PgConnection, portals: &[PortalId]) -> Result<(), StoreError> {
    // Locked in the order of their ids, so that replicas never wait in a circle.
    let sql = "WITH due AS (SELECT portal_id FROM followed_portals WHERE portal_id = ANY($1) \
            AND (heard_at IS NULL OR heard_at < clock_timestamp() - $2 * interval '1 millisecond') \
            ORDER BY portal_id FOR UPDATE) \
        UPDATE followed_portals AS f SET heard_at = clock_timestamp() \
        FROM due WHERE f.portal_id = due.portal_id";
    let ids: Vec<i64> = portals.iter().map(|portal| portal.0).collect();
    diesel::sql_query(sql)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<BigInt, _>(EXACT_TO.as_millis())
        .execute(conn)?;
    Ok(())
}

/// A reading found a change of this time. It counts if no webhook came about then or later.
///
/// # Errors
/// Those of the database.
pub fn note_change(
    conn: &mut PgConnection,
    portal: PortalId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals AS f SET missed_since = $2 FROM portals AS p \
        WHERE f.portal_id = $1 AND p.portal_id = f.portal_id \
            AND $2 > coalesce(greatest(f.heard_at, p.connected_at), '-infinity') \
                + $3 * interval '1 millisecond' \
            AND (f.missed_since IS NULL \
                OR f.missed_since <= greatest(f.heard_at, p.connected_at))";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Timestamptz, _>(at.to_utc())
        .bind::<BigInt, _>(CLOCKS_DIFFER_BY.as_millis())
        .execute(conn)?;
    Ok(())
}

/// What changed without a webhook, if none came for an hour; none: they come, nothing changed, or
/// the portal is not connected.
///
/// # Errors
/// Those of the database.
pub fn missed(conn: &mut PgConnection, portal: PortalId) -> Result<Option<Missed>, StoreError> {
    let sql = "SELECT f.heard_at, f.missed_since FROM followed_portals AS f \
        JOIN portals AS p USING (portal_id) \
        WHERE f.portal_id = $1 AND p.connection = 'connected' \
            AND f.missed_since < clock_timestamp() - $2 * interval '1 millisecond' \
            AND f.missed_since > coalesce(greatest(f.heard_at, p.connected_at), '-infinity') \
            AND coalesce(greatest(f.heard_at, p.connected_at), '-infinity') \
                < clock_timestamp() - $3 * interval '1 millisecond'";
    let found = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(ON_ITS_WAY.as_millis())
        .bind::<BigInt, _>(SILENT_FOR.as_millis())
        .get_result(conn);
    Ok(found.optional()?)
}
