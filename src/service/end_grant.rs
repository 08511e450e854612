//! Telling HubSpot that a portal was disconnected: the app is uninstalled and its grant ended. It
//! is tried until HubSpot did so or the grant is certainly dead; then the tokens, kept for nothing
//! else, are deleted.

use super::hubspot_app::{Consent, HubspotApp};
use super::seal_tokens::{open_access_token, open_refresh_token, seal_refreshed};
use crate::domain::backoff;
use crate::domain::credential::{CredentialKind, CredentialStatus};
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::hubspot::api::client::Call;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::uninstall;
use crate::hubspot::oauth::error::OAuthError;
use crate::store::credentials::row::{CredentialRow, find};
use crate::store::error::StoreError;
use crate::store::pool::read;
use crate::store::unfinished_disconnects::{self, Claimed};
use secrecy::SecretString;

/// Claimed in one go: a claim lasts as long as one attempt may take, not several.
const MOST: i64 = 1;
/// However long HubSpot is away, it is asked again within an hour.
const LONGEST_WAIT: Span = Span::from_hours(1);

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The app is uninstalled, and with it its grant is gone.
    Uninstalled,
    /// The grant is gone; the app may still be listed there.
    Revoked,
    /// HubSpot could not be told; it will be tried again.
    NotYet,
    /// The portal was connected again, or somebody else is at it.
    Overtaken,
}

/// Makes the attempts that are due, and says how many there were.
///
/// # Errors
/// Those of the database.
pub async fn end_due_grants(app: &HubspotApp) -> Result<usize, StoreError> {
    let due = read(&app.store, |conn| unfinished_disconnects::claim(conn, MOST)).await?;
    for attempt in &due {
        end_grant(app, *attempt).await?;
    }
    Ok(due.len())
}

/// Makes one attempt, and keeps what came of it.
///
/// # Errors
/// Those of the database; then the attempt is made again once its claim lapses.
pub async fn end_grant(app: &HubspotApp, attempt: Claimed) -> Result<Ended, StoreError> {
    let portal_id = attempt.portal.0;
    match try_to_end(app, attempt).await {
        Ok(ended) => {
            let finished = read(&app.store, move |conn| {
                unfinished_disconnects::finish(conn, attempt)
            });
            if !finished.await? {
                return Ok(Ended::Overtaken);
            }
            log::info!(portal_id; "HubSpot has ended the grant of a disconnected portal");
            Ok(ended)
        }
        Err(NotEnded::Overtaken) => Ok(Ended::Overtaken),
        Err(NotEnded::OvertakenOnTheWire) => {
            see_what_is_left(app, attempt.portal).await;
            Ok(Ended::Overtaken)
        }
        Err(NotEnded::NotNow(why)) => {
            log::warn!(portal_id; "HubSpot could not be told of a disconnect: {why}");
            let attempts = u32::try_from(attempt.attempt).unwrap_or(u32::MAX);
            let wait = backoff::after_at_most(attempts, LONGEST_WAIT);
            let put_off = read(&app.store, move |conn| {
                unfinished_disconnects::put_off(conn, attempt, wait, &why)
            });
            put_off.await?;
            Ok(Ended::NotYet)
        }
        Err(NotEnded::Failed(error)) => Err(error),
    }
}

/// The portal was connected again while HubSpot was told to uninstall the app, which may have ended
/// the new grant as well: that is seen now, not when its token runs out.
async fn see_what_is_left(app: &HubspotApp, portal: PortalId) {
    let portal_id = portal.0;
    match app.tokens.refresh_ahead(portal).await {
        Ok(()) => log::info!(portal_id; "connected again while the app was being uninstalled"),
        Err(error) => {
            log::warn!(portal_id; "connected again while the app was being uninstalled: {error}");
        }
    }
}

/// Why nothing was ended.
enum NotEnded {
    /// This attempt no longer counts.
    Overtaken,
    /// The same, and HubSpot was told to uninstall the app when it still did.
    OvertakenOnTheWire,
    /// Worth another try.
    NotNow(String),
    /// The database failed.
    Failed(StoreError),
}

impl From<StoreError> for NotEnded {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

async fn try_to_end(app: &HubspotApp, attempt: Claimed) -> Result<Ended, NotEnded> {
    let portal = attempt.portal;
    let row = read(&app.store, move |conn| {
        find(conn, portal, CredentialKind::Oauth)
    });
    let row = row.await?;
    let row = row.filter(|row| row.status == CredentialStatus::Retired);
    let (Some(row), Some(consent)) = (row, app.consent.as_ref()) else {
        let why = "HUBSPOT_CLIENT_ID is not set, so no grant can be ended";
        let is_current = still_counts(app, attempt).await?;
        return Err(match is_current {
            true => not_now(why),
            false => NotEnded::Overtaken,
        });
    };
    let ending = Ending {
        app,
        consent,
        attempt,
    };
    ending.end(&row).await
}

async fn still_counts(app: &HubspotApp, attempt: Claimed) -> Result<bool, StoreError> {
    read(&app.store, move |conn| {
        unfinished_disconnects::is_current(conn, attempt)
    })
    .await
}

struct Ending<'a> {
    app: &'a HubspotApp,
    consent: &'a Consent,
    attempt: Claimed,
}

