//! The admin's password: kept as an argon2id hash, whichever form the settings have.

use crate::config::admin::AdminPassword;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// Longer ones are not looked at: hashing takes time.
const MOST_BYTES: usize = 1_024;

/// Checks what somebody typed.
#[derive(Clone)]
pub struct PasswordCheck {
    hash: SecretString,
    /// Changes with the password and with nothing else: every session hangs on it.
    fingerprint: [u8; 32],
}

/// A setting that no password can be checked against.
#[derive(Debug, thiserror::Error)]
#[error("BATON_ADMIN_PASSWORD_HASH cannot be used: {0}; expected what argon2id makes, in PHC form")]
pub struct UnusableHash(String);

impl PasswordCheck {
    /// Takes the setting over. A plain password is hashed here, with OWASP's parameters
    /// (19 MiB, 2 rounds), and then forgotten.
    ///
    /// # Errors
    /// If the hash in the settings is none.
    pub fn new(setting: &AdminPassword) -> Result<Self, UnusableHash> {
        let unusable = |error: &dyn std::fmt::Display| UnusableHash(error.to_string());
        let (text, hash) = match setting {
            AdminPassword::Plain(plain) => {
                let hash = Argon2::default().hash_password(plain.expose_secret().as_bytes());
                let hash = hash.map_err(|error| unusable(&error))?;
                (plain, SecretString::from(hash.to_string()))
            }
            AdminPassword::Hash(hash) => {
                PasswordHash::new(hash.expose_secret()).map_err(|error| unusable(&error))?;
                (hash, hash.clone())
            }
        };
        Ok(Self {
            fingerprint: Sha256::digest(text.expose_secret().as_bytes()).into(),
            hash,
        })
    }

    /// True if it is the password. Takes tens of milliseconds and 19 MiB, on purpose.
    pub fn fits(&self, typed: &SecretString) -> bool {
        let typed = typed.expose_secret().as_bytes();
        if typed.len() > MOST_BYTES {
            return false;
        }
        // The hash was read once already, when it was taken over.
        PasswordHash::new(self.hash.expose_secret())
            .is_ok_and(|hash| Argon2::default().verify_password(typed, &hash).is_ok())
    }

    /// What sessions hang on: another password ends them all.
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> PasswordCheck {
        PasswordCheck::new(&AdminPassword::Plain(SecretString::from(text))).unwrap()
    }

    #[test]
    fn only_the_password_itself_fits() {
        let check = plain("correct horse battery");
        assert!(check.fits(&SecretString::from("correct horse battery")));
        for wrong in ["", "Correct horse battery", "correct horse battery ", "x"] {
            assert!(!check.fits(&SecretString::from(wrong)), "{wrong:?}");
        }
        assert!(!check.fits(&SecretString::from("x".repeat(MOST_BYTES + 1))));
    }

    #[test]
    fn a_hash_from_the_settings_takes_its_password() {
        let made = plain("correct horse battery").hash;
        let check = PasswordCheck::new(&AdminPassword::Hash(made)).unwrap();
        assert!(check.fits(&SecretString::from("correct horse battery")));
        assert!(!check.fits(&SecretString::from("another one")));
    }

    #[test]
    fn a_hash_that_is_none_is_refused_without_being_shown() {
        let setting = AdminPassword::Hash(SecretString::from("$argon2id$v=19$m=1$!$secret"));
        let error = PasswordCheck::new(&setting).err().unwrap().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
