//! A cache of a portal's teams, whole: HubSpot lists them in one page. And how old that cache and
//! the one of owners are, by the database's clock.

use super::error::StoreError;
use crate::domain::ids::PortalId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Double, Jsonb, Nullable};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A team, as HubSpot last told it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// HubSpot's team id.
    pub id: i64,
    /// The name, where HubSpot tells one.
    pub name: Option<String>,
}

/// What HubSpot said of a portal's teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamList {
    /// These are all.
    Listed(Vec<Team>),
    /// The grant lacks the scope to list them.
    NotPermitted,
}

/// How long ago HubSpot was asked; none: never, or it knew nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// For the owners.
    pub owners: Option<Duration>,
    /// For the teams.
    pub teams: Option<Duration>,
}

#[derive(QueryableByName)]
struct TeamsRow {
    #[diesel(sql_type = Jsonb)]
    teams: serde_json::Value,
}

#[derive(QueryableByName)]
struct AgesRow {
    #[diesel(sql_type = Nullable<Double>)]
    owners: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    teams: Option<f64>,
}

/// Replaces what is known.
///
/// # Errors
/// Those of the database.
pub fn replace(
    conn: &mut PgConnection,
    portal: PortalId,
    list: &TeamList,
) -> Result<(), StoreError> {
    let (teams, may_read) = match list {
        TeamList::Listed(teams) => (teams.as_slice(), true),
        TeamList::NotPermitted => ([].as_slice(), false),
    };
    let teams = serde_json::to_value(teams).map_err(unreadable)?;
    let upsert = "INSERT INTO team_lists (portal_id, teams, may_read, read_at) \
        VALUES ($1, $2, $3, clock_timestamp()) ON CONFLICT (portal_id) DO UPDATE SET \
            teams = excluded.teams, may_read = excluded.may_read, read_at = excluded.read_at";
    diesel::sql_query(upsert)
        .bind::<BigInt, _>(portal.0)
        .bind::<Jsonb, _>(teams)
        .bind::<Bool, _>(may_read)
        .execute(conn)?;
    Ok(())
}

/// The teams that HubSpot listed.
///
/// # Errors
/// Those of the database; [`StoreError::Unexpected`] if the row cannot be read.
pub fn list(conn: &mut PgConnection, portal: PortalId) -> Result<Vec<Team>, StoreError> {
    let sql = "SELECT teams FROM team_lists WHERE portal_id = $1";
    let row: Option<TeamsRow> = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)
        .optional()?;
    row.map_or(Ok(Vec::new()), |row| {
        serde_json::from_value(row.teams).map_err(unreadable)
    })
}

/// How old the caches of owners and of teams are.
///
/// # Errors
/// Those of the database.
pub fn ages(conn: &mut PgConnection, portal: PortalId) -> Result<Ages, StoreError> {
    // Some owners are read alone: the list is as old as the one that was not.
    let since = "extract(epoch FROM clock_timestamp() - min(read_at))::float8";
    let sql = format!(
        "SELECT (SELECT {since} FROM owners WHERE portal_id = $1 AND NOT is_archived) AS owners, \
                (SELECT {since} FROM team_lists WHERE portal_id = $1) AS teams"
    );
    let row: AgesRow = diesel::sql_query(sql)
        .bind::<BigInt, _>(portal.0)
        .get_result(conn)?;
    // A clock that was set back makes the youngest age of all.
    let age = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(Ages {
        owners: row.owners.map(age),
        teams: row.teams.map(age),
    })
}

fn unreadable(error: serde_json::Error) -> StoreError {
    StoreError::Unexpected(format!("a list of teams: {error}"))
}
