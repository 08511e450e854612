//! The bytes of an answer, as they are sent, kept in the receipt and sent again.

use super::command::AnswerShape;
use crate::domain::answer::Answer;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Renders an answer.
///
/// # Errors
/// If a value has no JSON form.
pub fn render(answer: &Answer, shape: AnswerShape) -> serde_json::Result<Vec<u8>> {
    match shape {
        AnswerShape::HubSpot => {
            let output_fields = answer.output_fields();
            serde_json::to_vec(&ForHubSpot { output_fields })
        }
        AnswerShape::Api => serde_json::to_vec(&api(answer)?),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ForHubSpot {
    output_fields: BTreeMap<&'static str, String>,
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
