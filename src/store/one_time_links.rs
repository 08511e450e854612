//! Links that sign in once, such as the one the demo prints. Only hashes are stored.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea};

/// Remembers a link.
///
/// # Errors
/// Those of the database.
pub fn insert(
    conn: &mut PgConnection,
    link_sha256: &[u8; 32],
    expires_in: Span,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO one_time_links (link_sha256, expires_at) \
        VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond')";
    diesel::sql_query(sql)
        .bind::<Bytea, _>(link_sha256.as_slice())
        .bind::<BigInt, _>(expires_in.as_millis())
        .execute(conn)?;
    Ok(())
}

/// Uses a link up. False: it is unknown, was used, or its time is over. Of two callers at once,
/// one gets true.
///
/// # Errors
/// Those of the database.
pub fn consume(conn: &mut PgConnection, link_sha256: &[u8; 32]) -> Result<bool, StoreError> {
    let sql = "UPDATE one_time_links SET used_at = clock_timestamp() \
        WHERE link_sha256 = $1 AND used_at IS NULL AND expires_at > clock_timestamp()";
    let used = diesel::sql_query(sql)
        .bind::<Bytea, _>(link_sha256.as_slice())
        .execute(conn)?;
    Ok(used > 0)
}

/// Deletes the links that can no longer be used.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM one_time_links WHERE expires_at <= now()";
    Ok(diesel::sql_query(sql).execute(conn)?)
}
