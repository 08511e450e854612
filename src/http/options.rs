//! `POST /hubspot/actions/options/{field}`: HubSpot's workflow editor asks what an input can be,
//! while its author looks at the list. A name that has no list is 404: the definitions never ask.
//! The question says nothing of the author's language; the answer is in the portal's.

use super::error::ApiError;
use super::signed::Signed;
use super::state::ServiceState;
use crate::hubspot::options_call::OptionsCall;
use crate::hubspot::options_page::OptionsPage;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

/// The input of Request handoff that is chosen from people and teams.
const TARGET: &str = "target";

/// Lists the options.
pub async fn list(
    field: Path<String>,
    signed: Signed,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let call = OptionsCall::parse(&signed.body)?;
    if !state.guard.allows(call.portal).await? {
        return Err(ApiError::portal_not_allowed());
    }
    if field.as_str() != TARGET {
        return Err(ApiError::no_options(TARGET));
    }
    let choices = state.targets.choices(call.portal).await?;
    Ok(HttpResponse::Ok().json(OptionsPage::of(choices, &call)))
}
