//! `GET /account-info/2026-03/details`: what kind of account it is, and where.

use super::api_error::ApiError;
use super::bearer;
use super::call::Call;
use super::simulation::Simulation;
use actix_web::HttpResponse;
use serde_json::json;

/// The fields of "Retrieve account details" in HubSpot's documentation, read 2026-11-22. The
/// currency and the offset from UTC are the same for every account here.
pub(super) fn details(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, &[], |world, caller| {
        let account = world.accounts.get(&caller.portal);
        let account = account.ok_or_else(ApiError::unauthenticated)?;
        Ok(HttpResponse::Ok().json(json!({
            "portalId": account.portal,
            "accountType": account.kind.api_name(),
            "timeZone": account.time_zone,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": "+00:00",
            "utcOffsetMilliseconds": 0,
            "uiDomain": account.hublet.ui_domain(),
            "dataHostingLocation": account.hublet.name(),
        })))
    })
}
