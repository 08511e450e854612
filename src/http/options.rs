//! `POST /hubspot/actions/options/{field}`: HubSpot's workflow editor asks what an input can be,
//! while its author looks at the list. A name that has no list is 404: the definitions never ask.
//! The question says nothing of the author's language; the answer is in the portal's.

use super::error::ApiError;
use super::signed::Signed;
use super::state::ServiceState;
use crate::hubspot::options_call::OptionsCall;
use crate::hubspot::options_page::OptionsPage;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

/// The input of Request handoff that is chosen from people and teams.
const TARGET: &str = "target";

/// Lists the options.
pub async fn list(
    request: HttpRequest,
    field: Path<String>,
    signed: Signed,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let refused = |error: ApiError| error.of(&request);
    let call = OptionsCall::parse(&signed.body).map_err(|error| refused(error.into()))?;
    let allowed = state.guard.allows(call.portal).await;
    if !allowed.map_err(|error| refused(error.into()))? {
        return Err(refused(ApiError::portal_not_allowed()));
    }
    if field.as_str() != TARGET {
        return Err(refused(ApiError::no_options(TARGET)));
    }
    let choices = state.targets.choices(call.portal).await;
    let choices = choices.map_err(|error| refused(error.into()))?;
    Ok(HttpResponse::Ok().json(OptionsPage::of(choices, &call)))
}
