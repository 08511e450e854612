//! What handlers know of a request, for the activity log, and the line that `observe` makes of it.
//! Only requests that proved who sent them leave one: strangers cannot fill the log.

use super::state::{ServiceState, now};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::service::log_activity::Went;
use crate::service::redact::redact;
use crate::store::activity::{Activity, ActivityKind};
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{HttpMessage, HttpRequest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Headers that explain a failure and hold no secret.
const KEPT_HEADERS: [&str; 6] = [
    "content-type",
    "content-length",
    "user-agent",
    "host",
    "x-forwarded-host",
    "x-hubspot-request-timestamp",
];

/// What a handler knows.
pub struct Note {
    /// Whose request it is.
    pub kind: ActivityKind,
    /// The portals it concerns, each with what of it; empty: none in particular.
    pub portals: Vec<(PortalId, Vec<String>)>,
    /// A run of HubSpot's test button.
    pub is_test: bool,
    /// What was received, for a failure.
    pub body: Option<Bytes>,
    /// What was not done although the request was accepted, by portal, in words.
    pub not_done: BTreeMap<PortalId, String>,
}

impl Note {
    /// Of a request that concerns one portal.
    pub fn of(kind: ActivityKind, portal: PortalId, subjects: Vec<String>) -> Self {
        Self {
            kind,
            portals: vec![(portal, subjects)],
            is_test: false,
            body: None,
            not_done: BTreeMap::new(),
        }
    }

    /// Leaves it with the request.
    pub fn leave(self, request: &HttpRequest) {
        request.extensions_mut().insert(self);
    }
}

/// How a request ended.
#[derive(Clone, Copy)]
pub struct Ended<'a> {
    /// The request's id.
    pub id: Uuid,
    /// Its method.
    pub method: &'a Method,
    /// Its route.
    pub route: &'a str,
    /// How long it took.
    pub took: Duration,
}

/// Logs a request that left a note: every one of HubSpot's, and of the others those that change
/// something or failed.
pub fn log(state: &ServiceState, response: &ServiceResponse<impl MessageBody>, ended: Ended<'_>) {
    let request = response.request();
    let status = response.status().as_u16();
    let went = Went::by(status);
    let Some(note) = request.extensions_mut().remove::<Note>() else {
        return;
    };
    let only_looks = *ended.method == Method::GET && went == Went::Well;
    match note.kind {
        ActivityKind::Api | ActivityKind::Console if only_looks => return,
        ActivityKind::Api
        | ActivityKind::Console
        | ActivityKind::Action
        | ActivityKind::Webhook
        | ActivityKind::Call => {}
    }
    let log = &state.in_memory.activity;
    if !log.has_room(went) {
        return;
    }
    let failed = went == Went::Wrong;
    let took = i64::try_from(ended.took.as_micros()).unwrap_or(i64::MAX);
    let line = Activity {
        id: ended.id,
        portal: PortalId(0),
        happened_at: now() - Span::from_millis(took / 1_000),
        kind: note.kind,
        what: format!("{} {}", ended.method, ended.route),
        status,
        duration_us: took,
        request_id: Some(ended.id),
        subjects: Vec::new(),
        is_test: note.is_test,
        headers: failed.then(|| headers(request)),
        body: note.body.filter(|_| failed).map(|body| redact(&body)),
        failure: response.response().error().map(ToString::to_string),
    };
    if note.portals.is_empty() {
        log.record(line.clone());
    }
    for (portal, mut subjects) in note.portals {
        subjects.extend(named_in_path(request));
        let failure = line.failure.clone();
        log.record(Activity {
            portal,
            subjects,
            failure: failure.or_else(|| note.not_done.get(&portal).cloned()),
            ..line.clone()
        });
    }
}

fn headers(request: &HttpRequest) -> Value {
    let kept = KEPT_HEADERS.iter().filter_map(|name| {
        let value = request.headers().get(*name)?.to_str().ok()?;
        let value: String = value.chars().take(200).collect();
        Some(((*name).to_owned(), Value::String(value)))
    });
    Value::Object(kept.collect::<Map<_, _>>())
}

fn named_in_path(request: &HttpRequest) -> impl Iterator<Item = String> {
    let named = |name: &str| {
        let id = request.match_info().get(name)?.parse::<i64>().ok()?;
        Some(format!("{name}:{id}"))
    };
    [named("thread"), named("ticket")].into_iter().flatten()
}
