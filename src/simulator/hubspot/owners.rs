//! `GET /crm/owners/2026-03` and `/{ownerId}`: who can own a record.

use super::account::{Account, Owner, OwnerKind};
use super::api_error::ApiError;
use super::bearer;
use super::call::{Call, Fields};
use super::simulation::Simulation;
use actix_web::HttpResponse;
use serde_json::{Value, json};

/// Either of them is enough.
const SCOPES: &[&str] = &["automation", "crm.objects.owners.read"];
const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 500;
/// When every owner of the simulation was made and changed.
const SINCE: &str = "2025-01-15T09:00:00.000Z";

/// A page of owners, in the order of their ids; `email`, `archived`, `limit` and `after` choose.
pub(super) fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        let page = Page::read(&call.query_fields())?;
        Ok(HttpResponse::Ok().json(page.of(account, &simulation.url)))
    })
}

/// One owner, by its own id or by its user's.
pub(super) fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        let query = call.query_fields();
        let wants_archived = archived(&query)?;
        let id: i64 = call.part(3).parse().map_err(|_| {
            let message = "Invalid input: ownerId must be a whole number";
            ApiError::invalid(message)
        })?;
        let is_meant: fn(&Owner, i64) -> bool = match query.get("idProperty") {
            None | Some("id") => |owner, id| owner.id == id,
            Some("userId") => |owner, id| match owner.kind {
                OwnerKind::Person(user) | OwnerKind::Archived(user) => user == id,
                OwnerKind::Queue => false,
            },
            Some(_) => {
                let message = "Invalid input: idProperty must be one of: [id, userId]";
                return Err(ApiError::invalid(message));
            }
        };
        let mut meant = account.owners.iter().filter(|owner| is_meant(owner, id));
        let found = meant.find(|owner| is_archived(owner) == wants_archived);
        let owner = found.ok_or_else(|| ApiError::not_found("resource not found"))?;
        Ok(HttpResponse::Ok().json(public_owner(account, owner)))
    })
}

struct Page {
    email: Option<String>,
    archived: bool,
    limit: usize,
    after: i64,
}

impl Page {
    fn read(query: &Fields) -> Result<Self, ApiError> {
        let limit = query.get("limit").map(str::parse);
        let limit: usize = limit.unwrap_or(Ok(USUAL_PAGE)).unwrap_or(0);
        if !(1..=LARGEST_PAGE).contains(&limit) {
            return Err(ApiError::invalid("Invalid input: limit must be 1 to 500"));
        }
        let after = query.get("after").map_or(Ok(0), str::parse);
        Ok(Self {
            email: query.get("email").map(str::to_lowercase),
            archived: archived(query)?,
            limit,
            after: after.map_err(|_| ApiError::invalid("Invalid input: after is no cursor"))?,
        })
    }

    fn of(&self, account: &Account, url: &str) -> Value {
        let mut wanted: Vec<&Owner> = account
            .owners
            .iter()
            .filter(|owner| owner.id > self.after && is_archived(owner) == self.archived)
            .filter(|owner| {
                let email = self.email.as_deref();
                email.is_none_or(|email| owner.email.to_lowercase() == email)
            })
            .collect();
        wanted.sort_by_key(|owner| owner.id);
        let here = wanted.iter().take(self.limit);
        let results: Vec<Value> = here.map(|owner| public_owner(account, owner)).collect();
        let mut page = json!({ "results": results });
        let last = wanted.get(self.limit - 1).map(|owner| owner.id);
        if let (Some(last), Some(fields)) = (last, page.as_object_mut())
            && wanted.len() > self.limit
        {
            let link = format!("{url}/crm/owners/2026-03?after={last}&limit={}", self.limit);
            let next = json!({ "next": { "after": last.to_string(), "link": link } });
            fields.insert("paging".to_owned(), next);
        }
        page
    }
}

/// HubSpot's Python client writes `True`.
fn archived(query: &Fields) -> Result<bool, ApiError> {
    let said = query.get("archived").map(str::to_lowercase);
    match said.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ApiError::invalid(
            "Invalid input: archived must be true or false",
        )),
    }
}

fn is_archived(owner: &Owner) -> bool {
    match owner.kind {
        OwnerKind::Archived(_) => true,
        OwnerKind::Person(_) | OwnerKind::Queue => false,
    }
}

/// The operation's `PublicOwner`.
fn public_owner(account: &Account, owner: &Owner) -> Value {
    let (kind, user, user_including_inactive) = match owner.kind {
        OwnerKind::Person(user) => ("PERSON", Some(user), Some(user)),
        OwnerKind::Archived(user) => ("PERSON", None, Some(user)),
        OwnerKind::Queue => ("QUEUE", None, None),
    };
    json!({
        "id": owner.id.to_string(),
        "type": kind,
        "email": (!owner.email.is_empty()).then_some(owner.email),
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": user,
        "userIdIncludingInactive": user_including_inactive,
        "createdAt": SINCE,
        "updatedAt": SINCE,
        "archived": is_archived(owner),
        "teams": teams_of(account, user),
    })
}

fn teams_of(account: &Account, user: Option<i64>) -> Vec<Value> {
    let of_user = account.teams.iter().filter_map(|team| {
        let user = user?;
        let primary = team.members.contains(&user);
        let is_in = primary || team.extra_members.contains(&user);
        let id = team.id.to_string();
        is_in.then(|| json!({ "id": id, "name": team.name, "primary": primary }))
    });
    of_user.collect()
}
