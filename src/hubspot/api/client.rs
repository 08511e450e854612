//! Sends requests of HubSpot's API: in turn, with the token in a header and nowhere else, bounded
//! in time and size, without following redirects. It does not try again: whoever asked decides
//! when, by the error's `retry_after`.

use super::budget::{Allowance, Closure};
use super::clock::{self, Clock, ClockOffset};
use super::error::{HubSpotError, Refusal};
use super::gate::{Gates, HeldBack, Place};
use super::lane::Lane;
use super::refusal;
use super::request::{Body, Method, Request};
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::hubspot::outgoing::{self, Answer, NoClient};
use crate::metrics::METRICS;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// A page of 100 e-mails with their rich text fits; what is larger is not read.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Where HubSpot is, and how it is called.
#[derive(Clone, Debug)]
pub struct ApiSettings {
    /// HubSpot's API; its path ends with `/`.
    pub api_url: Url,
    /// For one call, from connecting to the last byte. Waiting for a turn comes on top.
    pub timeout: Duration,
    /// How much each portal allows.
    pub allowance: Allowance,
    /// This machine's clock.
    pub clock: Clock,
}

impl ApiSettings {
    /// The time limit of one call unless set otherwise.
    pub const TIMEOUT: Duration = Duration::from_secs(8);
}

/// On whose behalf a request goes, and how urgent it is.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The account, where it is known already: its budget counts.
    pub portal: Option<PortalId>,
    /// The bearer token.
    pub token: &'a SecretString,
    /// What it is for.
    pub lane: Lane,
}

/// The client, one for the process.
#[derive(Debug)]
pub struct ApiClient {
    settings: ApiSettings,
    http: reqwest::Client,
    gates: Gates,
    clock_offset: Mutex<Option<ClockOffset>>,
}

impl ApiClient {
    /// A client of this HubSpot.
    ///
    /// # Errors
    /// See [`NoClient`].
    pub fn new(settings: ApiSettings) -> Result<Self, NoClient> {
        let http = outgoing::client(&settings.api_url, settings.timeout)?;
        let gates = Gates::new(settings.allowance, settings.clock.clone());
        Ok(Self {
            settings,
            http,
            gates,
            clock_offset: Mutex::default(),
        })
    }

