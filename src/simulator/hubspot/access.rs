//! Access tokens: issued, looked up, expired and taken away.

use super::clock::after;
use super::grant::{AccessToken, Grant, GrantId};
use super::oauth_error::OAuthError;
use super::token::{self, Fingerprint};
use super::world::World;
use crate::domain::ids::PortalId;
use chrono::{DateTime, TimeDelta, Utc};

/// Once there are more, those that expired long ago are forgotten.
const TOKENS_BEFORE_FORGETTING: usize = 10_000;
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);

/// What the token endpoint hands out.
pub(super) struct Issued {
    pub(super) access_token: String,
    pub(super) refresh_token: String,
    pub(super) expires_in: u64,
    pub(super) grant: Grant,
}

impl World {
    /// An access token of this grant.
    pub(super) fn issue_access_token(
        &mut self,
        id: GrantId,
        refresh_token: String,
        now: DateTime<Utc>,
    ) -> Result<Issued, OAuthError> {
        let grant = self.grants.grants.get_mut(&id).ok_or(OAuthError::BadHub)?;
        let account = self.accounts.get(&grant.portal).ok_or(OAuthError::BadHub)?;
        let access_token = token::access_token(account.hublet, self.token_mark);
        let fingerprint = Fingerprint::of(&access_token);
        grant.newest = Some(fingerprint);
        let issued = Issued {
            access_token,
            refresh_token,
            expires_in: self.access_token_lifetime.as_secs(),
            grant: grant.clone(),
        };
        let tokens = &mut self.grants.access_tokens;
        if tokens.len() >= TOKENS_BEFORE_FORGETTING {
            tokens.retain(|_, token| now - token.expires_at < FORGOTTEN_AFTER);
        }
        let token = AccessToken {
            grant: id,
            issued_at: now,
            expires_at: after(now, self.access_token_lifetime),
            is_revoked: false,
        };
        tokens.insert(fingerprint, token);
        Ok(issued)
    }

    /// A token that was issued and not taken away, with its grant; it may have expired.
    pub(super) fn access_token(&self, token: &str) -> Option<(&AccessToken, &Grant)> {
        let token = self.grants.access_tokens.get(&Fingerprint::of(token))?;
        let grant = self.grants.grants.get(&token.grant)?;
        let is_alive = !token.is_revoked && !grant.has_ended;
        (is_alive && self.accounts.contains_key(&grant.portal)).then_some((token, grant))
    }

    /// A refresh token that works, as its grant.
    pub(super) fn refresh_token(&self, token: &str) -> Option<&Grant> {
        let token = self.grants.refresh_tokens.get(&Fingerprint::of(token))?;
        let grant = self.grants.grants.get(&token.grant)?;
        let is_alive = !token.is_revoked && !grant.has_ended;
        (is_alive && self.accounts.contains_key(&grant.portal)).then_some(grant)
    }

    /// How many access tokens of an account work now.
    pub(super) fn live_access_tokens(&self, portal: PortalId, now: DateTime<Utc>) -> usize {
        let tokens = self.grants.access_tokens.values();
        let works = |token: &&AccessToken| {
            !token.is_revoked && token.expires_at > now && self.is_in_force(portal, token.grant)
        };
        tokens.filter(works).count()
    }

    /// How many refresh tokens of an account work.
    pub(super) fn live_refresh_tokens(&self, portal: PortalId) -> usize {
        let tokens = self.grants.refresh_tokens.values();
        let works = tokens.filter(|token| !token.is_revoked);
        works
            .filter(|token| self.is_in_force(portal, token.grant))
            .count()
    }

    fn is_in_force(&self, portal: PortalId, grant: GrantId) -> bool {
        let grant = self.grants.grants.get(&grant);
        grant.is_some_and(|grant| grant.portal == portal && !grant.has_ended)
    }

    /// Lets every access token of an account expire now. Answers how many.
    pub(super) fn expire_access_tokens(&mut self, portal: PortalId, now: DateTime<Utc>) -> usize {
        let grants = &self.grants.grants;
        let is_its = |id: &GrantId| grants.get(id).is_some_and(|grant| grant.portal == portal);
        let tokens = self.grants.access_tokens.values_mut();
        let live = tokens.filter(|token| token.expires_at > now && is_its(&token.grant));
        live.map(|token| token.expires_at = now).count()
    }

    /// Takes every refresh token of an account away; access tokens live on until they expire.
    pub(super) fn revoke_refresh_tokens(&mut self, portal: PortalId) -> usize {
        let grants = &self.grants.grants;
        let is_its = |id: &GrantId| grants.get(id).is_some_and(|grant| grant.portal == portal);
        let tokens = self.grants.refresh_tokens.values_mut();
        let live = tokens.filter(|token| !token.is_revoked && is_its(&token.grant));
        live.map(|token| token.is_revoked = true).count()
    }

    /// Removes the app from an account, and with it every token. `false` if it was not there.
    pub(super) fn uninstall(&mut self, portal: PortalId) -> bool {
        let its = self.grants.grants.values_mut();
        for grant in its.filter(|grant| grant.portal == portal) {
            grant.has_ended = true;
        }
        self.grants.installations.remove(&portal).is_some()
    }
}
