//! What accounts have granted to the app: installations, codes and tokens, remembered by their
//! fingerprints.

use super::token::Fingerprint;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};

/// One consent, and every token that came of it.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) portal: PortalId,
    pub(super) user: i64,
    pub(super) scopes: Vec<String>,
    pub(super) redirect_uri: String,
    /// Uninstalled: none of its tokens works any more.
    pub(super) has_ended: bool,
    /// The last access token that was issued.
    pub(super) newest: Option<Fingerprint>,
}

/// A consent's number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct GrantId(u64);

/// An authorization code.
pub(super) struct Code {
    pub(super) grant: GrantId,
    pub(super) issued_at: DateTime<Utc>,
    pub(super) is_used: bool,
}

/// A refresh token.
pub(super) struct RefreshToken {
    pub(super) grant: GrantId,
    pub(super) is_revoked: bool,
}

/// An access token.
pub(super) struct AccessToken {
    pub(super) grant: GrantId,
    pub(super) issued_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) is_revoked: bool,
}

/// The app in one account.
pub(super) struct Installation {
    /// HubSpot's `appInstallId`.
    pub(super) id: String,
    pub(super) user: i64,
    pub(super) scopes: Vec<String>,
    pub(super) installed_at: DateTime<Utc>,
}

/// All of it.
#[derive(Default)]
pub(super) struct Grants {
    next: u64,
    pub(super) grants: HashMap<GrantId, Grant>,
    pub(super) codes: HashMap<Fingerprint, Code>,
    pub(super) refresh_tokens: HashMap<Fingerprint, RefreshToken>,
    pub(super) access_tokens: HashMap<Fingerprint, AccessToken>,
    pub(super) installations: BTreeMap<PortalId, Installation>,
}

impl Grants {
    pub(super) fn add(&mut self, grant: Grant) -> GrantId {
        self.next += 1;
        let id = GrantId(self.next);
        self.grants.insert(id, grant);
        id
    }

    /// The account a code or a token of any kind belongs to.
    pub(super) fn portal_of(&self, secret: &str) -> Option<PortalId> {
        let secret = Fingerprint::of(secret);
        let of_access = self.access_tokens.get(&secret).map(|token| token.grant);
        let of_refresh = self.refresh_tokens.get(&secret).map(|token| token.grant);
        let of_code = self.codes.get(&secret).map(|code| code.grant);
        let grant = of_access.or(of_refresh).or(of_code)?;
        Some(self.grants.get(&grant)?.portal)
    }
}
