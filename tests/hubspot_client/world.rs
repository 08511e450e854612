//! Clients for a test, with an app of invented credentials.

use crate::scripted::{Reply, Scripted};
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

/// Long enough for any answer that comes, however busy the machine is.
const PATIENT: Duration = Duration::from_secs(20);
/// Short enough to wait for an answer that does not come.
pub const IMPATIENT: Duration = Duration::from_secs(2);

/// How long to wait for this reply.
const fn timeout_for(reply: &Reply) -> Duration {
    match reply {
        Reply::Silence | Reply::Trickle => IMPATIENT,
        Reply::Http(..) | Reply::Raw(_) | Reply::Reset | Reply::Endless => PATIENT,
    }
}

pub fn oauth(url: &str) -> OAuthClient {
    oauth_of(url, "client-1", CLIENT_SECRET)
}

/// A HubSpot that gives this one reply, and its client.
pub async fn oauth_that_gets(reply: Reply) -> (Scripted, OAuthClient) {
    let timeout = timeout_for(&reply);
    let hubspot = Scripted::start(vec![reply]).await;
    let client = oauth_within(timeout, &hubspot.url, ["client-1", CLIENT_SECRET]);
    (hubspot, client)
}

pub fn oauth_of(url: &str, client_id: &str, client_secret: &str) -> OAuthClient {
    oauth_within(PATIENT, url, [client_id, client_secret])
}

pub fn oauth_within(timeout: Duration, url: &str, [id, secret]: [&str; 2]) -> OAuthClient {
    baton::startup::tls::install();
    OAuthClient::new(OAuthSettings {
        client_id: id.to_owned(),
        client_secret: SecretString::from(secret),
        api_url: url.parse().unwrap(),
        timeout,
    })
    .unwrap()
}

pub fn api(url: &str) -> ApiClient {
    api_with(url, Allowance::HUBSPOT)
}

/// A HubSpot that gives this one reply, and its client.
pub async fn api_that_gets(reply: Reply) -> (Scripted, ApiClient) {
    let timeout = timeout_for(&reply);
    let hubspot = Scripted::start(vec![reply]).await;
    let client = api_within(timeout, &hubspot.url, Allowance::HUBSPOT);
    (hubspot, client)
}

pub fn api_with(url: &str, allowance: Allowance) -> ApiClient {
    api_within(PATIENT, url, allowance)
}

fn api_within(timeout: Duration, url: &str, allowance: Allowance) -> ApiClient {
    baton::startup::tls::install();
    ApiClient::new(ApiSettings {
        api_url: url.parse().unwrap(),
        timeout,
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
