//! The portal's teams (`GET /settings/users/2026-03/teams`, read 2026-11-22; scope
//! `settings.users.teams.read`).

use super::page::{self, Page};
use super::request::Request;
use crate::hubspot::lenient;
use serde_json::Value;

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: Option<String>,
    /// The users whose main team it is.
    pub users: Vec<i64>,
    /// Users who are in it besides their main team.
    pub further_users: Vec<i64>,
}

/// All teams; HubSpot gives them in one page.
pub fn list() -> Request<Page<Team>> {
    let path = "settings/users/2026-03/teams";
    Request::get("teams.list", path, |body| page::read(body, team))
}

fn team(value: &Value) -> Result<Team, &'static str> {
    let ids = |name: &str| {
        let ids = value.get(name).and_then(Value::as_array);
        ids.into_iter().flatten().filter_map(lenient::id).collect()
    };
    let id = value.get("id").and_then(lenient::id);
    Ok(Team {
        id: id.ok_or("a team has no id")?,
        name: value.get("name").and_then(lenient::text),
        users: ids("userIds"),
        further_users: ids("secondaryUserIds"),
    })
}
