//! One refresh: claim the row, ask HubSpot, store what came back. What HubSpot says about a grant
//! counts only while the row is still of the generation it was asked with.

use super::{Options, Token, TokenError, opened, row_in_use};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::encryption::keyring::Keyring;
use crate::hubspot::oauth::client::OAuthClient;
use crate::hubspot::oauth::error::{OAuthError, OAuthRefusal, TransientCause};
use crate::hubspot::oauth::grant::Grant;
use crate::hubspot::outgoing::NoAnswer;
use crate::service::end_connection::{Refused, end, store_refreshed};
use crate::service::seal_tokens::{open_refresh_token, seal_refreshed};
use crate::store::credentials::claim::{Claim, Refreshed, claim_refresh, release_claim};
use crate::store::credentials::put_off::{Failed, Known, put_off};
use crate::store::credentials::row::CredentialRow;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::portals::UnavailableBecause;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// How often a token that HubSpot gave is offered to a database that does not take it, and how
/// long between two offers: it may be the only one that counts, so this goes on for a minute.
const STORE_ATTEMPTS: u32 = 60;
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// How often a claim is tried at a database that is busy or away.
const CLAIM_ATTEMPTS: u32 = 5;

/// However often a refresh failed, and however long HubSpot asks to wait, it is tried ahead of the
/// token's end again within this: somebody may have mended things.
const LONGEST_WAIT: Span = Span::from_minutes(5);

pub(super) struct Exchange {
    pub(super) store: Arc<Store>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) oauth: Option<Arc<OAuthClient>>,
    pub(super) options: Options,
}

impl Exchange {
    /// A token past `generation`, by whoever gets to refresh it.
    pub(super) async fn past(
        &self,
        portal: PortalId,
        generation: i64,
    ) -> Result<Token, TokenError> {
        let claimant = Uuid::new_v4();
        let claiming = self.claimed(portal, generation, claimant);
        let Ok(claim) = tokio::time::timeout(self.options.wait_at_most, claiming).await else {
            return Err(unavailable(
                "another replica's refresh takes too long",
                None,
            ));
        };
        match claim? {
            Some(row) => self.refresh(&row, claimant).await,
            // Somebody else was faster, or the row is another one by now.
            None => self.token_at_hand(portal).await,
        }
    }

    pub(super) async fn row_in_use(&self, portal: PortalId) -> Result<CredentialRow, TokenError> {
        row_in_use(&self.store, portal).await
    }

    async fn token_at_hand(&self, portal: PortalId) -> Result<Token, TokenError> {
        opened(&self.keyring, &self.row_in_use(portal).await?)
    }

