//! Whether the keyring opens everything that is stored.

use crate::encryption::keyring::{Keyring, OpenError};
use crate::service::seal_tokens::open_access_token;
use crate::store::PgConnection;
use crate::store::credentials::keys::{keys_in_use, sample_of};
use crate::store::error::StoreError;

/// A keyring that does not fit the stored credentials.
#[derive(Debug, thiserror::Error)]
pub enum KeyringMisfit {
    /// A key was dropped that is still needed.
    #[error(
        "BATON_ENCRYPTION_KEYS has no key '{key_id}', which still encrypts {credentials} stored \
         credentials: put it back, and drop it only after `baton encryption rotate`"
    )]
    InUse {
        /// The key.
        key_id: String,
        /// How many credentials it encrypts.
        credentials: i64,
    },
    /// Another key goes by the same name.
    #[error(
        "BATON_ENCRYPTION_KEYS has another key '{key_id}' than the one that encrypted the stored \
         credentials: put the old one back, and give a new key a new id"
    )]
    Exchanged {
        /// The key.
        key_id: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks at every key in use, and opens one credential under each.
///
/// # Errors
/// See [`KeyringMisfit`].
pub fn check_keyring(conn: &mut PgConnection, keyring: &Keyring) -> Result<(), KeyringMisfit> {
    for used in keys_in_use(conn)? {
        if !keyring.ids().any(|id| id == used.key_id) {
            return Err(KeyringMisfit::InUse {
                key_id: used.key_id,
                credentials: used.credentials,
            });
        }
        // Whoever held it may be gone since.
        let Some(row) = sample_of(conn, &used.key_id)? else {
            continue;
        };
        match open_access_token(keyring, &row) {
            Ok(_) => {}
            Err(OpenError::NotAuthentic { key_id } | OpenError::UnknownKey { key_id }) => {
                return Err(KeyringMisfit::Exchanged { key_id });
            }
        }
    }
    Ok(())
}
