//! `POST /oauth/2026-03/token/revoke`: takes one token away. Access tokens that a refresh token
//! has brought live on until they expire.

use super::call::Call;
use super::simulation::Simulation;
use super::token::Fingerprint;
use super::token_endpoint::form_of_the_app;
use super::world::World;
use actix_web::HttpResponse;

/// Takes away; a token that is unknown is as good as taken away (RFC 7009).
pub(super) fn revoke(simulation: &Simulation, call: &Call) -> HttpResponse {
    let form = match form_of_the_app(simulation, call) {
        Ok(form) => form,
        Err(error) => return error.into_response(),
    };
    simulation
        .world()
        .revoke(form.get("token").unwrap_or_default());
    HttpResponse::Ok().finish()
}

impl World {
    /// `false` if there is no such token.
    pub(super) fn revoke(&mut self, token: &str) -> bool {
        let token = Fingerprint::of(token);
        let refresh = self.grants.refresh_tokens.get_mut(&token);
        let access = self.grants.access_tokens.get_mut(&token);
        let is_known = refresh.is_some() || access.is_some();
        if let Some(token) = refresh {
            token.is_revoked = true;
        }
        if let Some(token) = access {
            token.is_revoked = true;
        }
        is_known
    }
}
