//! Wrong passwords, counted in the database so that guessing is slowed on every replica.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea};

/// Wrong passwords lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Failures {
    /// From the one client asked about.
    #[diesel(sql_type = BigInt)]
    pub of_client: i64,
    /// From everyone.
    #[diesel(sql_type = BigInt)]
    pub of_all: i64,
}

/// Notes a wrong password.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut PgConnection, client_sha256: &[u8; 32]) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO sign_in_failures (client_sha256) VALUES ($1)")
        .bind::<Bytea, _>(client_sha256.as_slice())
        .execute(conn)?;
    Ok(())
}

/// Counts the wrong passwords of the last `window`.
///
/// # Errors
/// Those of the database.
pub fn count(
    conn: &mut PgConnection,
    client_sha256: &[u8; 32],
    window: Span,
) -> Result<Failures, StoreError> {
    let sql = "SELECT count(*) AS of_all, \
            count(*) FILTER (WHERE client_sha256 = $1) AS of_client FROM sign_in_failures \
        WHERE failed_at > clock_timestamp() - $2 * interval '1 millisecond'";
    Ok(diesel::sql_query(sql)
        .bind::<Bytea, _>(client_sha256.as_slice())
        .bind::<BigInt, _>(window.as_millis())
        .get_result(conn)?)
}

/// Forgets the wrong passwords of a client, who now had the right one.
///
/// # Errors
/// Those of the database.
pub fn forgive(conn: &mut PgConnection, client_sha256: &[u8; 32]) -> Result<(), StoreError> {
    diesel::sql_query("DELETE FROM sign_in_failures WHERE client_sha256 = $1")
        .bind::<Bytea, _>(client_sha256.as_slice())
        .execute(conn)?;
    Ok(())
}

/// Deletes those older than a day, which no window reaches.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM sign_in_failures WHERE failed_at < clock_timestamp() - interval '1 day'";
    Ok(diesel::sql_query(sql).execute(conn)?)
}
