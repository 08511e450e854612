//! The state of the simulated HubSpot, all of it behind one lock.

use super::account::Account;
use super::api_error::ApiError;
use super::app::App;
use super::call::{Call, Fields};
use super::conversations::message_json::Names;
use super::desk::records::Desk;
use super::desk::thread::Thread;
use super::exchanges::Exchanges;
use super::fault::Faults;
use super::grant::Grants;
use super::options::{HubSpotOptions, Rotation};
use super::rate_limit::RateLimits;
use super::request_log::RequestLog;
use super::webhooks::queue::Webhooks;
use super::workflows::state::Workflows;
use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

pub(super) struct World {
    pub(super) app: App,
    pub(super) accounts: BTreeMap<PortalId, Account>,
    pub(super) access_token_lifetime: Duration,
    pub(super) code_lifetime: Duration,
    pub(super) rotation: Rotation,
    /// Stands in every token and code.
    pub(super) token_mark: &'static str,
    pub(super) grants: Grants,
    pub(super) limits: RateLimits,
    pub(super) faults: Faults,
    pub(super) log: RequestLog,
    pub(super) exchanges: Exchanges,
    pub(super) desks: BTreeMap<PortalId, Desk>,
    pub(super) webhooks: Webhooks,
    pub(super) workflows: Workflows,
}

impl World {
    pub(super) fn new(options: &HubSpotOptions, now: DateTime<Utc>, wake: Arc<Notify>) -> Self {
        let accounts = options.accounts.iter().cloned();
        let desks = options.accounts.iter();
        let desks = desks.map(|account| {
            (
                account.portal,
                Desk::of(account, options.numbered_before, now),
            )
        });
        Self {
            app: options.app.clone(),
            accounts: accounts.map(|account| (account.portal, account)).collect(),
            access_token_lifetime: options.access_token_lifetime,
            code_lifetime: options.code_lifetime,
            rotation: options.rotation,
            token_mark: options.token_mark,
            grants: Grants::default(),
            limits: RateLimits::new(options.rate_limit),
            faults: Faults::default(),
            log: RequestLog::default(),
            exchanges: Exchanges::default(),
            desks: desks.collect(),
            webhooks: Webhooks::new(wake),
            workflows: Workflows::new(options, now),
        }
    }

    /// The desk of a caller's account.
    pub(super) fn desk(&mut self, portal: PortalId) -> Result<&mut Desk, ApiError> {
        let desk = self.desks.get_mut(&portal);
        desk.ok_or_else(ApiError::unauthenticated)
    }

    /// Whose names a conversation's history shows.
    pub(super) fn names(&self, portal: PortalId, thread: &Thread) -> Result<Names<'_>, ApiError> {
        let account = self.accounts.get(&portal);
        let desk = self.desks.get(&portal);
        Ok(Names {
            account: account.ok_or_else(ApiError::unauthenticated)?,
            contact: desk.and_then(|desk| desk.contact(thread.contact)),
        })
    }

    /// The account a request is about, as far as its credentials tell.
    pub(super) fn portal_of(&self, call: &Call) -> Option<PortalId> {
        let named = |fields: &Fields| {
            ["refresh_token", "code", "token"]
                .iter()
                .find_map(|name| self.grants.portal_of(fields.get(name)?))
        };
        match call.bearer() {
            Some(token) => self.grants.portal_of(token).or_else(|| {
                let account = self.account_of_private_app(token)?;
                Some(account.portal)
            }),
            None => call.form().ok().as_ref().and_then(named),
        }
    }

    /// The account whose private app has this token.
    pub(super) fn account_of_private_app(&self, token: &str) -> Option<&Account> {
        self.accounts.values().find(|account| {
            let app = account.private_app.as_ref();
            app.is_some_and(|app| app.token.expose_secret() == token)
        })
    }
}