    /// The claimed row; none: there is nothing to refresh any more.
    async fn claimed(
        &self,
        portal: PortalId,
        generation: i64,
        claimant: Uuid,
    ) -> Result<Option<CredentialRow>, StoreError> {
        let lease = self.options.lease;
        let mut attempts = 1;
        loop {
            let claim = read(&self.store, move |conn| {
                claim_refresh(conn, portal, generation, claimant, lease)
            });
            match claim.await {
                Ok(Claim::Claimed(row)) => return Ok(Some(row)),
                Ok(Claim::Newer(_) | Claim::Gone) => return Ok(None),
                Ok(Claim::Held(left)) => {
                    let left = u64::try_from(left.as_millis()).unwrap_or(0);
                    tokio::time::sleep(self.options.poll.min(Duration::from_millis(left))).await;
                }
                // Many wait for this one; a busy moment is no reason to send them all away.
                Err(error) if error.is_transient() && attempts < CLAIM_ATTEMPTS => {
                    attempts += 1;
                    tokio::time::sleep(self.options.poll).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn refresh(&self, row: &CredentialRow, claimant: Uuid) -> Result<Token, TokenError> {
        let portal_id = row.portal.0;
        let grant = match self.ask(row).await {
            Ok(grant) => grant,
            Err(Asked::Revoked(refusal)) => {
                log::warn!(portal_id; "HubSpot refused to refresh the token: {refusal}");
                return self.refused(row, &refusal).await;
            }
            Err(Asked::Configuration(reason)) => {
                match self.put_off(row, &reason, None).await {
                    Known::New => log::error!(portal_id; "a token cannot be refreshed: {reason}"),
                    Known::Same | Known::Over => {
                        log::debug!(portal_id; "a token still cannot be refreshed: {reason}");
                    }
                }
                self.release(row.portal, claimant).await;
                return Err(TokenError::Configuration(reason));
            }
            Err(Asked::NotNow {
                reason,
                retry_after,
                is_over,
            }) => {
                match self.put_off(row, &reason, retry_after).await {
                    Known::New => log::warn!(portal_id; "a token could not be refreshed: {reason}"),
                    Known::Same | Known::Over => {
                        log::debug!(portal_id; "a token still could not be refreshed: {reason}");
                    }
                }
                // HubSpot may still be at it: then the lease has to end first.
                if is_over {
                    self.release(row.portal, claimant).await;
                }
                return Err(unavailable(&reason, retry_after));
            }
        };
        let refreshed = seal_refreshed(&self.keyring, row.portal, &grant)
            .map_err(|error| TokenError::Configuration(error.to_string()))?;
        if !self.stored(row, refreshed).await? {
            // Somebody else was faster, and theirs is the one that counts.
            return self.token_at_hand(row.portal).await;
        }
        log::info!(portal_id; "the token was refreshed");
        Ok(Token {
            secret: grant.access_token,
            generation: row.generation + 1,
            kind: row.kind,
            scopes: grant.scopes.unwrap_or_else(|| row.scopes.clone()),
        })
    }

    async fn ask(&self, row: &CredentialRow) -> Result<Grant, Asked> {
        let configuration = |reason: String| Asked::Configuration(reason);
        let oauth = self.oauth.as_ref().ok_or_else(|| {
            configuration("HUBSPOT_CLIENT_ID is not set, so no token can be refreshed".to_owned())
        })?;
        let refresh_token = open_refresh_token(&self.keyring, row)
            .map_err(|error| configuration(error.to_string()))?;
        let (Some(refresh_token), Some(redirect_uri)) = (refresh_token, &row.redirect_uri) else {
            return Err(configuration(
                "the credential cannot be refreshed".to_owned(),
            ));
        };
        let asking = oauth.refresh(&refresh_token, redirect_uri);
        // Whatever limit the client has, the call ends while the lease lasts.
        match tokio::time::timeout(self.options.lease * 3 / 4, asking).await {
            Ok(answer) => answer.map_err(Asked::from),
            Err(_) => Err(Asked::NotNow {
                reason: "HubSpot did not answer in time".to_owned(),
                retry_after: None,
                is_over: false,
            }),
        }
    }

    /// HubSpot refuses the refresh token. If the row is still of that generation, so is the
    /// grant; else the newer row says what is so.
    async fn refused(
        &self,
        row: &CredentialRow,
        refusal: &OAuthRefusal,
    ) -> Result<Token, TokenError> {
        let because = match refusal.status.as_deref() {
            Some("BAD_HUB") => UnavailableBecause::Uninstalled,
            Some(_) | None => UnavailableBecause::Revoked,
        };
        let why = format!("HubSpot refused to refresh the token: {refusal}");
        self.give_up(row, because, why).await
    }

    /// HubSpot does not take a private app's token. If the row is still of that generation, the
    /// token is no good any more; else the newer row says what is so.
    pub(super) async fn private_app_refused(
        &self,
        row: &CredentialRow,
        why: String,
    ) -> Result<Token, TokenError> {
        let portal_id = row.portal.0;
        log::warn!(portal_id; "{why}");
        self.give_up(row, UnavailableBecause::Revoked, why).await
    }

    async fn give_up(
        &self,
        row: &CredentialRow,
        because: UnavailableBecause,
        why: String,
    ) -> Result<Token, TokenError> {
        let refused = Refused {
            portal: row.portal,
            kind: row.kind,
            generation: row.generation,
            because,
            why,
        };
        if read(&self.store, move |conn| end(conn, &refused)).await? {
            return Err(TokenError::ReconnectRequired);
        }
        self.token_at_hand(row.portal).await
    }

    async fn stored(&self, row: &CredentialRow, refreshed: Refreshed) -> Result<bool, StoreError> {
        let (portal, generation) = (row.portal, row.generation);
        let refreshed = Arc::new(refreshed);
        let mut attempt = 1;
        loop {
            let refreshed = Arc::clone(&refreshed);
            let finishing = read(&self.store, move |conn| {
                store_refreshed(conn, portal, generation, &refreshed)
            });
            match finishing.await {
                Err(error) if error.is_transient() && attempt < STORE_ATTEMPTS => {
                    let portal_id = portal.0;
                    log::warn!(portal_id, attempt; "a new token could not be stored: {error}");
                    tokio::time::sleep(STORE_PAUSE).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    /// Puts the next try ahead of the token's end off. Who needs the token tries all the same.
    async fn put_off(
        &self,
        row: &CredentialRow,
        because: &str,
        retry_after: Option<Duration>,
    ) -> Known {
        let at_least = retry_after.map_or(0, |wait| wait.as_millis());
        let failed = Failed {
            portal: row.portal,
            generation: row.generation,
            because: because.to_owned(),
            at_least: Span::from_millis(i64::try_from(at_least).unwrap_or(i64::MAX)),
            at_most: LONGEST_WAIT,
        };
        let noted = read(&self.store, move |conn| put_off(conn, &failed));
        noted.await.unwrap_or_else(|error| {
            let portal_id = row.portal.0;
            log::warn!(portal_id; "a refresh could not be put off: {error}");
            Known::New
        })
    }

    /// Lets others try at once. If it fails they try when the lease ends.
    async fn release(&self, portal: PortalId, claimant: Uuid) {
        let releasing = read(&self.store, move |conn| {
            release_claim(conn, portal, claimant)
        });
        if let Err(error) = releasing.await {
            let portal_id = portal.0;
            log::warn!(portal_id; "a claim could not be given back: {error}");
        }
    }
}

/// Why HubSpot gave no token.
enum Asked {
    Revoked(OAuthRefusal),
    Configuration(String),
    NotNow {
        reason: String,
        retry_after: Option<Duration>,
        /// Whether HubSpot is certainly done with the request.
        is_over: bool,
    },
}

impl From<OAuthError> for Asked {
    fn from(error: OAuthError) -> Self {
        match error {
            OAuthError::Revoked(refusal) => Self::Revoked(refusal),
            OAuthError::Configuration(refusal) => {
                Self::Configuration(format!("HubSpot refused the app, not the grant: {refusal}"))
            }
            OAuthError::Transient { cause, retry_after } => Self::NotNow {
                reason: cause.to_string(),
                retry_after,
                is_over: match cause {
                    TransientCause::Status(_)
                    | TransientCause::NoAnswer(NoAnswer::NotConnected(_)) => true,
                    TransientCause::NoAnswer(
                        NoAnswer::TimedOut | NoAnswer::Broken(_) | NoAnswer::TooLarge { .. },
                    )
                    | TransientCause::Unreadable(_) => false,
                },
            },
        }
    }
}

fn unavailable(reason: &str, retry_after: Option<Duration>) -> TokenError {
    TokenError::Unavailable {
        reason: reason.to_owned(),
        retry_after,
    }
}
