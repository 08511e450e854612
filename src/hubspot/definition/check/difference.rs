//! Where a file differs from what the code would write.

use super::Mistake;
use serde_json::Value;

/// A value is shown up to this many characters.
const SHOWN: usize = 80;

/// Every place where `found` differs from `expected`, except below the pointers in `free`, which a
/// vendor may word as they like.
pub(super) fn differences(
    file: &str,
    expected: &Value,
    found: &Value,
    free: &[&str],
) -> Vec<Mistake> {
    let mut comparison = Comparison {
        file,
        free,
        mistakes: Vec::new(),
    };
    comparison.compare("", expected, found);
    comparison.mistakes
}

struct Comparison<'a> {
    file: &'a str,
    free: &'a [&'a str],
    mistakes: Vec<Mistake>,
}

impl Comparison<'_> {
    fn compare(&mut self, pointer: &str, expected: &Value, found: &Value) {
        if self.free.contains(&pointer) {
            return;
        }
        match (expected, found) {
            (Value::Object(expected), Value::Object(found)) => {
                for (name, value) in expected {
                    let at = format!("{pointer}/{}", escaped(name));
                    match found.get(name) {
                        Some(other) => self.compare(&at, value, other),
                        None if self.free.contains(&at.as_str()) => {}
                        None => self.report(&at, "is missing"),
                    }
                }
                for name in found.keys().filter(|name| !expected.contains_key(*name)) {
                    let at = format!("{pointer}/{}", escaped(name));
                    if !self.free.contains(&at.as_str()) {
                        self.report(&at, "is unknown to the code");
                    }
                }
            }
            (Value::Array(expected), Value::Array(found)) => {
                for (index, pair) in expected.iter().zip(found).enumerate() {
                    self.compare(&format!("{pointer}/{index}"), pair.0, pair.1);
                }
                for (index, missing) in expected.iter().enumerate().skip(found.len()) {
                    let what = format!("{} is missing", shown(missing));
                    self.report(&format!("{pointer}/{index}"), &what);
                }
                for (index, extra) in found.iter().enumerate().skip(expected.len()) {
                    let what = format!("{} is unknown to the code", shown(extra));
                    self.report(&format!("{pointer}/{index}"), &what);
                }
            }
            (expected, found) if expected == found => {}
            (expected, found) => {
                let what = format!("is {}, the code says {}", shown(found), shown(expected));
                self.report(pointer, &what);
            }
        }
    }

    fn report(&mut self, pointer: &str, what: &str) {
        self.mistakes.push(Mistake::new(self.file, pointer, what));
    }
}

/// A name as JSON pointers write it (RFC 6901).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A value, shortened.
pub(super) fn shown(value: &Value) -> String {
    let text = value.to_string();
    let mut short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
