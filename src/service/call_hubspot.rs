//! Calls of HubSpot's API for a portal: with a token that counts, and once more with a new one
//! where HubSpot says that the token has run out.

use super::access_token::{AccessTokens, Token, TokenError};
use super::log_activity::{ActivityLog, Went};
use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::domain::time::{CLOCK_DOUBT, Timestamp};
use crate::hubspot::api::client::{ApiClient, Call};
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::request::Request;
use crate::store::activity::{Activity, ActivityKind};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// HubSpot's API, for any portal that is connected.
#[derive(Clone)]
pub struct HubSpot {
    tokens: Arc<AccessTokens>,
    api: Arc<ApiClient>,
    log: Option<Arc<ActivityLog>>,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no token to call with; HubSpot was not asked.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// HubSpot refused, or could not be reached.
    #[error(transparent)]
    HubSpot(#[from] HubSpotError),
}

impl HubSpot {
    /// With these tokens and this client.
    pub fn new(tokens: Arc<AccessTokens>, api: Arc<ApiClient>) -> Self {
        let log = None;
        Self { tokens, api, log }
    }

    /// The same, with a line of the activity log for each call.
    pub fn logged(self, log: Arc<ActivityLog>) -> Self {
        let log = Some(log);
        Self { log, ..self }
    }

    /// Sends a request, at most twice.
    ///
    /// # Errors
    /// See [`CallError`]. An app's token that HubSpot refuses for another reason than its age is not
    /// replaced: a new one would be refused as well. A private app's has no age: one that HubSpot
    /// itself refuses is no good any more.
    pub async fn ask<T>(
        &self,
        portal: PortalId,
        lane: Lane,
        request: &Request<T>,
    ) -> Result<T, CallError> {
        let token = self.tokens.token_for(portal).await?;
        match self.send(portal, lane, &token, request).await {
            Err(error) if asks_for_another(&token, &error) => {
                let (refused, why) = (token.generation, error.to_string());
                let tokens = self.tokens.refresh_after_refusal(portal, refused, &why);
                let token = tokens.await?;
                Ok(self.send(portal, lane, &token, request).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// HubSpot's time, erring towards earlier.
    pub fn hubspot_now(&self) -> Timestamp {
        let now = self.api.now();
        match self.api.clock_offset() {
            Some(offset) => now + offset.at_least,
            None => now - CLOCK_DOUBT,
        }
    }

    /// Sends a request as [`Self::ask`] does, and says when that began, on HubSpot's clock and erring towards earlier.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn ask_timed<T>(
        &self,
        portal: PortalId,
        lane: Lane,
        request: &Request<T>,
    ) -> Result<(T, Timestamp), CallError> {
        let began_at = self.api.now();
        let answer = self.ask(portal, lane, request).await?;
        let offset = self.api.clock_offset();
        let began_at = match offset {
            Some(offset) => began_at + offset.at_least,
            None => began_at - CLOCK_DOUBT,
        };
        Ok((answer, began_at))
    }

    async fn send<T>(
        &self,
        portal: PortalId,
        lane: Lane,
        token: &Token,
        request: &Request<T>,
    ) -> Result<T, HubSpotError> {
        let call = Call {
            portal: Some(portal),
            token: &token.secret,
            lane,
        };
        let Some(log) = &self.log else {
            return self.api.send(call, request).await;
        };
        let began = log.now();
        let answer = self.api.send(call, request).await;
        let failure = answer.as_ref().err();
        log_call(log, portal, request.endpoint, began, failure);
        answer
    }
}

/// Whether HubSpot wants another token: one that is not too old, or any that it knows.
fn asks_for_another(token: &Token, error: &HubSpotError) -> bool {
    match (error, token.kind) {
        (HubSpotError::Unauthorized { expired, .. }, CredentialKind::Oauth) => *expired,
        // Something in between may answer 401 as well; only HubSpot's word costs a connection.
        (HubSpotError::Unauthorized { refusal, .. }, CredentialKind::PrivateApp) => {
            refusal.is_hubspots()
        }
        (
            HubSpotError::MissingScopes { .. }
            | HubSpotError::NotFound(_)
            | HubSpotError::RateLimited { .. }
            | HubSpotError::Migrating { .. }
            | HubSpotError::Refused(_)
            | HubSpotError::Unavailable { .. }
            | HubSpotError::Unreadable { .. },
            _,
        ) => false,
    }
}

fn log_call(
    log: &ActivityLog,
    portal: PortalId,
    endpoint: &str,
    began: Timestamp,
    failure: Option<&HubSpotError>,
) {
    let status = failure.map_or(200, |failure| failure.status().unwrap_or_default());
    let went = failure.map_or(Went::Well, |_| Went::Wrong);
    if !log.has_room(went) {
        return;
    }
    log.record(Activity {
        id: Uuid::now_v7(),
        portal,
        happened_at: began,
        kind: ActivityKind::Call,
        what: endpoint.to_owned(),
        status,
        duration_us: (log.now() - began).as_millis().max(0) * 1_000,
        request_id: None,
        subjects: Vec::new(),
        is_test: false,
        headers: None,
        body: None,
        failure: failure.map(ToString::to_string),
    });
}

impl CallError {
    /// When another try is worth it without anybody doing anything: after this long. `None`:
    /// never.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(TokenError::Unavailable { retry_after, .. }) => {
                Some(retry_after.unwrap_or_default())
            }
            Self::Token(TokenError::Store(_)) => Some(Duration::ZERO),
            Self::Token(
                TokenError::NotConnected
                | TokenError::ReconnectRequired
                | TokenError::Configuration(_),
            ) => None,
            Self::HubSpot(error) => error.retry_after(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hubspot::api::error::Refusal;
    use secrecy::SecretString;

    fn asks(kind: CredentialKind, expired: bool, category: Option<&str>) -> bool {
        let token = Token {
            secret: SecretString::from("t"),
            generation: 1,
            kind,
            scopes: Vec::new(),
        };
        let refusal = Box::new(Refusal {
            status: 401,
            category: category.map(str::to_owned),
            ..Refusal::default()
        });
        asks_for_another(&token, &HubSpotError::Unauthorized { expired, refusal })
    }

    #[test]
    fn an_apps_token_is_replaced_for_its_age_alone() {
        let kind = CredentialKind::Oauth;
        assert!(asks(kind, true, Some("EXPIRED_AUTHENTICATION")));
        assert!(!asks(kind, false, Some("INVALID_AUTHENTICATION")));
    }

    #[test]
    fn a_401_that_is_not_hubspots_own_costs_no_private_app() {
        let kind = CredentialKind::PrivateApp;
        assert!(asks(kind, false, Some("INVALID_AUTHENTICATION")));
        assert!(!asks(kind, false, None));
    }
}
