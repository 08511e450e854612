//! Owners that HubSpot did not tell of when it was asked: they are not asked for again at once.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer};
use std::collections::BTreeSet;

/// Rows deleted in one short transaction.
const MOST_AT_ONCE: i32 = 5_000;

/// Those of these owners that HubSpot has to be asked for: neither in the cache of owners, nor
/// asked for in vain within this time.
///
/// # Errors
/// Those of the database.
pub fn to_be_asked(
    conn: &mut PgConnection,
    portal: PortalId,
    owners: &BTreeSet<i64>,
    within: Span,
) -> Result<BTreeSet<i64>, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    if owners.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = "SELECT id FROM unnest($2) AS w (id) \
        WHERE NOT EXISTS (SELECT FROM owners WHERE (portal_id, owner_id) = ($1, id)) \
        AND NOT EXISTS (SELECT FROM unknown_owners WHERE (portal_id, owner_id) = ($1, id) \
            AND asked_at > clock_timestamp() - $3 * interval '1 millisecond')";
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(owners.iter().copied().collect::<Vec<i64>>())
        .bind::<BigInt, _>(within.as_millis())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// HubSpot did not tell of those of these owners that are not in the cache by now.
///
/// # Errors
/// Those of the database.
pub fn note(
    conn: &mut PgConnection,
    portal: PortalId,
    owners: &BTreeSet<i64>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO unknown_owners (portal_id, owner_id) \
        SELECT $1, id FROM unnest($2) AS w (id) \
        WHERE NOT EXISTS (SELECT FROM owners WHERE (portal_id, owner_id) = ($1, id)) \
        ORDER BY id ON CONFLICT (portal_id, owner_id) DO UPDATE SET asked_at = excluded.asked_at";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<Array<BigInt>, _>(owners.iter().copied().collect::<Vec<i64>>())
        .execute(conn)?;
    Ok(())
}

/// The list of owners who left could not be read: the next caller may try.
///
/// # Errors
/// Those of the database.
pub fn give_archived_back(conn: &mut PgConnection, portal: PortalId) -> Result<(), StoreError> {
    let sql = "UPDATE followed_portals SET archived_owners_read_at = NULL WHERE portal_id = $1";
    diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .execute(conn)?;
    Ok(())
}

/// Takes it upon the caller to read the list of owners who left. False: somebody did within this
/// time.
///
/// # Errors
/// Those of the database.
pub fn begin_archived(
    conn: &mut PgConnection,
    portal: PortalId,
    within: Span,
) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        begun: bool,
    }
    let sql = "INSERT INTO followed_portals AS f (portal_id, archived_owners_read_at) \
        VALUES ($1, clock_timestamp()) ON CONFLICT (portal_id) \
        DO UPDATE SET archived_owners_read_at = excluded.archived_owners_read_at \
        WHERE f.archived_owners_read_at IS NULL OR f.archived_owners_read_at \
            <= clock_timestamp() - $2 * interval '1 millisecond' \
        RETURNING true AS begun";
    let row: Option<Row> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .bind::<BigInt, _>(within.as_millis())
        .get_result(conn)
        .optional()?;
    Ok(row.is_some_and(|row| row.begun))
}

/// Forgets those of more than a day ago, some thousands at a time. True if there may be more.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let sql = "DELETE FROM unknown_owners WHERE ctid = ANY(ARRAY(SELECT ctid FROM unknown_owners \
        WHERE asked_at < now() - interval '1 day' LIMIT $1))";
    let deleted = diesel::sql_query(sql)
        .bind::<Integer, _>(MOST_AT_ONCE)
        .execute(conn)?;
    Ok(i32::try_from(deleted).unwrap_or(i32::MAX) >= MOST_AT_ONCE)
}
