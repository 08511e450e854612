//! New access tokens for a refresh token.

use super::access::Issued;
use super::exchanges::Newest;
use super::grant::{Grant, GrantId, RefreshToken};
use super::oauth_error::OAuthError;
use super::options::Rotation;
use super::token::{self, Fingerprint};
use super::world::World;
use chrono::{DateTime, Utc};

impl World {
    /// A new access token, and a new refresh token if they rotate. A redirect URL is optional
    /// here, but a wrong one is refused.
    pub(super) fn refresh(
        &mut self,
        refresh_token: &str,
        redirect_uri: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Issued, OAuthError> {
        let known = self
            .grants
            .refresh_tokens
            .get_mut(&Fingerprint::of(refresh_token));
        let known = known.ok_or(OAuthError::BadRefreshToken)?;
        let id = known.grant;
        let grant = self
            .grants
            .grants
            .get(&id)
            .ok_or(OAuthError::BadRefreshToken)?;
        let portal = grant.portal;
        if !self.accounts.contains_key(&portal) {
            self.exchanges.refuse(portal);
            return Err(OAuthError::BadHub);
        }
        if known.is_revoked || grant.has_ended {
            self.exchanges.refuse(portal);
            return Err(OAuthError::BadRefreshToken);
        }
        if redirect_uri.is_some_and(|sent| sent != grant.redirect_uri) {
            self.exchanges.refuse(portal);
            return Err(OAuthError::BadRedirectUri);
        }
        known.is_revoked = self.rotation == Rotation::Rotates;
        let newest = self.newest(grant, now);
        self.exchanges.count_refresh(portal, newest);
        let refresh_token = match self.rotation {
            Rotation::Keeps => refresh_token.to_owned(),
            Rotation::Rotates => self.issue_refresh_token(id)?,
        };
        self.issue_access_token(id, refresh_token, now)
    }

    /// A refresh token of this grant.
    pub(super) fn issue_refresh_token(&mut self, id: GrantId) -> Result<String, OAuthError> {
        let account = self.grants.grants.get(&id).map(|grant| grant.portal);
        let account = account.and_then(|portal| self.accounts.get(&portal));
        let hublet = account.ok_or(OAuthError::BadHub)?.hublet;
        let issued = token::short_secret(hublet, self.token_mark);
        let remembered = RefreshToken {
            grant: id,
            is_revoked: false,
        };
        let tokens = &mut self.grants.refresh_tokens;
        tokens.insert(Fingerprint::of(&issued), remembered);
        Ok(issued)
    }

    /// Whether anybody needed the refresh that is asked for.
    fn newest(&self, grant: &Grant, now: DateTime<Utc>) -> Newest {
        let newest = grant
            .newest
            .and_then(|it| self.grants.access_tokens.get(&it));
        let is_young = newest.is_some_and(|it| {
            let left = it.expires_at - now;
            left > (it.expires_at - it.issued_at) / 2
        });
        if is_young { Newest::Young } else { Newest::Due }
    }
}