    /// The time now, by this machine's clock.
    pub fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    /// How far HubSpot's clock is ahead, by the newest answer that said so.
    pub fn clock_offset(&self) -> Option<ClockOffset> {
        *self
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request once, and its alternative if HubSpot does not know the first.
    ///
    /// # Errors
    /// See [`HubSpotError`].
    pub async fn send<T>(&self, call: Call<'_>, request: &Request<T>) -> Result<T, HubSpotError> {
        let mut request = request;
        loop {
            let result = match self.turn(call).await {
                Ok(place) => {
                    let result = self.send_once(call, request, place.as_ref()).await;
                    let outcome = result.as_ref().map_or_else(HubSpotError::outcome, |_| "ok");
                    count(request.endpoint, outcome);
                    result
                }
                Err(held) => {
                    count(request.endpoint, "held_back");
                    Err(held_back(held))
                }
            };
            match (&result, &request.or_else) {
                (Err(error), Some(other)) if is_unknown_path(error) => request = other,
                _ => return result,
            }
        }
    }

    async fn turn(&self, call: Call<'_>) -> Result<Option<Place>, HeldBack> {
        match call.portal {
            Some(portal) => self.gates.enter(portal, call.lane).await.map(Some),
            None => Ok(None),
        }
    }

    async fn send_once<T>(
        &self,
        call: Call<'_>,
        request: &Request<T>,
        place: Option<&Place>,
    ) -> Result<T, HubSpotError> {
        let endpoint = request.endpoint;
        let bearer = bearer(call.token).ok_or_else(|| unsendable_token(endpoint))?;
        let sent_at = self.settings.clock.now();
        let sent = outgoing::send(self.built(request, bearer, call.token), MAX_ANSWER_BYTES);
        let answer = sent.await.map_err(|cause| HubSpotError::Unavailable {
            endpoint,
            cause: cause.into(),
            retry_after: None,
        })?;
        self.note_clock(clock::offset(
            &answer.headers,
            sent_at,
            self.settings.clock.now(),
        ));
        if let Some(place) = place {
            note_window(place, &answer.headers);
        }
        if (200..300).contains(&answer.status) {
            return read(request, &answer);
        }
        let error = refusal::classify(endpoint, &answer, call.token);
        if let Some(place) = place {
            close_gate(place, &error);
        }
        Err(error)
    }

    fn built<T>(
        &self,
        request: &Request<T>,
        bearer: HeaderValue,
        token: &SecretString,
    ) -> reqwest::RequestBuilder {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        // The base ends with `/` and the path has no leading one, so this appends.
        let mut url = self.settings.api_url.clone();
        url.set_path(&format!("{}{}", url.path(), request.path));
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let built = self
            .http
            .request(method, url)
            .header(AUTHORIZATION, bearer)
            .header("accept", "application/json");
        match &request.body {
            Body::Empty => built,
            Body::Json(body) => built.json(body),
            Body::Token => built.json(&json!({ "tokenKey": token.expose_secret() })),
        }
    }

    fn note_clock(&self, offset: Option<ClockOffset>) {
        if offset.is_some() {
            let mut newest = self
                .clock_offset
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *newest = offset;
        }
    }
}

fn count(endpoint: &str, outcome: &str) {
    METRICS
        .hubspot_calls
        .with_label_values(&[endpoint, outcome])
        .inc();
}

fn bearer(token: &SecretString) -> Option<HeaderValue> {
    let token = token.expose_secret();
    let is_sendable = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .ok()
        .filter(|_| is_sendable)?;
    value.set_sensitive(true);
    Some(value)
}

/// No HubSpot token looks like this, so HubSpot need not be asked.
fn unsendable_token(endpoint: &'static str) -> HubSpotError {
    let message = "the token is empty or holds characters that no token has";
    HubSpotError::Unauthorized {
        expired: false,
        refusal: Box::new(Refusal {
            endpoint,
            message: Some(message.to_owned()),
            ..Refusal::default()
        }),
    }
}

fn held_back(held: HeldBack) -> HubSpotError {
    let retry_after = held.retry_after;
    match held.closure {
        Some(Closure::Migrating) => HubSpotError::Migrating { retry_after },
        Some(Closure::RateLimited) | None => HubSpotError::RateLimited { retry_after },
    }
}

fn close_gate(place: &Place, error: &HubSpotError) {
    match error {
        HubSpotError::RateLimited { retry_after } => {
            place.close(*retry_after, Closure::RateLimited);
        }
        HubSpotError::Migrating { retry_after } => place.close(*retry_after, Closure::Migrating),
        HubSpotError::Unauthorized { .. }
        | HubSpotError::MissingScopes { .. }
        | HubSpotError::NotFound(_)
        | HubSpotError::Refused(_)
        | HubSpotError::Unavailable { .. }
        | HubSpotError::Unreadable { .. } => {}
    }
}

fn note_window(place: &Place, headers: &HeaderMap) {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let max = number("x-hubspot-ratelimit-max");
    let remaining = number("x-hubspot-ratelimit-remaining");
    if let (Some(max), Some(remaining)) = (max, remaining) {
        place.observe(max, remaining);
    }
}

fn read<T>(request: &Request<T>, answer: &Answer) -> Result<T, HubSpotError> {
    let unreadable = |why| HubSpotError::Unreadable {
        endpoint: request.endpoint,
        why,
    };
    let body = if answer.body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&answer.body).map_err(|_| unreadable("it is not JSON"))?
    };
    (request.read)(&body).map_err(unreadable)
}

fn is_unknown_path(error: &HubSpotError) -> bool {
    match error {
        HubSpotError::NotFound(_) => true,
        HubSpotError::Refused(refusal) => matches!(refusal.status, 404 | 405),
        HubSpotError::Unauthorized { .. }
        | HubSpotError::MissingScopes { .. }
        | HubSpotError::RateLimited { .. }
        | HubSpotError::Migrating { .. }
        | HubSpotError::Unavailable { .. }
        | HubSpotError::Unreadable { .. } => false,
    }
}
