//! What was missed while a portal's connection was dead. What HubSpot told meanwhile was dropped,
//! so owners read before are unknown, and messages since then are read again.

use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use crate::store::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

/// HubSpot's clock as far as it is known, erring towards later: two minutes ahead until an answer
/// showed it. Also what a reading's beginning is compared with.
pub(in crate::store) const HUBSPOT_NOW: &str = "(clock_timestamp() \
    + coalesce((SELECT offset_ms FROM hubspot_clock), 120000) * interval '1 millisecond')";

/// HubSpot may have stamped what it told last a little earlier than we noticed the end.
const EARLIER: Span = Span::from_minutes(1);

/// A reply silences for no longer than this, and the customer of one that waits still does.
const LATELY: Span = Span::from_hours(48);

/// What was missed while a connection was dead, on HubSpot's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    /// What was written since may not have been told.
    pub from: Timestamp,
    /// What was written since then was told.
    pub until: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Timestamptz)]
    missed_from: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    missed_until: DateTime<Utc>,
}

/// Notes, just before a dead connection is opened again, since when and until now nothing was
/// heard; a portal that is not dead missed nothing. What an earlier death left unread stays so; so
/// does what it left in conversations that were closed, for as long as it may silence.
/// Called under the portal's lock, which those who drop what HubSpot tells share: what was
/// dropped was dropped before.
///
/// # Errors
/// Those of the database.
pub fn note_missed(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE portals AS p SET missed_until = {HUBSPOT_NOW}, \
            missed_from = least(p.unavailable_since, \
                CASE WHEN p.missed_from > clock_timestamp() - $2 * interval '1 millisecond' \
                    OR NOT EXISTS (SELECT FROM followed_portals AS f \
                        WHERE f.portal_id = p.portal_id AND f.import_of = p.connected_at \
                            AND f.import_ended_at IS NOT NULL) \
                THEN p.missed_from END) \
         WHERE p.portal_id = $1 AND p.connection = 'unavailable'"
    );
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(LATELY.as_millis())
        .execute(conn)?;
    Ok(())
}

/// What was missed last; none: the portal was never dead.
///
/// # Errors
/// Those of the database.
pub fn missed(conn: &mut PgConnection, portal: PortalId) -> Result<Option<Missed>, StoreError> {
    let sql = "SELECT missed_from, missed_until FROM portals \
        WHERE portal_id = $1 AND missed_until IS NOT NULL";
    let query = diesel::sql_query(sql).bind::<BigInt, _>(portal.0);
    let row: Option<Row> = query.get_result(conn).optional()?;
    Ok(row.map(|row| Missed {
        from: Timestamp::from(row.missed_from) - EARLIER,
        until: row.missed_until.into(),
    }))
}
