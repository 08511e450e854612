//! The demo's own encryption key: made at the first start, kept beside the data it protects, and
//! gone with it. A real `serve` is given its keys.

use crate::encryption::keyring::{Keyring, KeyringError};
use rand::Rng;
use secrecy::SecretSlice;
use secrecy::zeroize::Zeroizing;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "encryption-key";
const KEY_ID: &str = "demo";
const KEY_BYTES: usize = 32;

/// The key cannot be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    /// The file system refused.
    #[error("the demo's encryption key in {path} cannot be kept: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody changed the file.
    #[error("the demo's encryption key in {path} cannot be used: {source}; try `demo --fresh`")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyringError,
    },
}

/// The keyring kept in this directory, made if there is none.
pub(super) fn keyring(data_dir: &Path) -> Result<Keyring, KeyFileError> {
    let path = data_dir.join(FILE);
    let refused = |source| KeyFileError::File {
        path: path.clone(),
        source,
    };
    let key = match fs::read(&path) {
        Ok(key) => key,
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path).map_err(refused)?,
        Err(error) => return Err(refused(error)),
    };
    let keys = vec![(KEY_ID.to_owned(), SecretSlice::from(key))];
    Keyring::new(keys).map_err(|source| KeyFileError::Key { path, source })
}

fn make(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    rand::rng().fill_bytes(&mut *key);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(&*key)?;
    // Without it the stored tokens are lost, so it is on the disk before they are.
    file.sync_all()?;
    Ok(key.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_reads_it() {
        let place = tempfile::tempdir().unwrap();

        keyring(place.path()).unwrap();
        let file = place.path().join(FILE);
        let key = fs::read(&file).unwrap();
        keyring(place.path()).unwrap();

        assert_eq!(fs::read(&file).unwrap(), key);
        assert_eq!(key.len(), KEY_BYTES);
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_was_cut_short_is_refused_and_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(FILE);
        fs::write(&file, [7_u8; 5]).unwrap();

        let error = keyring(place.path()).unwrap_err().to_string();

        assert!(error.contains("has 5 bytes, expected 32"), "{error}");
        assert!(error.ends_with("try `demo --fresh`"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), [7_u8; 5]);
    }
}
