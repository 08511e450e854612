//! Who is signed in to the console. Only hashes of the cookies are stored.

use super::error::StoreError;
use crate::domain::time::Span;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Text};

/// Someone who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct SignedIn {
    /// The name shown in what they change.
    #[diesel(sql_type = Text)]
    pub admin_name: String,
}

/// Remembers a session, for at most `lasts`.
///
/// # Errors
/// Those of the database.
pub fn insert(
    conn: &mut PgConnection,
    session_sha256: &[u8; 32],
    admin_name: &str,
    lasts: Span,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO sessions (session_sha256, admin_name, expires_at) \
        VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')";
    diesel::sql_query(sql)
        .bind::<Bytea, _>(session_sha256.as_slice())
        .bind::<Text, _>(admin_name)
        .bind::<BigInt, _>(lasts.as_millis())
        .execute(conn)?;
    Ok(())
}

/// Who has this session, if it has neither ended nor been idle for longer than `idle_limit`; the
/// visit is noted.
///
/// # Errors
/// Those of the database.
pub fn visit(
    conn: &mut PgConnection,
    session_sha256: &[u8; 32],
    idle_limit: Span,
) -> Result<Option<SignedIn>, StoreError> {
    let sql = "UPDATE sessions SET last_seen_at = clock_timestamp() \
        WHERE session_sha256 = $1 AND expires_at > clock_timestamp() \
            AND last_seen_at > clock_timestamp() - $2 * interval '1 millisecond' \
        RETURNING admin_name";
    Ok(diesel::sql_query(sql)
        .bind::<Bytea, _>(session_sha256.as_slice())
        .bind::<BigInt, _>(idle_limit.as_millis())
        .get_result(conn)
        .optional()?)
}

/// Ends a session. False: there was none.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut PgConnection, session_sha256: &[u8; 32]) -> Result<bool, StoreError> {
    let sql = "DELETE FROM sessions WHERE session_sha256 = $1";
    let deleted = diesel::sql_query(sql)
        .bind::<Bytea, _>(session_sha256.as_slice())
        .execute(conn)?;
    Ok(deleted > 0)
}

/// Deletes the sessions that ended.
///
/// # Errors
/// Those of the database.
pub fn delete_old(conn: &mut PgConnection) -> Result<usize, StoreError> {
    let sql = "DELETE FROM sessions WHERE expires_at <= now()";
    Ok(diesel::sql_query(sql).execute(conn)?)
}
