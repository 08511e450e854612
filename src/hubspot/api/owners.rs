//! The users and queues that can own a ticket (CRM owners API description 2026-03, read
//! 2026-11-22; scope `crm.objects.owners.read` or `automation`).

use super::page::{self, Page};
use super::request::Request;
use crate::hubspot::lenient;
use serde_json::Value;

/// HubSpot's largest page.
pub const MAX_PAGE: u16 = 500;

const PATH: &str = "crm/owners/2026-03";

/// Somebody, or something, that can own a ticket. Its id is not the user's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// What `hubspot_owner_id` holds.
    pub id: i64,
    /// The user; `None` if archived, or no person.
    pub user_id: Option<i64>,
    /// The user, even if archived.
    pub user_id_including_inactive: Option<i64>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// What it is.
    pub kind: OwnerKind,
    /// The teams the owner is in.
    pub teams: Vec<OwnerTeam>,
    /// Archived owners own nothing new.
    pub is_archived: bool,
}

/// What an owner is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    /// A user.
    Person,
    /// A queue, which is nobody.
    Queue,
    /// A word we do not know, or none.
    Unknown(String),
}

/// A team as an owner shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerTeam {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Whether it is the owner's main team.
    pub is_primary: bool,
}

/// Which owners a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// Those in use.
    No,
    /// Those that were archived.
    Yes,
}

/// One page of owners, from the beginning or after another page.
pub fn list(archived: Archived, after: Option<&str>) -> Request<Page<Owner>> {
    Request::get("owners.list", PATH, |body| page::read(body, owner))
        .query("limit", MAX_PAGE)
        .query("archived", archived == Archived::Yes)
        .query_if("after", after)
}

/// One owner by its id.
pub fn get(owner_id: i64) -> Request<Owner> {
    Request::get("owners.get", format!("{PATH}/{owner_id}"), owner)
}

/// One owner by its user's id.
pub fn get_by_user(user_id: i64) -> Request<Owner> {
    Request::get("owners.get", format!("{PATH}/{user_id}"), owner).query("idProperty", "userId")
}

fn owner(value: &Value) -> Result<Owner, &'static str> {
    let text = |name: &str| value.get(name).and_then(lenient::text);
    let id = |name: &str| value.get(name).and_then(lenient::id);
    let teams = value.get("teams").and_then(Value::as_array);
    Ok(Owner {
        id: id("id").ok_or("an owner has no id")?,
        user_id: id("userId"),
        user_id_including_inactive: id("userIdIncludingInactive"),
        email: text("email"),
        first_name: text("firstName"),
        last_name: text("lastName"),
        kind: match text("type").unwrap_or_default().as_str() {
            "PERSON" => OwnerKind::Person,
            "QUEUE" => OwnerKind::Queue,
            other => OwnerKind::Unknown(other.to_owned()),
        },
        teams: teams.into_iter().flatten().filter_map(team).collect(),
        is_archived: value.get("archived").and_then(Value::as_bool) == Some(true),
    })
}

fn team(value: &Value) -> Option<OwnerTeam> {
    Some(OwnerTeam {
        id: lenient::id(value.get("id")?)?,
        name: lenient::text(value.get("name")?)?,
        is_primary: value.get("primary").and_then(Value::as_bool) == Some(true),
    })
}
