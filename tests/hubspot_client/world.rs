//! Clients for a test, with an app of invented credentials.

use baton::domain::ids::PortalId;
use baton::domain::time::Span;
use baton::hubspot::api::budget::Allowance;
use baton::hubspot::api::client::{ApiClient, ApiSettings, Call};
use baton::hubspot::api::clock::Clock;
use baton::hubspot::api::lane::Lane;
use baton::hubspot::oauth::client::{OAuthClient, OAuthSettings};
use secrecy::SecretString;
use std::time::Duration;

pub const PORTAL: PortalId = PortalId(50_001);
pub const CLIENT_SECRET: &str = "canary-client-secret-8f1c";
pub const REDIRECT_URI: &str = "https://baton.example/hubspot/oauth/callback";

/// Long enough for any answer that comes, short enough to wait for one that does not.
pub const TIMEOUT: Duration = Duration::from_secs(2);

pub fn oauth(url: &str) -> OAuthClient {
    oauth_of(url, "client-1", CLIENT_SECRET)
}

pub fn oauth_of(url: &str, client_id: &str, client_secret: &str) -> OAuthClient {
    baton::startup::tls::install();
    OAuthClient::new(OAuthSettings {
        client_id: client_id.to_owned(),
        client_secret: SecretString::from(client_secret),
        api_url: url.parse().unwrap(),
        timeout: TIMEOUT,
    })
    .unwrap()
}

pub fn api(url: &str) -> ApiClient {
    api_with(url, Allowance::HUBSPOT)
}

pub fn api_with(url: &str, allowance: Allowance) -> ApiClient {
    baton::startup::tls::install();
    ApiClient::new(ApiSettings {
        api_url: url.parse().unwrap(),
        timeout: TIMEOUT,
        allowance,
        clock: Clock::new(|| chrono::Utc::now().into()),
    })
    .unwrap()
}

/// So many calls within so many milliseconds.
pub const fn allowance(calls: u32, window_ms: i64) -> Allowance {
    Allowance {
        calls,
        window: Span::from_millis(window_ms),
    }
}

pub fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

/// A look-up for the portal of the tests.
pub fn look_up(token: &SecretString) -> Call<'_> {
    Call {
        portal: Some(PORTAL),
        token,
        lane: Lane::LookUps,
    }
}

/// An error with all its causes, as a log would write it.
pub fn written(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
