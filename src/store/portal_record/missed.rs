//! What was missed while a portal's connection was dead. What HubSpot told meanwhile was dropped,
//! so owners read before are unknown, and messages since then are read again.

use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz};

/// HubSpot's clock as far as it is known, erring towards later: two minutes ahead until an answer
/// showed it. Also what a reading's beginning is compared with.
pub(in crate::store) const HUBSPOT_NOW: &str = "(clock_timestamp() \
    + coalesce((SELECT offset_ms FROM hubspot_clock), 120000) * interval '1 millisecond')";

/// HubSpot may have stamped what it told last a little earlier than we noticed the end.
const EARLIER: Span = Span::from_minutes(1);

#[derive(QueryableByName)]
struct Until {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    missed_until: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct From {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    missed_from: Option<DateTime<Utc>>,
}

/// Notes, just before a dead connection is opened again, since when and until now nothing was
/// heard; a portal that is not dead missed nothing. What an earlier death left unread stays so.
/// Called under the portal's lock, which those who drop what HubSpot tells share: what was
/// dropped was dropped before.
///
/// # Errors
/// Those of the database.
pub fn note_missed(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE portals AS p SET missed_until = {HUBSPOT_NOW}, \
            missed_from = least(p.unavailable_since, CASE WHEN NOT EXISTS \
                (SELECT FROM followed_portals AS f WHERE f.portal_id = p.portal_id \
                    AND f.import_of = p.connected_at AND f.import_ended_at IS NOT NULL) \
                THEN p.missed_from END) \
         WHERE p.portal_id = $1 AND p.connection = 'unavailable'"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    Ok(())
}

/// Since when messages may have been missed; none: the portal was never dead.
///
/// # Errors
/// Those of the database.
pub fn missed_from(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT missed_from FROM portals WHERE portal_id = $1";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(portal.0);
    let row: Option<From> = query.get_result(conn).optional()?;
    let from = row.and_then(|row| row.missed_from);
    Ok(from.map(|from| Timestamp::from(from) - EARLIER))
}

/// Until when nothing was heard while the connection was dead, on HubSpot's clock; none: nothing
/// was missed.
///
/// # Errors
/// Those of the database.
pub fn missed_until(
    conn: &mut PgConnection,
    portal: PortalId,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT missed_until FROM portals WHERE portal_id = $1";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(portal.0);
    let row: Option<Until> = query.get_result(conn).optional()?;
    Ok(row.and_then(|row| row.missed_until).map(Timestamp::from))
}
