//! `/v1/portals/{portal}/conversations/{thread}`: what the AI platform reads and asks for.

use super::body::{BODY_LIMIT, read_body};
use super::caller::Call;
use super::error::ApiError;
use super::query_fields::QueryFields;
use super::state::ServiceState;
use crate::domain::ids::ThreadId;
use crate::domain::outcome::ReasonCode;
use crate::hubspot::{lenient, nesting};
use crate::metrics::METRICS;
use crate::service::command_conversation::{ApiAction, ApiRequest, command_conversation};
use crate::service::read_timeline::{MOST_LINES, NotACursor, USUAL_LINES};
use crate::service::{read_conversation, read_timeline};
use actix_web::http::header::ContentType;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use std::collections::BTreeMap;

/// An idempotency key has at most this many bytes.
const MOST_KEY_BYTES: usize = 255;

/// The query of a page of a timeline.
pub struct PageQuery<Cursor> {
    /// Where it begins.
    pub cursor: Option<Cursor>,
    /// How many lines.
    pub limit: i32,
}

impl<Cursor> PageQuery<Cursor> {
    /// Reads it.
    ///
    /// # Errors
    /// A 400 that names the field, its value and what fits.
    pub fn read(
        request: &HttpRequest,
        cursor: fn(&str) -> Result<Cursor, NotACursor>,
    ) -> Result<Self, ApiError> {
        let fields = QueryFields::read(request.query_string(), &["cursor", "limit"])?;
        let lines = format!("a whole number, of which 1 to {MOST_LINES} lines are shown");
        let limit = fields.parse("limit", lines, str::parse)?;
        Ok(Self {
            cursor: fields.parse("cursor", NotACursor, cursor)?,
            limit: limit.unwrap_or(USUAL_LINES),
        })
    }
}

/// `GET .../conversations/{thread}`
pub async fn show(
    call: Call<ThreadId>,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let found = read_conversation::conversation(&state.store, call.portal, call.of).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET .../conversations/{thread}/decisions`
pub async fn decisions(
    call: Call<ThreadId>,
    request: HttpRequest,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let query = PageQuery::read(&request, read_timeline::thread_cursor)?;
    let (before, most) = (query.cursor, query.limit);
    let found = read_timeline::of_thread(&state.store, call.portal, call.of, before, most).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// `POST .../conversations/{thread}/{pause,resume,send,handoff,lock,unlock}`
pub async fn command(
    action: ApiAction,
    call: Call<ThreadId>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let body = read_body(payload, BODY_LIMIT).await?;
    let inputs = inputs(&body)?;
    let key = idempotency_key(&request)?;

    let asked = ApiRequest {
        portal: call.portal,
        thread: call.of,
        action,
        inputs: &inputs,
        idempotency_key: key.as_deref(),
    };
    let reply = command_conversation(&state.decider, &call.caller, asked).await?;
    match reply.verdict {
        Some((_, ReasonCode::CallbackIdReused)) => {
            return Err(ApiError::idempotency_key_reused());
        }
        Some((outcome, _)) => {
            METRICS
                .decisions
                .with_label_values(&[action.name(), outcome.name()])
                .inc();
        }
        None => METRICS.repeats.inc(),
    }
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(reply.bytes))
}

/// The inputs of a JSON body; an empty body has none. Values may be texts, numbers, yes or no (and `metadata` an object);
/// null and an empty text are absent inputs, as in a workflow's call.
fn inputs(body: &[u8]) -> Result<BTreeMap<String, String>, ApiError> {
    if body.is_empty() {
        return Ok(BTreeMap::new());
    }
    let not_json = || ApiError::invalid_request("the body must be a JSON object, or empty");
    if nesting::is_too_deep(body) {
        return Err(not_json());
    }
    let value: Value = serde_json::from_slice(body).map_err(|_| not_json())?;
    let object = value.as_object().ok_or_else(not_json)?;
    let mut inputs = BTreeMap::new();
    for (name, value) in object {
        if value.is_null() || value == "" {
            continue;
        }
        let text = if name == "metadata" {
            value.as_object().map(|_| value.to_string())
        } else {
            let yes_or_no = value.as_bool().map(|yes| yes.to_string());
            yes_or_no.or_else(|| lenient::text(value))
        };
        let text = text.ok_or_else(|| {
            let expected = if name == "metadata" {
                "a JSON object"
            } else {
                "a text, a number, true or false"
            };
            ApiError::invalid_request(format!("{name} must be {expected}"))
        })?;
        if text.contains('\0') || name.contains('\0') {
            return Err(ApiError::invalid_request(format!(
                "{} holds U+0000, which cannot be stored",
                name.replace('\0', "\u{FFFD}")
            )));
        }
        inputs.insert(name.clone(), text);
    }
    Ok(inputs)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value
        .to_str()
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= MOST_KEY_BYTES);
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        (_, _) => Err(ApiError::invalid_request(format!(
            "Idempotency-Key must be given once, in 1 to {MOST_KEY_BYTES} visible ASCII characters"
        ))),
    }
}
