//! The app's calls of HubSpot's OAuth endpoints (OAuth API description 2026-03, read 2026-11-22).
//! Everything secret goes in the body of a POST, never in an address. Storing what comes back, and
//! having one refresh at a time, is the caller's.

use super::classify::classify;
use super::error::OAuthError;
use super::grant::Grant;
use super::introspection::Introspection;
use crate::hubspot::outgoing::{self, Answer, NoClient};
use crate::metrics::METRICS;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::{Url, form_urlencoded};

const TOKEN: &str = "oauth/2026-03/token";
const INTROSPECT: &str = "oauth/2026-03/token/introspect";
const REVOKE: &str = "oauth/2026-03/token/revoke";

/// Answers of these endpoints have under 4 KiB.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Who the app is, and where HubSpot is.
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// HubSpot's API; its path ends with `/`.
    pub api_url: Url,
    /// For one call, from connecting to the last byte. Shorter than the lease of a refresh.
    pub timeout: Duration,
}

/// Exchanges, refreshes, describes and revokes tokens.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    settings: OAuthSettings,
    http: reqwest::Client,
}

impl OAuthClient {
    /// The time limit of one call unless set otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(8);

    /// A client for one app.
    ///
    /// # Errors
    /// See [`NoClient`].
    pub fn new(settings: OAuthSettings) -> Result<Self, NoClient> {
        let http = outgoing::client(&settings.api_url, settings.timeout)?;
        Ok(Self { settings, http })
    }

    /// Turns an authorization code into tokens, once. `redirect_uri` is the one the code was
    /// asked for with.
    ///
    /// # Errors
    /// [`OAuthError::Revoked`] if the code is used, expired or unknown.
    pub async fn exchange(
        &self,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<Grant, OAuthError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", redirect_uri),
            ("code", code.expose_secret()),
        ];
        let answer = self.post("oauth.exchange", TOKEN, &form, code).await?;
        Grant::parse(&answer.body, None)
    }

    /// Makes new tokens. `redirect_uri` is the one the grant was made with.
    ///
    /// # Errors
    /// [`OAuthError::Revoked`] if HubSpot no longer takes this refresh token.
    pub async fn refresh(
        &self,
        refresh_token: &SecretString,
        redirect_uri: &str,
    ) -> Result<Grant, OAuthError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("redirect_uri", redirect_uri),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        let answer = self.post("oauth.refresh", TOKEN, &form, refresh_token);
        Grant::parse(&answer.await?.body, Some(refresh_token))
    }

    /// Asks what an access token or a refresh token is good for.
    ///
    /// # Errors
    /// Those of the endpoint. A token that is not good is [`Introspection::Inactive`], no error.
    pub async fn introspect(&self, token: &SecretString) -> Result<Introspection, OAuthError> {
        let form = [("token", token.expose_secret())];
        let answer = self.post("oauth.introspect", INTROSPECT, &form, token);
        Introspection::parse(&answer.await?.body)
    }

    /// Ends a refresh token. Access tokens made with it live on until they expire. A token that
    /// HubSpot does not know any more counts as ended.
    ///
    /// # Errors
    /// [`OAuthError::Configuration`] and [`OAuthError::Transient`]: it may still be good.
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), OAuthError> {
        let form = [
            ("token", refresh_token.expose_secret()),
            ("token_type_hint", "refresh_token"),
        ];
        let answer = self.post("oauth.revoke", REVOKE, &form, refresh_token);
        match answer.await {
            Ok(_) | Err(OAuthError::Revoked(_)) => Ok(()),
            Err(error @ (OAuthError::Configuration(_) | OAuthError::Transient { .. })) => {
                Err(error)
            }
        }
    }

    async fn post(
        &self,
        endpoint: &'static str,
        path: &str,
        form: &[(&str, &str)],
        secret: &SecretString,
    ) -> Result<Answer, OAuthError> {
        let result = self.answer(path, form, secret).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(OAuthError::Revoked(_)) => "revoked",
            Err(OAuthError::Configuration(_)) => "configuration",
            Err(OAuthError::Transient { .. }) => "transient",
        };
        METRICS
            .hubspot_calls
            .with_label_values(&[endpoint, outcome])
            .inc();
        result
    }

    async fn answer(
        &self,
        path: &str,
        form: &[(&str, &str)],
        secret: &SecretString,
    ) -> Result<Answer, OAuthError> {
        let app = &self.settings;
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &app.client_id)
            .append_pair("client_secret", app.client_secret.expose_secret())
            .extend_pairs(form)
            .finish();
        let request = self
            .http
            .post(format!("{}{path}", app.api_url))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body);
        let answer = outgoing::send(request, MAX_ANSWER_BYTES).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer);
        }
        Err(classify(&answer, &[secret, &app.client_secret]))
    }
}
