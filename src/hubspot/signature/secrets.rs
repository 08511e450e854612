//! The app's client secrets: the one in use, and the one before it while it is being replaced.

use secrecy::{ExposeSecret, SecretString};

/// The secrets a signature may have been made with, tried in this order.
#[derive(Clone, Debug)]
pub struct ClientSecrets {
    current: SecretString,
    previous: Option<SecretString>,
}

impl ClientSecrets {
    /// Refuses an empty secret: anyone could sign with it.
    pub fn new(
        current: SecretString,
        previous: Option<SecretString>,
    ) -> Result<Self, EmptyClientSecret> {
        let is_empty = |secret: &SecretString| secret.expose_secret().trim().is_empty();
        if is_empty(&current) || previous.as_ref().is_some_and(is_empty) {
            return Err(EmptyClientSecret);
        }
        Ok(Self { current, previous })
    }

    pub(super) fn in_order(&self) -> impl Iterator<Item = (SecretUsed, &SecretString)> {
        let previous = self
            .previous
            .as_ref()
            .map(|secret| (SecretUsed::Previous, secret));
        std::iter::once((SecretUsed::Current, &self.current)).chain(previous)
    }
}

/// Which of the two secrets a request was signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretUsed {
    /// The secret in use.
    Current,
    /// The secret before it. Once none of these arrive, it can be taken out of the settings.
    Previous,
}

/// A client secret with nothing in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client secret is empty: expected the client secret from the app's auth settings")]
pub struct EmptyClientSecret;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_secret_is_refused() {
        let good = || SecretString::from("invented");
        for (current, previous) in [
            ("".into(), None),
            (" \n".into(), None),
            (good(), Some("".into())),
        ] {
            assert_eq!(
                ClientSecrets::new(current, previous).unwrap_err(),
                EmptyClientSecret
            );
        }
        assert!(ClientSecrets::new(good(), Some(good())).is_ok());
    }

    #[test]
    fn debug_output_holds_no_secret() {
        let secrets = ClientSecrets::new("invented-1".into(), Some("invented-2".into())).unwrap();

        assert!(!format!("{secrets:?}").contains("invented"));
    }
}
