//! `DELETE /appinstalls/2026-03/external-install`: the app removes itself from an account.

use super::api_error::ApiError;
use super::bearer::{self, Credential};
use super::call::Call;
use super::simulation::Simulation;
use actix_web::HttpResponse;

/// Removes the app, and with it every token of the account.
pub(super) fn uninstall(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, &["oauth"], |world, caller| {
        match caller.credential {
            Credential::OAuth => {
                world.uninstall(caller.portal);
                Ok(HttpResponse::NoContent().finish())
            }
            Credential::PrivateApp => Err(ApiError::missing_scopes(&["oauth"])),
        }
    })
}
