//! Bringing the database up to date: under an advisory lock, so that replicas may start at once.

use super::error::StoreError;
use super::health::{SPEAK_ENGLISH, foreign_words};
use super::pool::with_parameters;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

/// The migrations, compiled in.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The oldest PostgreSQL that has what the tables use.
const OLDEST_SERVER: i32 = 130_000;
/// Any number that no other program locks: "baton" in ASCII.
const LOCK: i64 = 0x62_61_74_6f_6e;

#[derive(QueryableByName)]
struct ServerVersion {
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct InRecovery {
    #[diesel(sql_type = Bool)]
    in_recovery: bool,
}

/// Runs the migrations that are missing and gives back their names. A second caller waits for
/// the first and finds nothing left to do.
///
/// # Errors
/// [`StoreError::Unexpected`] if the server is older than PostgreSQL 13, is a standby, does
/// not speak English, or a migration fails; then nothing of that migration stays.
pub fn migrate(database_url: &str) -> Result<Vec<String>, StoreError> {
    let mut conn = PgConnection::establish(&with_parameters(database_url))
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    refuse_unfit_servers(&mut conn)?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    let outcome = conn
        .run_pending_migrations(MIGRATIONS)
        .map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| StoreError::Unexpected(error.to_string()));
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))?;
    outcome
}

/// Takes every migration back. For the tests of `down.sql`; loses all data.
///
/// # Errors
/// Those of the database.
pub fn revert_all(conn: &mut PgConnection) -> Result<(), StoreError> {
    let reverted = conn.revert_all_migrations(MIGRATIONS);
    reverted
        .map(drop)
        .map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// True when no migration is missing.
///
/// # Errors
/// Those of the database.
pub fn is_up_to_date(conn: &mut PgConnection) -> Result<bool, StoreError> {
    let pending = conn.has_pending_migration(MIGRATIONS);
    pending
        .map(|pending| !pending)
        .map_err(|error| StoreError::Unexpected(error.to_string()))
}

fn refuse_unfit_servers(conn: &mut PgConnection) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('server_version_num')::int AS version";
    let ServerVersion { version } = diesel::sql_query(sql).get_result(conn)?;
    if version < OLDEST_SERVER {
        let major = version / 10_000;
        return Err(StoreError::Unexpected(format!(
            "the server is PostgreSQL {major}; Baton needs 13 or newer"
        )));
    }
    let sql = "SELECT pg_is_in_recovery() AS in_recovery";
    let InRecovery { in_recovery } = diesel::sql_query(sql).get_result(conn)?;
    if in_recovery {
        return Err(StoreError::Unexpected(
            "the server is a standby; DATABASE_URL must name the primary".to_owned(),
        ));
    }
    if let Some(words) = foreign_words(conn)? {
        return Err(StoreError::Unexpected(format!(
            "the server says '{words}', but its errors are understood in English alone; \
             {SPEAK_ENGLISH}"
        )));
    }
    Ok(())
}
