//! The token for a portal's calls, always one that counts. Tokens are read from the database at
//! each asking and never kept; one that has run out is refreshed once per generation, however
//! many callers and replicas ask, and all of them get the new one.

mod exchange;
mod flights;

use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::encryption::keyring::Keyring;
use crate::hubspot::oauth::client::OAuthClient;
use crate::service::seal_tokens::open_access_token;
use crate::store::credentials::claim;
use crate::store::credentials::row::{self, CredentialRow};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use exchange::Exchange;
use flights::Flights;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// A token that ends within this part of its life counts as ended: a call takes time as well.
const LAST_PART_OF_LIFE: i64 = 60;

/// Time limits of refreshing.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long a refresh keeps others from trying; HubSpot is given three quarters of it. If the
    /// process dies meanwhile, another may try after it.
    pub lease: Duration,
    /// How long a caller waits for another replica's refresh, above the lease and a refresh.
    pub wait_at_most: Duration,
    /// How often a caller that waits looks.
    pub poll: Duration,
    /// How long nobody in this replica tries again after HubSpot could not answer, unless it
    /// says how long.
    pub cool_down: Duration,
}

impl Options {
    /// For HubSpot: three quarters of the lease are above [`OAuthClient::TIMEOUT`].
    pub const USUAL: Self = Self {
        lease: Duration::from_secs(12),
        wait_at_most: Duration::from_secs(30),
        poll: Duration::from_millis(50),
        cool_down: Duration::from_secs(3),
    };
}

/// A token that may be sent to HubSpot. Debug does not show it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub secret: SecretString,
    /// Which one it is; what [`AccessTokens::refresh_after_refusal`] wants to know.
    pub generation: i64,
    /// Where it comes from.
    pub kind: CredentialKind,
    /// What it may do.
    pub scopes: Vec<String>,
}

/// Why there is no token.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// The portal never connected, or was disconnected.
    #[error("the portal is not connected")]
    NotConnected,
    /// HubSpot no longer accepts what it granted: an admin has to connect again.
    #[error("HubSpot no longer accepts the grant; an admin has to connect the portal again")]
    ReconnectRequired,
    /// HubSpot cannot answer now; try again, not before `retry_after` where it says so.
    #[error("no new token now: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// How long HubSpot asks to wait.
        retry_after: Option<Duration>,
    },
    /// A setting is wrong, here or at HubSpot; trying again changes nothing, and nothing is
    /// wrong with the grant.
    #[error("{0}")]
    Configuration(String),
    /// The database failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

/// Gives out tokens.
pub struct AccessTokens {
    exchange: Arc<Exchange>,
    flights: Arc<Flights>,
}

impl AccessTokens {
    /// Tokens of this database. Without a client there is no app, and only private apps' tokens
    /// can be given out for long.
    pub fn new(
        store: Arc<Store>,
        keyring: Arc<Keyring>,
        oauth: Option<Arc<OAuthClient>>,
        options: Options,
    ) -> Self {
        let exchange = Exchange {
            store,
            keyring,
            oauth,
            options,
        };
        Self {
            exchange: Arc::new(exchange),
            flights: Arc::default(),
        }
    }

    /// A token for this portal; waits for a refresh only if the one at hand has run out.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn token_for(&self, portal: PortalId) -> Result<Token, TokenError> {
        let row = self.exchange.row_in_use(portal).await?;
        if has_run_out(&row) && row.status == CredentialStatus::Active {
            return self.refreshed(portal, row.generation).await;
        }
        opened(&self.exchange.keyring, &row)
    }

    /// A newer token than the one of `generation`, which HubSpot did not take; `why` is what it
    /// said. A private app's token has no newer one but what an admin pasted meanwhile: it ends the
    /// connection.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn refresh_after_refusal(
        &self,
        portal: PortalId,
        generation: i64,
        why: &str,
    ) -> Result<Token, TokenError> {
        let row = self.exchange.row_in_use(portal).await?;
        let is_refused = row.generation == generation && row.status == CredentialStatus::Active;
        match row.kind {
            CredentialKind::PrivateApp if is_refused => {
                self.exchange
                    .private_app_refused(&row, why.to_owned())
                    .await
            }
            CredentialKind::Oauth if is_refused => self.refreshed(portal, generation).await,
            CredentialKind::PrivateApp | CredentialKind::Oauth => {
                opened(&self.exchange.keyring, &row)
            }
        }
    }

    /// Refreshes a token that [`AccessTokens::due`] named, ahead of its end.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn refresh_ahead(&self, portal: PortalId) -> Result<(), TokenError> {
        let row = self.exchange.row_in_use(portal).await?;
        let is_oauth = row.kind == CredentialKind::Oauth;
        if is_oauth && row.status == CredentialStatus::Active {
            self.refreshed(portal, row.generation).await?;
        }
        Ok(())
    }

    /// The portals whose token should be refreshed now, the most urgent first, at most 100; and
    /// how long until the next one, if there is any.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn due(&self) -> Result<claim::Due, StoreError> {
        read(&self.exchange.store, |conn| {
            claim::due_for_refresh(conn, 100)
        })
        .await
    }

    /// Waits until no refresh is under way here, so that nothing HubSpot granted is lost. False:
    /// some still were when the time was over.
    pub async fn drain(&self, limit: Duration) -> bool {
        tokio::time::timeout(limit, self.flights.landed())
            .await
            .is_ok()
    }

    async fn refreshed(&self, portal: PortalId, generation: i64) -> Result<Token, TokenError> {
        let exchange = Arc::clone(&self.exchange);
        let refresh = async move { exchange.past(portal, generation).await };
        self.flights
            .join(
                (portal, generation),
                self.exchange.options.cool_down,
                refresh,
            )
            .await
    }
}

fn has_run_out(row: &CredentialRow) -> bool {
    match (row.remaining(), row.lifetime()) {
        (Some(left), Some(life)) => {
            left <= Span::from_millis((life.as_millis() / LAST_PART_OF_LIFE).max(0))
        }
        (None, _) | (_, None) => false,
    }
}

fn opened(keyring: &Keyring, row: &CredentialRow) -> Result<Token, TokenError> {
    match row.status {
        CredentialStatus::Active => {}
        CredentialStatus::ReconnectRequired => return Err(TokenError::ReconnectRequired),
        CredentialStatus::Retired => return Err(TokenError::NotConnected),
    }
    let secret = open_access_token(keyring, row)
        .map_err(|error| TokenError::Configuration(error.to_string()))?;
    Ok(Token {
        secret,
        generation: row.generation,
        kind: row.kind,
        scopes: row.scopes.clone(),
    })
}

async fn row_in_use(store: &Arc<Store>, portal: PortalId) -> Result<CredentialRow, TokenError> {
    let row = read(store, move |conn| row::in_use(conn, portal)).await?;
    row.ok_or(TokenError::NotConnected)
}
