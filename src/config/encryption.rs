//! The keyring with which stored credentials are encrypted.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::table;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};

/// The key size of AES-256 and XChaCha20.
const KEY_BYTES: usize = 32;

/// A key's id is stored beside every row, so it stays short.
const MAX_ID_BYTES: usize = 32;

/// One key of the keyring.
#[derive(Clone, Debug)]
pub struct EncryptionKey {
    /// What rows name it by: letters, digits, `-` and `_`.
    pub id: String,
    /// 32 bytes.
    pub key: SecretSlice<u8>,
}

/// The keyring, newest first; empty if unset.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<EncryptionKey>, Recorded> {
    Ok(reader
        .optional(&table::ENCRYPTION_KEYS, keyring)?
        .unwrap_or_default())
}

fn keyring(text: &str) -> Result<Vec<EncryptionKey>, Expected> {
    let mut keys: Vec<EncryptionKey> = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        // The entry itself is a secret, so its place says which one is meant.
        let at = |expected| Expected::new(format!("{expected} (entry {})", index + 1));
        let new = encryption_key(entry.trim()).map_err(at)?;
        if keys.iter().any(|key| key.id == new.id) {
            return Err(at("every id only once"));
        }
        if keys
            .iter()
            .any(|key| key.key.expose_secret() == new.key.expose_secret())
        {
            return Err(at("every key only once"));
        }
        keys.push(new);
    }
    Ok(keys)
}

fn encryption_key(entry: &str) -> Result<EncryptionKey, &'static str> {
    let (id, key) = entry.split_once(':').ok_or("id:base64")?;
    let is_id = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.bytes().all(is_id) {
        return Err("an id of at most 32 letters, digits, - and _ before the colon");
    }
    let key = STANDARD
        .decode(key)
        .map_err(|_| "a key in base64 with its = at the end")?;
    if key.len() != KEY_BYTES {
        return Err("a key of 32 bytes (openssl rand -base64 32)");
    }
    Ok(EncryptionKey {
        id: id.to_owned(),
        key: SecretSlice::from(key),
    })
}
