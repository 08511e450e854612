//! Words of HubSpot's that go into our errors: short, on one line, and without the secrets that
//! were sent to it.

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;

/// Longer descriptions than this say nothing more.
const MAX_CHARS: usize = 300;

/// Shorter secrets than this are not looked for: an answer may hold such a word by chance.
const MIN_SECRET_BYTES: usize = 6;

/// The text, fit for a log line and a page: control characters become spaces, every occurrence of
/// a secret becomes `[redacted]`, and the rest is cut after 300 characters.
pub fn quote(text: &str, secrets: &[&SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().map(|secret| secret.expose_secret()) {
        if secret.len() >= MIN_SECRET_BYTES {
            let in_a_form: String = byte_serialize(secret.as_bytes()).collect();
            text = text
                .replace(secret, "[redacted]")
                .replace(&in_a_form, "[redacted]");
        }
    }
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let mut quoted: String = text.chars().map(printable).take(MAX_CHARS).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        quoted.push('…');
    }
    quoted.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_hubspot_echoes_is_taken_out() {
        let secret = SecretString::from("na1/4f2c=invented");
        let text = "token na1/4f2c=invented is not na1%2F4f2c%3Dinvented";
        assert_eq!(
            quote(text, &[&secret]),
            "token [redacted] is not [redacted]"
        );
    }

    #[test]
    fn what_is_long_is_cut_and_lines_become_one() {
        assert_eq!(quote(" a\r\nb\u{1b}[0m ", &[]), "a  b [0m");
        let long = quote(&"ä".repeat(301), &[]);
        assert_eq!(long.chars().count(), 301);
        assert!(long.ends_with('…'));
        assert_eq!(quote(&"ä".repeat(300), &[]), "ä".repeat(300));
    }

    #[test]
    fn a_short_secret_does_not_eat_ordinary_words() {
        assert_eq!(quote("a b c", &[&SecretString::from("b")]), "a b c");
        assert_eq!(quote("abc", &[&SecretString::from("")]), "abc");
    }
}
