//! What the activity log keeps of a body: its shape, ids and words of a program, but no words of
//! people and no secrets.

use serde_json::Value;

/// A body of the log has at most this many bytes.
const MOST_BYTES: usize = 4 * 1024;
/// Longer texts are somebody's words, or worse.
const MOST_CHARACTERS: usize = 64;

/// The body of a failure as it is kept. What is no JSON leaves only its length.
pub fn redact(body: &[u8]) -> String {
    let mut kept = match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            redact_value(&mut value);
            value.to_string()
        }
        Err(_) => format!("[{} bytes that are no JSON]", body.len()),
    };
    if kept.len() > MOST_BYTES {
        kept.truncate(kept.floor_char_boundary(MOST_BYTES));
        kept.push('…');
    }
    kept
}

fn redact_value(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) if is_plain(text) => {}
        Value::String(text) => *text = format!("[{} characters]", text.chars().count()),
        Value::Array(items) => items.iter_mut().for_each(redact_value),
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if is_secret(name) || is_words(name) {
                    *value = Value::String("[redacted]".to_owned());
                } else {
                    redact_value(value);
                }
            }
        }
    }
}

/// An id, a number, an enum's name or a time.
fn is_plain(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_-.:".contains(&b);
    text.len() <= MOST_CHARACTERS && text.bytes().all(fits)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let marks = [
        "token",
        "secret",
        "password",
        "authorization",
        "key",
        "code",
    ];
    marks.iter().any(|mark| name.contains(mark)) && name != "reason_code"
}

fn is_words(name: &str) -> bool {
    const WORDS: [&str; 9] = [
        "note",
        "message_text",
        "customer_message",
        "instruction",
        "text",
        "richText",
        "metadata",
        "email",
        "propertyValue",
    ];
    WORDS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_secrets_go_and_ids_stay() {
        let body = r#"{"callbackId":"ap-1-2","origin":{"portalId":1},"accessToken":"pat-na1-x",
            "inputFields":{"duration":"15m","note":"Ann","message_text":"hi","other":"Dear Ann, hi"}}"#;

        let kept = redact(body.as_bytes());

        let expected = r#"{"accessToken":"[redacted]","callbackId":"ap-1-2","inputFields":{"duration":"15m","message_text":"[redacted]","note":"[redacted]","other":"[12 characters]"},"origin":{"portalId":1}}"#;
        assert_eq!(kept, expected);
    }

    #[test]
    fn what_is_no_json_leaves_its_length_and_what_is_long_is_cut() {
        assert_eq!(redact(b"password=x"), "[10 bytes that are no JSON]");
        let long = serde_json::to_vec(&vec!["é"; 5_000]).unwrap();

        let kept = redact(&long);

        assert!(kept.len() <= MOST_BYTES + '…'.len_utf8());
    }
}
