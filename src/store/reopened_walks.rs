//! How far each portal's walk through HubSpot's list is that looks for conversations opened again.

use super::error::StoreError;
use super::portal_record::missed::HUBSPOT_NOW;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz};

/// Where the walk goes on, by HubSpot's clock. One that is over begins anew, so far `back`, once the
/// last one began longer than `age` ago and if the portal has a closed conversation. None: not yet.
///
/// # Errors
/// Those of the database.
pub fn go_on_from(
    conn: &mut PgConnection,
    portal: PortalId,
    age: Span,
    back: Span,
) -> Result<Option<Timestamp>, StoreError> {
    #[derive(QueryableByName)]
    struct From {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        reopened_from: Option<DateTime<Utc>>,
    }
    let sql = format!(
        "UPDATE followed_portals AS f SET \
            reopened_from = coalesce(reopened_from, {HUBSPOT_NOW} - $3 * interval '1 millisecond'), \
            reopened_began_at = CASE WHEN reopened_from IS NULL THEN clock_timestamp() \
                ELSE reopened_began_at END \
         WHERE portal_id = $1 AND (reopened_from IS NOT NULL \
            OR ((reopened_began_at < clock_timestamp() - $2 * interval '1 millisecond') IS NOT FALSE \
                AND EXISTS (SELECT FROM conversations AS c \
                    WHERE c.portal_id = $1 AND NOT c.is_open))) \
         RETURNING reopened_from"
    );
    let query = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(age.as_millis())
        .bind::<BigInt, _>(back.as_millis());
    let row: Option<From> = query.get_result(conn).optional()?;
    Ok(row.and_then(|row| row.reopened_from).map(Timestamp::from))
}

/// The walk came so far; none: it is over.
///
/// # Errors
/// Those of the database.
pub fn note_reached(
    conn: &mut PgConnection,
    portal: PortalId,
    reached: Option<Timestamp>,
) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET reopened_from = $2 WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Nullable<Timestamptz>, _>(reached.map(Timestamp::to_utc))
        .execute(conn)?;
    Ok(())
}
