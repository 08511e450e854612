//! Puts every stored credential under the newest key, while the service runs. Each row is written
//! by itself and only if it did not change meanwhile, so it can be stopped and started again at
//! any moment, and a refresh under way loses nothing.

use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::encryption::keyring::Keyring;
use crate::service::check_keyring::{KeyringMisfit, check_keyring};
use crate::service::seal_tokens::{ResealError, seal_again};
use crate::store::PgConnection;
use crate::store::credentials::keys::{keys_in_use, replace_sealed, under_older_keys};
use crate::store::credentials::row::CredentialRow;
use crate::store::error::StoreError;

/// Rows between two reports.
const PAGE: i64 = 100;
/// How often the table is gone through: a replica that still seals with an older key may write
/// behind our back.
const PASSES: u32 = 3;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Credentials put under the newest key.
    pub done: i64,
    /// Credentials that were under another one when it began.
    pub of: i64,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Credentials put under the newest key.
    pub done: i64,
    /// Keys of the keyring that nothing needs any more.
    pub unused: Vec<String>,
    /// Credentials that are under an older key again: some replica still seals with it.
    pub left: i64,
}

/// Why it did not go on.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The keyring does not open what is stored. Nothing was written.
    #[error(transparent)]
    Misfit(#[from] KeyringMisfit),
    /// One row does not open. Those before it are done.
    #[error("the credential of portal {portal}: {source}")]
    Row {
        /// Whose.
        portal: PortalId,
        /// Why.
        source: ResealError,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Rotates, and reports after each hundred credentials.
///
/// # Errors
/// See [`RotateError`].
pub fn rotate_encryption(
    conn: &mut PgConnection,
    keyring: &Keyring,
    mut report: impl FnMut(Progress),
) -> Result<Rotated, RotateError> {
    check_keyring(conn, keyring)?;
    let of = under_others(conn, keyring)?;
    let mut done = 0;
    for _ in 0..PASSES {
        let mut page = rotate_page(conn, keyring, None)?;
        while let Some(last) = page.last {
            done += page.done;
            report(Progress { done, of });
            page = rotate_page(conn, keyring, Some(last))?;
        }
        if under_others(conn, keyring)? == 0 {
            break;
        }
    }
    let used = keys_in_use(conn)?;
    let is_unused = |id: &&str| *id != keyring.newest_id() && used.iter().all(|u| u.key_id != *id);
    Ok(Rotated {
        done,
        unused: keyring.ids().filter(is_unused).map(str::to_owned).collect(),
        left: under_others(conn, keyring)?,
    })
}

/// One page of the table.
pub struct Page {
    /// Credentials put under the newest key.
    pub done: i64,
    /// Where the next page begins; none: this one was empty.
    pub last: Option<(PortalId, CredentialKind)>,
}

/// Rotates the next hundred credentials after the given one.
///
/// # Errors
/// See [`RotateError`].
pub fn rotate_page(
    conn: &mut PgConnection,
    keyring: &Keyring,
    after: Option<(PortalId, CredentialKind)>,
) -> Result<Page, RotateError> {
    let rows = under_older_keys(conn, keyring.newest_id(), after, PAGE)?;
    let mut done = 0;
    for row in &rows {
        done += i64::from(rotate_row(conn, keyring, row)?);
    }
    Ok(Page {
        done,
        last: rows.last().map(|row| (row.portal, row.kind)),
    })
}

/// False: the row changed since it was read. A refresh by then has sealed it anew, most likely
/// with the newest key; if not, the next pass finds it.
fn rotate_row(
    conn: &mut PgConnection,
    keyring: &Keyring,
    row: &CredentialRow,
) -> Result<bool, RotateError> {
    let sealed = seal_again(keyring, row).map_err(|source| RotateError::Row {
        portal: row.portal,
        source,
    })?;
    let refresh_token = sealed.refresh_token.as_ref();
    Ok(replace_sealed(
        conn,
        row,
        &sealed.access_token,
        refresh_token,
    )?)
}

fn under_others(conn: &mut PgConnection, keyring: &Keyring) -> Result<i64, StoreError> {
    let used = keys_in_use(conn)?;
    let others = used
        .iter()
        .filter(|used| used.key_id != keyring.newest_id());
    Ok(others.map(|used| used.credentials).sum())
}
