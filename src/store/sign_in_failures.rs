//! Wrong passwords, counted in the database so that guessing is slowed on every replica.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Nullable};

/// How many wrong passwords are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Only those of the last so long count.
    pub window: Span,
    /// As many from one client.
    pub of_client: i64,
    /// As many from everyone.
    pub of_all: i64,
}

/// Whether an attempt may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// It may, and counts as wrong until it is forgiven.
    Yes,
    /// There were too many.
    TooMany {
        /// Until the oldest of them no longer counts.
        wait: Span,
    },
}

/// One writer at a time: the number of this lock among PostgreSQL's advisory ones.
const RESERVING: i64 = 0x7369_676e_2d69_6e00;

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

/// Counts an attempt as wrong before anybody looks at it, unless there were too many. Attempts at
/// once wait for one another, so that together they never exceed the limits.
///
/// # Errors
/// Those of the database.
pub fn reserve(
    conn: &mut PgConnection,
    client_sha256: &[u8; 32],
    limits: &Limits,
) -> Result<Reserved, StoreError> {
    conn.transaction(|conn| {
        diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
            .bind::<BigInt, _>(RESERVING)
            .execute(conn)?;
        let found = count(conn, client_sha256, limits.window)?;
        let is_client_over = found.of_client >= limits.of_client;
        if is_client_over || found.of_all >= limits.of_all {
            let whose = is_client_over.then_some(client_sha256.as_slice());
            let wait = until_oldest_ends(conn, whose, limits.window)?;
            return Ok(Reserved::TooMany { wait });
        }
        insert(conn, client_sha256)?;
        Ok(Reserved::Yes)
    })
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
    let sql = "DELETE FROM sign_in_failures WHERE failed_at < now() - interval '1 day'";
    Ok(diesel::sql_query(sql).execute(conn)?)
}

/// How long until the oldest wrong password in the window, of one client or of all, leaves it.
fn until_oldest_ends(
    conn: &mut PgConnection,
    client_sha256: Option<&[u8]>,
    window: Span,
) -> Result<Span, StoreError> {
    let sql = "SELECT coalesce(greatest(0, $2 - (1000 * extract(epoch FROM \
            clock_timestamp() - min(failed_at)))::bigint), 0) AS millis FROM sign_in_failures \
        WHERE failed_at > clock_timestamp() - $2 * interval '1 millisecond' \
            AND ($1::bytea IS NULL OR client_sha256 = $1)";
    let row: Millis = diesel::sql_query(sql)
        .bind::<Nullable<Bytea>, _>(client_sha256)
        .bind::<BigInt, _>(window.as_millis())
        .get_result(conn)?;
    Ok(Span::from_millis(row.millis))
}

#[derive(QueryableByName)]
struct Millis {
    #[diesel(sql_type = BigInt)]
    millis: i64,
}
