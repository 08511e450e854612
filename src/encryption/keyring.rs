//! The keys, and sealing and opening with them: XChaCha20-Poly1305, whose nonces are long enough
//! to be drawn at random for as long as a key lives.

use super::binding::Binding;
use super::sealed::Sealed;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use rand::Rng;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::fmt;

/// Bytes of a nonce of XChaCha20 (draft-irtf-cfrg-xchacha).
const NONCE_BYTES: usize = 24;
/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The keys by which stored tokens are encrypted: the newest seals, all of them open.
pub struct Keyring {
    newest: NamedKey,
    older: Vec<NamedKey>,
}

struct NamedKey {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// A keyring that cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// There is nothing to seal with.
    #[error("a keyring needs a key")]
    Empty,
    /// XChaCha20 takes 32 bytes.
    #[error("the key '{key_id}' has {bytes} bytes, expected 32")]
    Length {
        /// The key.
        key_id: String,
        /// What it has.
        bytes: usize,
    },
}

/// A text that did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Its key is no longer, or not yet, in the keyring.
    #[error("the encryption key '{key_id}' is not in BATON_ENCRYPTION_KEYS")]
    UnknownKey {
        /// The key.
        key_id: String,
    },
    /// It was not sealed for this place by this key.
    #[error("a stored token does not open with the key '{key_id}': another key, row or column")]
    NotAuthentic {
        /// The key.
        key_id: String,
    },
}

/// A text that could not be sealed. The cipher refuses only texts of 256 GiB and more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token could not be encrypted")]
pub struct SealError;

impl Keyring {
    /// From keys with their ids, the newest first.
    ///
    /// # Errors
    /// See [`KeyringError`].
    pub fn new(keys: Vec<(String, SecretSlice<u8>)>) -> Result<Self, KeyringError> {
        let mut named = keys
            .into_iter()
            .map(|(id, key)| NamedKey::new(id, &key))
            .collect::<Result<Vec<_>, _>>()?
            .into_iter();
        Ok(Self {
            newest: named.next().ok_or(KeyringError::Empty)?,
            older: named.collect(),
        })
    }

    /// The key that seals.
    pub fn newest_id(&self) -> &str {
        &self.newest.id
    }

