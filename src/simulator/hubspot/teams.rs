//! `GET /settings/users/2026-03/teams`: the teams of an account and who is in them.

use super::api_error::ApiError;
use super::bearer;
use super::call::Call;
use super::simulation::Simulation;
use actix_web::HttpResponse;
use serde_json::{Value, json};

/// Lists all of them; there is no paging.
pub(super) fn list(simulation: &Simulation, call: &Call) -> HttpResponse {
    let scopes = ["settings.users.teams.read"];
    bearer::answer(simulation, call, &scopes, |world, caller| {
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        let as_text = |ids: &[i64]| ids.iter().map(i64::to_string).collect::<Vec<_>>();
        let teams = account.teams.iter().map(|team| {
            json!({
                "id": team.id.to_string(),
                "name": team.name,
                "userIds": as_text(&team.members),
                "secondaryUserIds": as_text(&team.extra_members),
            })
        });
        let results: Vec<Value> = teams.collect();
        Ok(HttpResponse::Ok().json(json!({ "results": results })))
    })
}
