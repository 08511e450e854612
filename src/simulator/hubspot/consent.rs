//! `/oauth/authorize`: a user of an account says yes or no to the app.

use super::account::Account;
use super::authorize::{AuthorizeRequest, Mistake};
use super::call::{Call, Fields};
use super::consent_page;
use super::install::Consent;
use super::simulation::Simulation;
use crate::domain::ids::PortalId;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};

/// What was chosen on the consent page.
pub(super) enum Decision {
    Connect { portal: PortalId, user: i64 },
    Cancel,
}

/// The consent page, or the page that says what is wrong with the link.
pub(super) fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let world = simulation.world();
    let request = AuthorizeRequest::read(&world.app, &call.query_fields());
    let pinned = pinned_portal(call);
    match (request, pinned) {
        (Ok(request), Ok(pinned)) => {
            let offered = |account: &&Account| pinned.is_none_or(|portal| portal == account.portal);
            let accounts: Vec<&Account> = world.accounts.values().filter(offered).collect();
            if accounts.is_empty() {
                return consent_page::mistake(&Mistake::UnknownAccount);
            }
            let action = format!("{}?{}", call.path, call.query);
            consent_page::consent(&world.app.name, &request, &accounts, &action)
        }
        (Err(mistake), _) | (Ok(_), Err(mistake)) => consent_page::mistake(&mistake),
    }
}

/// Sends the user back to the app with a code or a refusal.
pub(super) fn decide(simulation: &Simulation, call: &Call) -> HttpResponse {
    let decided = decision(call).and_then(|decision| {
        let pinned = pinned_portal(call)?;
        match decision {
            Decision::Connect { portal, .. } if pinned.is_some_and(|it| it != portal) => {
                Err(Mistake::UnknownAccount)
            }
            Decision::Connect { .. } | Decision::Cancel => Ok(decision),
        }
    });
    match decided.and_then(|decision| send_back(simulation, &call.query_fields(), &decision)) {
        Ok(location) => HttpResponse::Found()
            .insert_header((LOCATION, location))
            .insert_header((CACHE_CONTROL, "no-store"))
            .finish(),
        Err(mistake) => consent_page::mistake(&mistake),
    }
}

/// Where the user is sent after this decision on an install URL with this query.
pub(super) fn send_back(
    simulation: &Simulation,
    query: &Fields,
    decision: &Decision,
) -> Result<String, Mistake> {
    let now = simulation.now();
    let mut world = simulation.world();
    let request = AuthorizeRequest::read(&world.app, query)?;
    let (portal, user) = match decision {
        Decision::Cancel => return Ok(request.cancelled()),
        Decision::Connect { portal, user } => (*portal, *user),
    };
    let account = world.accounts.get(&portal).ok_or(Mistake::UnknownAccount)?;
    let known = account.user(user).ok_or(Mistake::UnknownAccount)?;
    let consent = Consent {
        portal,
        user,
        scopes: request.granted_by(account, known)?,
        redirect_uri: request.redirect_uri.clone(),
    };
    let code = world.issue_code(consent, now);
    Ok(request.approved(&code.ok_or(Mistake::UnknownAccount)?))
}

/// `/oauth/{portal}/authorize` is for one account.
fn pinned_portal(call: &Call) -> Result<Option<PortalId>, Mistake> {
    if call.part(1) == "authorize" {
        return Ok(None);
    }
    let portal = call.part(1).parse().map_err(|_| Mistake::UnknownAccount)?;
    Ok(Some(portal))
}

fn decision(call: &Call) -> Result<Decision, Mistake> {
    let form = call.form().map_err(|_| Mistake::Repeats)?;
    match form.get("decision") {
        Some("connect") => {
            let chosen = form.get("account").and_then(|text| text.split_once(':'));
            let (portal, user) = chosen.ok_or(Mistake::UnknownAccount)?;
            Ok(Decision::Connect {
                portal: portal.parse().map_err(|_| Mistake::UnknownAccount)?,
                user: user.parse().map_err(|_| Mistake::UnknownAccount)?,
            })
        }
        Some(_) | None => Ok(Decision::Cancel),
    }
}