/// What came of the wish to uninstall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Uninstalling {
    Done,
    /// HubSpot refuses, for a reason that another try will not change.
    Refused,
    /// The token is too old.
    Expired,
}

/// A grant, and what fetches its next token.
struct Tokens {
    access: SecretString,
    refresh: SecretString,
}

impl Ending<'_> {
    async fn end(&self, row: &CredentialRow) -> Result<Ended, NotEnded> {
        let access = open_access_token(&self.app.keyring, row).map_err(not_now)?;
        let refresh = open_refresh_token(&self.app.keyring, row).map_err(not_now)?;
        let refresh = refresh.ok_or_else(|| not_now("the credential has no refresh token"))?;
        let mut tokens = Tokens { access, refresh };
        let is_old = row.remaining().is_some_and(|left| left.as_millis() <= 0);
        let mut uninstalling = match is_old {
            true => Uninstalling::Expired,
            false => self.uninstall(&tokens.access).await?,
        };
        if uninstalling == Uninstalling::Expired {
            match self.refresh(row, &tokens.refresh).await? {
                Some(newer) => tokens = newer,
                // HubSpot's word that the grant is dead already.
                None => return Ok(Ended::Revoked),
            }
            uninstalling = self.uninstall(&tokens.access).await?;
        }
        // What was told is done; the grant of a portal that was connected meanwhile is another one.
        if !still_counts(self.app, self.attempt).await? {
            return Err(NotEnded::OvertakenOnTheWire);
        }
        let revoked = self.consent.oauth.revoke(&tokens.refresh).await;
        match (uninstalling, revoked) {
            // An app that is not installed has no grant.
            (Uninstalling::Done, Ok(()) | Err(_)) => Ok(Ended::Uninstalled),
            (
                Uninstalling::Refused | Uninstalling::Expired,
                Ok(()) | Err(OAuthError::Revoked(_)),
            ) => Ok(Ended::Revoked),
            (Uninstalling::Refused | Uninstalling::Expired, Err(error)) => Err(not_now(error)),
        }
    }

    async fn uninstall(&self, token: &SecretString) -> Result<Uninstalling, NotEnded> {
        // Connected again meanwhile: then it is the new connection that would end.
        if !still_counts(self.app, self.attempt).await? {
            return Err(NotEnded::Overtaken);
        }
        let call = Call {
            portal: Some(self.attempt.portal),
            token,
            lane: Lane::LookUps,
        };
        match self.app.api.send(call, &uninstall::uninstall()).await {
            Ok(()) => Ok(Uninstalling::Done),
            Err(HubSpotError::Unauthorized { expired: true, .. }) => Ok(Uninstalling::Expired),
            Err(
                error @ (HubSpotError::Unauthorized { expired: false, .. }
                | HubSpotError::MissingScopes { .. }
                | HubSpotError::NotFound(_)
                | HubSpotError::Refused(_)),
            ) => {
                let portal_id = self.attempt.portal.0;
                log::warn!(portal_id; "the app could not be uninstalled in HubSpot: {error}");
                Ok(Uninstalling::Refused)
            }
            Err(
                error @ (HubSpotError::RateLimited { .. }
                | HubSpotError::Migrating { .. }
                | HubSpotError::Unavailable { .. }
                | HubSpotError::Unreadable { .. }),
            ) => Err(not_now(error)),
        }
    }

    /// A token that counts, kept before it is used; none: the grant is dead.
    async fn refresh(
        &self,
        row: &CredentialRow,
        refresh: &SecretString,
    ) -> Result<Option<Tokens>, NotEnded> {
        if !still_counts(self.app, self.attempt).await? {
            return Err(NotEnded::Overtaken);
        }
        let redirect_uri = row.redirect_uri.as_deref().unwrap_or_default();
        let grant = match self.consent.oauth.refresh(refresh, redirect_uri).await {
            Ok(grant) => grant,
            Err(OAuthError::Revoked(_)) => return Ok(None),
            Err(error) => return Err(not_now(error)),
        };
        let refreshed = seal_refreshed(&self.app.keyring, row.portal, &grant).map_err(not_now)?;
        let attempt = self.attempt;
        let kept = read(&self.app.store, move |conn| {
            unfinished_disconnects::keep_refreshed(conn, attempt, &refreshed)
        });
        match kept.await? {
            true => Ok(Some(Tokens {
                access: grant.access_token,
                refresh: grant.refresh_token,
            })),
            false => Err(NotEnded::Overtaken),
        }
    }
}

fn not_now(why: impl ToString) -> NotEnded {
    NotEnded::NotNow(why.to_string())
}
