//! Why a start failed: one sentence that says what and how to mend it.

use crate::config::mistake::Mistakes;
use crate::embedded::EmbeddedError;
use crate::encryption::keyring::KeyringError;
use crate::hubspot::outgoing::NoClient;
use crate::hubspot::signature::public_url::NotAPublicUrl;
use crate::hubspot::signature::secrets::EmptyClientSecret;
use crate::service::check_keyring::KeyringMisfit;
use crate::store::error::StoreError;
use std::net::SocketAddr;

/// A start that failed.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Settings are wrong or missing.
    #[error("{0}")]
    Settings(#[from] Mistakes),
    /// The private PostgreSQL did not start.
    #[error("the private PostgreSQL did not start: {0}")]
    Embedded(#[from] EmbeddedError),
    /// The database cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The URL asks for TLS, which this build cannot do.
    #[error(
        "DATABASE_URL asks for TLS (sslmode), which this build does not have; \
         build with `--features pg-tls` (needs libssl-dev), or set sslmode=disable"
    )]
    NoTls,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another address with BATON_LISTEN")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The public URL cannot be used.
    #[error("BATON_PUBLIC_URL: {0}")]
    PublicUrl(#[from] NotAPublicUrl),
    /// The client secret is empty.
    #[error("HUBSPOT_CLIENT_SECRET: {0}")]
    ClientSecret(#[from] EmptyClientSecret),
    /// There is no keyring.
    #[error("BATON_ENCRYPTION_KEYS: {0}; make a key with `openssl rand -base64 32`")]
    Keyring(#[from] KeyringError),
    /// The keyring does not open what is stored.
    #[error("{0}")]
    KeyringMisfit(KeyringMisfit),
    /// HubSpot cannot be called.
    #[error("{0}")]
    HubspotClient(#[from] NoClient),
    /// The system refused a thread or a socket.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

impl From<KeyringMisfit> for StartError {
    fn from(misfit: KeyringMisfit) -> Self {
        match misfit {
            KeyringMisfit::Store(error) => Self::Store(error),
            KeyringMisfit::InUse { .. } | KeyringMisfit::Exchanged { .. } => {
                Self::KeyringMisfit(misfit)
            }
        }
    }
}

impl StartError {
    /// Whether settings have to be changed before another try.
    pub const fn is_about_settings(&self) -> bool {
        match self {
            Self::Settings(_) | Self::Keyring(_) | Self::KeyringMisfit(_) => true,
            Self::Embedded(_)
            | Self::Store(_)
            | Self::NoTls
            | Self::Listen { .. }
            | Self::PublicUrl(_)
            | Self::ClientSecret(_)
            | Self::HubspotClient(_)
            | Self::System(_) => false,
        }
    }
}
