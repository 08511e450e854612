//! The bytes of an answer, as they are sent, kept in the receipt and sent again.

use super::command::AnswerShape;
use crate::domain::answer::Answer;
use crate::domain::assess::AiState;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Renders an answer; of an action of several commands, with what was answered to the others.
///
/// # Errors
/// If a value has no JSON form, or what was answered is none of ours.
pub fn render(
    answer: &Answer,
    shape: AnswerShape,
    parts: &[Vec<u8>],
) -> serde_json::Result<Vec<u8>> {
    match shape {
        AnswerShape::HubSpot => {
            let own = answer.output_fields().into_iter();
            let own = own.map(|(name, value)| (name.to_owned(), value)).collect();
            let parts = parts.iter().map(|part| serde_json::from_slice(part));
            let parts: Vec<ForHubSpot> = parts.collect::<serde_json::Result<_>>()?;
            let parts = parts.into_iter().map(|part| part.output_fields).collect();
            serde_json::to_vec(&ForHubSpot {
                output_fields: of_all(own, parts),
            })
        }
        AnswerShape::Api => serde_json::to_vec(&api(answer)?),
    }
}

type Fields = BTreeMap<String, String>;

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct ForHubSpot {
    output_fields: Fields,
}

/// The outputs of the most silent conversation, but for the decision and what counts for all.
fn of_all(own: Fields, parts: Vec<Fields>) -> Fields {
    if parts.is_empty() {
        return own;
    }
    let decision = own.get("decision_id").cloned();
    let all: Vec<Fields> = std::iter::once(own).chain(parts).collect();
    let sum = |name: &str| {
        let counts = all.iter().filter_map(|fields| fields.get(name));
        let counts = counts.filter_map(|count| count.parse::<usize>().ok());
        counts.sum::<usize>().to_string()
    };
    let sums = ["threads_affected", "released_holds"].map(|name| (name, sum(name)));
    // Of those as silent as one another the first, which is the action's own.
    let most_silent = all.into_iter().rev().max_by_key(silence);
    let mut fields = most_silent.unwrap_or_default();
    fields.remove("thread_id");
    let in_place = sums
        .into_iter()
        .chain(decision.map(|id| ("decision_id", id)));
    for (name, value) in in_place {
        if let Some(field) = fields.get_mut(name) {
            *field = value;
        }
    }
    fields
}

/// How silent a conversation is, or would be were the portal live.
fn silence(fields: &Fields) -> Option<AiState> {
    let name = fields.get("would_have_been").or(fields.get("ai_state"))?;
    AiState::ALL.into_iter().find(|state| state.name() == name)
}

/// The same values typed, times in RFC 3339.
fn api(answer: &Answer) -> serde_json::Result<Value> {
    let mut body = serde_json::to_value(answer)?;
    let times = [
        ("silent_until", answer.silent_until),
        ("pause_expires_at", answer.pause_expires_at),
        ("claim_deadline", answer.claim_deadline),
    ];
    for (name, time) in times {
        if let (Some(time), Some(object)) = (time, body.as_object_mut()) {
            object.insert(name.to_owned(), Value::String(time.to_string()));
        }
    }
    if let (Some(id), Some(object)) = (answer.thread_id, body.as_object_mut()) {
        // HubSpot's ids do not fit every JSON reader's numbers.
        object.insert("thread_id".to_owned(), Value::String(id.to_string()));
    }
    Ok(body)
}
