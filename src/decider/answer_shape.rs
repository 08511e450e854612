//! The bytes of an answer, as they are sent, kept in the receipt and sent again.

use super::command::AnswerShape;
use crate::domain::answer::Answer;
use serde_json::{Value, json};

/// Renders an answer.
pub fn render(answer: &Answer, shape: AnswerShape) -> Vec<u8> {
    let body = match shape {
        AnswerShape::HubSpot => json!({ "outputFields": answer.output_fields() }),
        AnswerShape::Api => api(answer),
    };
    body.to_string().into_bytes()
}

/// The same values typed, times in RFC 3339.
fn api(answer: &Answer) -> Value {
    let mut body = serde_json::to_value(answer).unwrap_or_default();
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
    body
}
