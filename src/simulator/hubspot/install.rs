//! From a consent to the first tokens.

use super::access::Issued;
use super::clock::after;
use super::grant::{Code, Grant, Installation};
use super::oauth_error::OAuthError;
use super::scope;
use super::token::{self, Fingerprint};
use super::world::World;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What a user of an account agreed to.
pub(super) struct Consent {
    pub(super) portal: PortalId,
    pub(super) user: i64,
    pub(super) scopes: Vec<String>,
    pub(super) redirect_uri: String,
}

impl World {
    /// A code for this consent.
    pub(super) fn issue_code(&mut self, consent: Consent, now: DateTime<Utc>) -> Option<String> {
        let hublet = self.accounts.get(&consent.portal)?.hublet;
        let grant = self.grants.add(Grant {
            portal: consent.portal,
            user: consent.user,
            scopes: consent.scopes,
            redirect_uri: consent.redirect_uri,
            has_ended: false,
            newest: None,
        });
        let code = token::short_secret(hublet, self.token_mark);
        let issued = Code {
            grant,
            issued_at: now,
            is_used: false,
        };
        self.grants.codes.insert(Fingerprint::of(&code), issued);
        Some(code)
    }

    /// A code for an install that began in HubSpot's marketplace, by the account's super admin.
    pub(super) fn marketplace_code(
        &mut self,
        redirect_uri: &str,
        portal: PortalId,
        now: DateTime<Utc>,
    ) -> Option<String> {
        let account = self.accounts.get(&portal)?;
        let required = self.app.required_scopes.iter();
        let conditional = self.app.conditionally_required_scopes.iter();
        let all = required.chain(conditional).chain(&self.app.optional_scopes);
        let had = all.filter(|scope| scope::tier_of(scope) <= account.tier);
        let consent = Consent {
            portal,
            user: account.super_admin()?.id,
            scopes: had.map(|&scope| scope.to_owned()).collect(),
            redirect_uri: redirect_uri.to_owned(),
        };
        self.issue_code(consent, now)
    }

    /// Tokens for a code: once, soon, and for the redirect URL the code was sent to. The first
    /// exchange is what makes the app installed.
    pub(super) fn exchange_code(
        &mut self,
        code: &str,
        redirect_uri: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Issued, OAuthError> {
        let lifetime = self.code_lifetime;
        let code = self.grants.codes.get_mut(&Fingerprint::of(code));
        let code = code.ok_or(OAuthError::BadAuthCode)?;
        let id = code.grant;
        let grant = self.grants.grants.get(&id).ok_or(OAuthError::BadAuthCode)?;
        let portal = grant.portal;
        if code.is_used || after(code.issued_at, lifetime) <= now {
            self.exchanges.refuse(portal);
            return Err(OAuthError::BadAuthCode);
        }
        if redirect_uri != Some(grant.redirect_uri.as_str()) {
            self.exchanges.refuse(portal);
            return Err(OAuthError::BadRedirectUri);
        }
        if !self.accounts.contains_key(&portal) {
            return Err(OAuthError::BadHub);
        }
        code.is_used = true;
        let installation = self.grants.installations.get(&portal);
        let installation = Installation {
            id: installation.map_or_else(|| Uuid::new_v4().to_string(), |known| known.id.clone()),
            user: grant.user,
            scopes: grant.scopes.clone(),
            installed_at: installation.map_or(now, |known| known.installed_at),
        };
        self.grants.installations.insert(portal, installation);
        self.exchanges.count_code(portal);
        let refresh_token = self.issue_refresh_token(id)?;
        self.issue_access_token(id, refresh_token, now)
    }
}
