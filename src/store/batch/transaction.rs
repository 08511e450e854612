//! One transaction. If the closure fails, everything is rolled back.

use crate::store::error::StoreError;
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;
use std::time::Duration;

/// Runs `work` in a transaction at READ COMMITTED and commits it.
///
/// # Errors
/// Those of `work`; after a failed COMMIT it is unknown whether the work is done.
pub fn transaction<T, E: From<StoreError>>(
    conn: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    let inner = |conn: &mut PgConnection| work(conn).map_err(Stopped::ByWork);
    conn.transaction(inner).map_err(|stopped| match stopped {
        Stopped::ByWork(error) => error,
        Stopped::ByDatabase(error) => E::from(StoreError::from(error)),
    })
}

/// Diesel wants one error type for the work and for BEGIN and COMMIT.
enum Stopped<E> {
    ByWork(E),
    ByDatabase(diesel::result::Error),
}

impl<E> From<diesel::result::Error> for Stopped<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::ByDatabase(error)
    }
}

/// Sets how long the statements of this transaction wait for a lock.
///
/// # Errors
/// Those of the database.
pub fn wait_for_locks(conn: &mut PgConnection, at_most: Duration) -> Result<(), StoreError> {
    let sql = format!("SET LOCAL lock_timeout = '{}ms'", at_most.as_millis());
    Ok(conn.batch_execute(&sql)?)
}
