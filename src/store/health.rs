//! What the service and `doctor` want to know about the database itself.

use super::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamptz};

/// Asks for errors in English, where the role may: an ordinary one may not.
pub(super) const IN_ENGLISH: &str = "DO $$ BEGIN \
    PERFORM set_config('lc_messages', 'C', false); \
    EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;";

/// The server and the settings that durability depends on.
#[derive(Clone, Debug, QueryableByName)]
pub struct ServerState {
    /// For instance `15.18`.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// Its clock.
    #[diesel(sql_type = Timestamptz)]
    pub now: DateTime<Utc>,
    /// A standby takes no writes.
    #[diesel(sql_type = Bool)]
    pub in_recovery: bool,
    /// `off`: an acknowledged row may be lost when the machine dies.
    #[diesel(sql_type = Text)]
    pub fsync: String,
    /// `off`: an acknowledged row may be lost when the server dies.
    #[diesel(sql_type = Text)]
    pub synchronous_commit: String,
    /// `off`: a page may be torn when the machine dies.
    #[diesel(sql_type = Text)]
    pub full_page_writes: String,
}

/// Asks the server about itself.
///
/// # Errors
/// Those of the database.
pub fn server_state(conn: &mut PgConnection) -> Result<ServerState, StoreError> {
    let sql = "SELECT split_part(current_setting('server_version'), ' ', 1) AS version, \
               clock_timestamp() AS now, pg_is_in_recovery() AS in_recovery, \
               current_setting('fsync') AS fsync, \
               current_setting('synchronous_commit') AS synchronous_commit, \
               current_setting('full_page_writes') AS full_page_writes";
    Ok(diesel::sql_query(sql).get_result(conn)?)
}

/// The words of an error, where the server does not speak English; none: it does. `StoreError` tells
/// some errors apart by their words: in another language a lock that was busy for a moment would
/// pass for data that never fits, and what HubSpot told would be put aside for good.
///
/// # Errors
/// Those of the database.
pub fn foreign_words(conn: &mut PgConnection) -> Result<Option<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Text)]
        words: String,
    }
    // Provoked in a block that catches it, so that the server's log does not show it.
    let provoke = "DO $$ BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN \
        PERFORM set_config('baton.words', SQLERRM, false); END $$";
    conn.batch_execute(IN_ENGLISH)?;
    conn.batch_execute(provoke)?;
    let sql = "SELECT current_setting('baton.words') AS words";
    let Said { words } = diesel::sql_query(sql).get_result(conn)?;
    Ok((words != "division by zero").then_some(words))
}

/// What makes a server speak English.
pub const SPEAK_ENGLISH: &str =
    "as a superuser: ALTER DATABASE ... SET lc_messages = 'C', for the database of DATABASE_URL";
