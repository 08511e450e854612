//! What the service and `doctor` want to know about the database itself.

use super::error::StoreError;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text, Timestamptz};

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