    /// Every key's id, the newest first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys().map(|key| key.id.as_str())
    }

    /// Encrypts a text for one place, with the newest key.
    ///
    /// # Errors
    /// [`SealError`], in theory.
    pub fn seal(&self, binding: &Binding, plain: &SecretString) -> Result<Sealed, SealError> {
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plain.expose_secret().as_bytes(),
            aad: &binding.associated_data(&self.newest.id),
        };
        let encrypted = self
            .newest
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError)?;
        let mut bytes = nonce.to_vec();
        bytes.extend(encrypted);
        Ok(Sealed {
            key_id: self.newest.id.clone(),
            bytes,
        })
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<SecretString, OpenError> {
        let key_id = || sealed.key_id.clone();
        let key = self.keys().find(|key| key.id == sealed.key_id);
        let key = key.ok_or_else(|| OpenError::UnknownKey { key_id: key_id() })?;
        let not_authentic = || OpenError::NotAuthentic { key_id: key_id() };
        let (nonce, encrypted) = sealed
            .bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or_else(not_authentic)?;
        let payload = Payload {
            msg: encrypted,
            aad: &binding.associated_data(&sealed.key_id),
        };
        let plain = key
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| not_authentic())?;
        let plain = Zeroizing::new(plain);
        let text = std::str::from_utf8(&plain).map_err(|_| not_authentic())?;
        Ok(SecretString::from(text))
    }

    fn keys(&self) -> impl Iterator<Item = &NamedKey> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl NamedKey {
    fn new(id: String, key: &SecretSlice<u8>) -> Result<Self, KeyringError> {
        let key = key.expose_secret();
        let Ok(key) = <&[u8; KEY_BYTES]>::try_from(key) else {
            return Err(KeyringError::Length {
                key_id: id,
                bytes: key.len(),
            });
        };
        Ok(Self {
            id,
            cipher: XChaCha20Poly1305::new(<&Key>::from(key)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::credential::CredentialKind::{Oauth, PrivateApp};
    use crate::domain::ids::PortalId;
    use crate::encryption::binding::TokenColumn::{AccessToken, RefreshToken};

    const PLACE: Binding = Binding {
        portal: PortalId(50_001),
        kind: Oauth,
        column: AccessToken,
    };

    fn keyring(keys: &[(&str, u8)]) -> Keyring {
        let keys = keys
            .iter()
            .map(|(id, byte)| ((*id).to_owned(), SecretSlice::from(vec![*byte; KEY_BYTES])));
        Keyring::new(keys.collect()).unwrap()
    }

    fn not_authentic(key_id: &str) -> OpenError {
        OpenError::NotAuthentic {
            key_id: key_id.to_owned(),
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place() {
        let keys = keyring(&[("new", 2), ("old", 1)]);
        for text in ["", "a token", &"é".repeat(5_000)] {
            let sealed = keys.seal(&PLACE, &SecretString::from(text)).unwrap();

            assert_eq!(sealed.key_id, "new");
            assert_eq!(keys.open(&PLACE, &sealed).unwrap().expose_secret(), text);
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let keys = keyring(&[("k", 1)]);
        let seal = || keys.seal(&PLACE, &SecretString::from("a token")).unwrap();
        let (one, two) = (seal(), seal());

        assert_ne!(one.bytes, two.bytes);
        assert_ne!(one.bytes[..NONCE_BYTES], two.bytes[..NONCE_BYTES]);
        let text = b"a token";
        assert!(!one.bytes.windows(text.len()).any(|part| part == text));
    }

    #[test]
    fn a_text_in_another_portal_kind_or_column_does_not_open() {
        let keys = keyring(&[("k", 1)]);
        let sealed = keys.seal(&PLACE, &SecretString::from("a token")).unwrap();
        let elsewhere = [
            Binding {
                portal: PortalId(50_002),
                ..PLACE
            },
            Binding {
                kind: PrivateApp,
                ..PLACE
            },
            Binding {
                column: RefreshToken,
                ..PLACE
            },
        ];
        for place in elsewhere {
            let error = keys.open(&place, &sealed).unwrap_err();
            assert_eq!(error, not_authentic("k"), "{place:?}");
        }
    }

    #[test]
    fn a_text_renamed_to_another_key_does_not_open() {
        // The same key under two names: only the bound name tells them apart.
        let keys = keyring(&[("a", 1), ("b", 1)]);
        let mut sealed = keys.seal(&PLACE, &SecretString::from("a token")).unwrap();
        "b".clone_into(&mut sealed.key_id);

        assert_eq!(keys.open(&PLACE, &sealed).unwrap_err(), not_authentic("b"));
    }

    #[test]
    fn a_key_that_is_gone_is_named_and_one_that_was_exchanged_is_noticed() {
        let sealed = keyring(&[("k", 1)])
            .seal(&PLACE, &SecretString::from("a token"))
            .unwrap();

        let gone = keyring(&[("other", 1)]).open(&PLACE, &sealed).unwrap_err();
        let exchanged = keyring(&[("k", 9)]).open(&PLACE, &sealed).unwrap_err();

        assert_eq!(
            gone.to_string(),
            "the encryption key 'k' is not in BATON_ENCRYPTION_KEYS"
        );
        assert_eq!(exchanged, not_authentic("k"));
    }

    #[test]
    fn no_changed_or_shortened_byte_opens() {
        let keys = keyring(&[("k", 1)]);
        let sealed = keys.seal(&PLACE, &SecretString::from("a token")).unwrap();
        for index in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[index] ^= 1;
            let mut short = sealed.clone();
            short.bytes.truncate(index);

            assert_eq!(keys.open(&PLACE, &changed).unwrap_err(), not_authentic("k"));
            assert_eq!(keys.open(&PLACE, &short).unwrap_err(), not_authentic("k"));
        }
    }

    #[test]
    fn a_keyring_without_a_whole_key_is_refused() {
        assert_eq!(Keyring::new(vec![]).unwrap_err(), KeyringError::Empty);
        let short = vec![("k".to_owned(), SecretSlice::from(vec![1_u8; 31]))];
        let error = Keyring::new(short).unwrap_err();
        assert_eq!(error.to_string(), "the key 'k' has 31 bytes, expected 32");
    }

    #[test]
    fn debug_output_shows_ids_and_nothing_else() {
        let keys = keyring(&[("new", 2), ("old", 1)]);
        let sealed = keys.seal(&PLACE, &SecretString::from("a token")).unwrap();

        assert_eq!(format!("{keys:?}"), r#"["new", "old"]"#);
        assert_eq!(format!("{sealed:?}"), r#"Sealed { key_id: "new", .. }"#);
    }
}
