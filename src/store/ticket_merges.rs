//! The queue of merges that HubSpot told of, as those who carry them out see it.

use super::error::StoreError;
use crate::domain::ids::{PortalId, TicketId};
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};

/// A merge that is to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct TicketMerge {
    #[diesel(sql_type = BigInt)]
    portal_id: i64,
    #[diesel(sql_type = BigInt)]
    into_ticket_id: i64,
    #[diesel(sql_type = BigInt)]
    merged_ticket_id: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl TicketMerge {
    /// The portal.
    pub const fn portal(self) -> PortalId {
        PortalId(self.portal_id)
    }

    /// The ticket that stays.
    pub const fn survivor(self) -> TicketId {
        TicketId(self.into_ticket_id)
    }

    /// The ticket that is gone.
    pub const fn merged(self) -> TicketId {
        TicketId(self.merged_ticket_id)
    }

    /// How often it failed.
    pub fn attempts(self) -> u32 {
        u32::try_from(self.attempts).unwrap_or_default()
    }
}

/// Merges that are due, in the order in which HubSpot made them.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &mut PgConnection, most: i64) -> Result<Vec<TicketMerge>, StoreError> {
    let sql = "SELECT portal_id, into_ticket_id, merged_ticket_id, attempts FROM ticket_merges \
        WHERE next_attempt_at <= now() \
        ORDER BY merged_at, portal_id, merged_ticket_id LIMIT $1";
    Ok(diesel::sql_query(sql).bind::<BigInt, _>(most).load(conn)?)
}

/// A merge was carried out.
///
/// # Errors
/// Those of the database.
pub fn is_done(conn: &mut PgConnection, merge: TicketMerge) -> Result<(), StoreError> {
    let sql = "DELETE FROM ticket_merges \
        WHERE portal_id = $1 AND merged_ticket_id = $2 AND into_ticket_id = $3";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(merge.portal_id)
        .bind::<BigInt, _>(merge.merged_ticket_id)
        .bind::<BigInt, _>(merge.into_ticket_id)
        .execute(conn)?;
    Ok(())
}

/// A merge failed: it is due again after this long.
///
/// # Errors
/// Those of the database.
pub fn try_again(
    conn: &mut PgConnection,
    merge: TicketMerge,
    after: Span,
) -> Result<(), StoreError> {
    let sql = "UPDATE ticket_merges SET attempts = attempts + 1, \
            next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond' \
        WHERE portal_id = $1 AND merged_ticket_id = $2 AND into_ticket_id = $3";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(merge.portal_id)
        .bind::<BigInt, _>(merge.merged_ticket_id)
        .bind::<BigInt, _>(merge.into_ticket_id)
        .bind::<BigInt, _>(after.as_millis())
        .execute(conn)?;
    Ok(())
}
