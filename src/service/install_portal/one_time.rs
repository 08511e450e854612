//! Values of 256 random bits that prove something once: the state of a consent, and the cookie
//! of the browser that began it. Only their hashes are stored.

use crate::service::new_secret::{new_secret, sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

const BYTES: usize = 32;

/// Such a value, as 43 characters of URL-safe base64. Debug does not show it.
#[derive(Clone, Debug)]
pub struct OneTimeValue(SecretString);

impl OneTimeValue {
    /// A new one.
    pub fn random() -> Self {
        Self(new_secret())
    }

    /// Reads one that came back. None: it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == BYTES).then(|| Self(SecretString::from(text)))
    }

    /// What is stored of it.
    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.0)
    }

    /// The value itself, for the browser alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_was_and_shows_in_no_debug_output() {
        let value = OneTimeValue::random();
        let text = value.expose().to_owned();
        assert_eq!(text.len(), 43);
        assert_eq!(OneTimeValue::parse(&text).unwrap().sha256(), value.sha256());
        assert!(!format!("{value:?}").contains(&text));
        assert_ne!(OneTimeValue::random().expose(), text);
    }

    #[test]
    fn what_cannot_be_ours_is_none() {
        let longer = format!("{}A", OneTimeValue::random().expose());
        for text in [
            "",
            "x",
            "a b",
            "%00",
            &longer,
            &"A".repeat(42),
            &"=".repeat(43),
        ] {
            assert!(OneTimeValue::parse(text).is_none(), "{text}");
        }
    }
}
