//! The database: the one that `DATABASE_URL` names, or the private one; brought up to date.

use super::error::StartError;
use crate::config::database::DatabaseSettings;
use crate::embedded::{EmbeddedPostgres, Options};
use crate::store::migrate::migrate;
use secrecy::ExposeSecret;
use std::path::Path;

/// A database that is ready for the service.
pub struct Database {
    url: String,
    private: Option<EmbeddedPostgres>,
}

impl Database {
    /// Opens the database that the settings name. Its private one lives in `database` under the
    /// data directory.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn open(settings: &DatabaseSettings) -> Result<Self, StartError> {
        match &settings.url {
            Some(url) => Self::at(url.expose_secret()),
            None => {
                let bin_dir = settings.pg_bin_dir.clone();
                let data_dir = data_dir_of(settings)?.join("database");
                Self::private(Options::kept(data_dir, bin_dir))
            }
        }
    }

    /// Opens the database at this URL.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn at(url: &str) -> Result<Self, StartError> {
        let wants_tls = [
            "sslmode=require",
            "sslmode=verify-ca",
            "sslmode=verify-full",
        ];
        if !cfg!(feature = "pg-tls") && wants_tls.iter().any(|mode| url.contains(mode)) {
            return Err(StartError::NoTls);
        }
        Self {
            url: url.to_owned(),
            private: None,
        }
        .brought_up_to_date()
    }

    /// Starts a private one.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn private(options: Options) -> Result<Self, StartError> {
        let server = EmbeddedPostgres::start(options)?;
        Self {
            url: server.database_url(),
            private: Some(server),
        }
        .brought_up_to_date()
    }

    /// How to connect to it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The private server, where there is one.
    pub const fn private_server(&self) -> Option<&EmbeddedPostgres> {
        self.private.as_ref()
    }

    fn brought_up_to_date(self) -> Result<Self, StartError> {
        for name in migrate(&self.url)? {
            log::info!("ran migration {name}");
        }
        Ok(self)
    }
}

/// The data directory, made if it is missing. The server's own user has to be able to pass
/// through it.
///
/// # Errors
/// Those of the file system.
pub fn data_dir_of(settings: &DatabaseSettings) -> std::io::Result<&Path> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&settings.data_dir)?;
    Ok(&settings.data_dir)
}
