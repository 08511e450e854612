//! One record becomes one line, whatever it holds: line breaks and control characters inside a
//! message or a value are escaped, so that nobody can forge a second line.

use log::Record;
use log::kv::{self, Key, Value, VisitSource};
use serde::Serializer as _;
use serde::ser::SerializeMap;
use std::fmt::{Display, Write};
use std::io;

/// For people: time, level, target, message, then `key=value`.
pub(super) fn text(time: &impl Display, level: &str, record: &Record<'_>) -> String {
    let mut line = format!("{time} {level} {} ", record.target());
    push_escaped(&mut line, &record.args().to_string());
    // Neither a string nor this visitor can fail.
    let _ = record.key_values().visit(&mut AsText(&mut line));
    line
}

/// For machines: one JSON object; numbers and booleans stay what they are.
pub(super) fn json(time: &impl Display, record: &Record<'_>) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::new(&mut bytes);
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("time", &time.to_string())?;
    map.serialize_entry("level", record.level().as_str())?;
    map.serialize_entry("target", record.target())?;
    map.serialize_entry("message", &record.args().to_string())?;
    record
        .key_values()
        .visit(&mut AsJson(&mut map))
        .map_err(io::Error::other)?;
    map.end()?;
    String::from_utf8(bytes).map_err(io::Error::other)
}

struct AsText<'a>(&'a mut String);

impl<'kvs> VisitSource<'kvs> for AsText<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let value = value.to_string();
        let is_word = !value.is_empty()
            && !value.contains(|c: char| c.is_whitespace() || c.is_control() || "\"=".contains(c));
        if is_word {
            write!(self.0, " {key}={value}")?;
        } else {
            write!(self.0, " {key}={value:?}")?;
        }
        Ok(())
    }
}

struct AsJson<'a, M>(&'a mut M);

impl<'kvs, M: SerializeMap> VisitSource<'kvs> for AsJson<'_, M> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        // A second "message" would hide the first from most readers.
        let key = match key.as_str() {
            taken @ ("time" | "level" | "target" | "message") => format!("kv_{taken}"),
            free => free.to_owned(),
        };
        let map = &mut *self.0;
        let written = if let Some(number) = value.to_u64() {
            map.serialize_entry(&key, &number)
        } else if let Some(number) = value.to_i64() {
            map.serialize_entry(&key, &number)
        } else if let Some(number) = value.to_f64() {
            map.serialize_entry(&key, &number)
        } else if let Some(is_so) = value.to_bool() {
            map.serialize_entry(&key, &is_so)
        } else {
            map.serialize_entry(&key, &value.to_string())
        };
        written.map_err(|_| kv::Error::msg("a value could not be written as JSON"))
    }
}

fn push_escaped(line: &mut String, message: &str) {
    for character in message.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use log::Level;

    type Pairs<'a> = [(&'static str, Value<'a>)];

    fn lines(message: &str, pairs: &Pairs<'_>) -> (String, String) {
        let pairs: &dyn kv::Source = &pairs;
        let args = format_args!("{message}");
        let record = Record::builder()
            .args(args)
            .level(Level::Info)
            .target("t")
            .key_values(pairs)
            .build();
        (
            text(&"now", "INFO ", &record),
            json(&"now", &record).unwrap(),
        )
    }

    #[test]
    fn a_line_holds_the_message_and_the_keys() {
        let pairs = [
            ("request_id", Value::from("r1")),
            ("attempt", Value::from(3)),
            ("offset", Value::from(-2)),
            ("is_late", Value::from(true)),
            ("rate", Value::from(0.5)),
        ];
        let (text, json) = lines("action answered", &pairs);
        assert_eq!(
            text,
            "now INFO  t action answered request_id=r1 attempt=3 offset=-2 is_late=true rate=0.5"
        );
        assert_eq!(
            json,
            r#"{"time":"now","level":"INFO","target":"t","message":"action answered","request_id":"r1","attempt":3,"offset":-2,"is_late":true,"rate":0.5}"#
        );
    }

    #[test]
    fn nothing_in_a_message_or_a_value_starts_a_second_line() {
        let nasty = "a\nnow INFO t forged\r\u{1b}[2J\u{0}\u{85}";
        let (text, json) = lines(nasty, &[("path", Value::from(nasty))]);
        for line in [&text, &json] {
            assert!(
                !line.contains(|c: char| c.is_control() && c != '\u{85}'),
                "{line:?}"
            );
        }
        assert!(!text.contains('\u{85}'), "{text:?}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["message"], nasty);
        assert_eq!(read["path"], nasty);
    }

    #[test]
    fn a_value_with_spaces_or_quotes_is_quoted_in_text() {
        let (text, _) = lines(
            "m",
            &[
                ("a", Value::from("x y")),
                ("b", Value::from("")),
                ("c", Value::from("p=\"q")),
            ],
        );
        assert_eq!(text, "now INFO  t m a=\"x y\" b=\"\" c=\"p=\\\"q\"");
    }

    #[test]
    fn a_key_never_hides_what_every_line_has() {
        let (_, json) = lines("true", &[("message", Value::from("false"))]);
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["message"], "true");
        assert_eq!(read["kv_message"], "false");
    }
}
