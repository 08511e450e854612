//! Who may sign in to the console. The password itself is checked elsewhere.

use super::mistake::{Expected, Mistake};
use super::reader::{Reader, Recorded};
use super::table;
use secrecy::SecretString;

/// What OWASP asks of a password that stands alone.
const MIN_PASSWORD_CHARACTERS: usize = 12;

/// The console's sign-in.
#[derive(Clone, Debug)]
pub struct AdminSettings {
    /// `None`: nobody can sign in.
    pub password: Option<AdminPassword>,
}

/// The admin's password, in one of two forms.
#[derive(Clone, Debug)]
pub enum AdminPassword {
    /// As it is typed.
    Plain(SecretString),
    /// As argon2id made it, in PHC form.
    Hash(SecretString),
}

impl AdminSettings {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let plain = reader.optional(&table::ADMIN_PASSWORD, password);
        let hash = reader.optional(&table::ADMIN_PASSWORD_HASH, argon2id_hash);
        let password = match (plain?, hash?) {
            (None, None) => None,
            (Some(plain), None) => Some(AdminPassword::Plain(plain)),
            (None, Some(hash)) => Some(AdminPassword::Hash(hash)),
            (Some(_), Some(_)) => {
                let expected = "either it or BATON_ADMIN_PASSWORD_HASH, not both";
                return Err(reader.record(Mistake::of(table::ADMIN_PASSWORD.name, expected)));
            }
        };
        Ok(Self { password })
    }
}

fn password(text: &str) -> Result<SecretString, Expected> {
    if text.trim() != text || text.contains(char::is_control) {
        return Err(Expected::new("no spaces at its ends and no line breaks"));
    }
    if text.chars().count() < MIN_PASSWORD_CHARACTERS {
        return Err(Expected::new("12 characters or more"));
    }
    Ok(SecretString::from(text))
}

fn argon2id_hash(text: &str) -> Result<SecretString, Expected> {
    let parts: Vec<&str> = text.split('$').collect();
    let is_hash = match parts.as_slice() {
        ["", "argon2id", "v=19", parameters, salt, hash] => {
            parameters.starts_with("m=") && is_base64(salt) && is_base64(hash)
        }
        _ => false,
    };
    if is_hash {
        return Ok(SecretString::from(text));
    }
    // A compose file or a shell replaces $argon2id by nothing.
    Err(Expected::new(
        "$argon2id$v=19$m=...,t=...,p=...$salt$hash; in a compose file write each $ twice",
    ))
}

fn is_base64(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}
