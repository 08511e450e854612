//! Signing in to the console: by the admin's password or a link that works once; and whose a
//! session is. Sessions are rows, so every replica knows them.

use super::check_password::PasswordCheck;
use super::new_secret::{new_secret, sha256};
use crate::domain::time::Span;
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use crate::store::sign_in_failures::{self, Limits, Reserved};
use crate::store::{one_time_links, sessions};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How long a session may last.
pub const LONGEST_SESSION: Span = Span::from_days(7);
/// How long a session may be idle.
pub const LONGEST_IDLE: Span = Span::from_hours(12);
/// Five wrong passwords from one client in a quarter of an hour; a limit over all clients, so
/// that many addresses do not help a guesser.
const LIMITS: Limits = Limits {
    window: Span::from_minutes(15),
    of_client: 5,
    of_all: 100,
};
/// Passwords checked at the same time: each takes 19 MiB and a core.
const CHECKS_AT_ONCE: usize = 2;
/// There is one admin.
const ADMIN_NAME: &str = "admin";

/// The door of the console.
pub struct SignIn {
    store: Arc<Store>,
    password: Option<PasswordCheck>,
    checks: Semaphore,
}

/// How an attempt ended.
pub enum Attempt {
    /// Signed in: the token of the new session.
    SignedIn(SecretString),
    /// It was not the password.
    WrongPassword,
    /// Too many wrong ones lately; this one was not looked at.
    TooMany {
        /// When to try again.
        wait: Span,
    },
    /// The settings have no password.
    NoPasswordSet,
}

impl SignIn {
    /// A door with this password; without one only links open it.
    pub fn new(store: Arc<Store>, password: Option<PasswordCheck>) -> Self {
        Self {
            store,
            password,
            checks: Semaphore::new(CHECKS_AT_ONCE),
        }
    }

    /// True if somebody can sign in by password.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// Checks what somebody typed. The attempt counts as failed from before it is looked at until
    /// it proves right, so that many at once are no way around the limit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn with_password(
        &self,
        typed: SecretString,
        client: &str,
    ) -> Result<Attempt, StoreError> {
        let Some(password) = self.password.clone() else {
            return Ok(Attempt::NoPasswordSet);
        };
        let client: [u8; 32] = Sha256::digest(client.as_bytes()).into();
        let reserved = read(&self.store, move |conn| {
            sign_in_failures::reserve(conn, &client, &LIMITS)
        });
        if let Reserved::TooMany { wait } = reserved.await? {
            log::warn!("refused to look at a password: too many wrong ones lately");
            return Ok(Attempt::TooMany { wait });
        }

        let failed = |error: &dyn std::fmt::Display| StoreError::Unexpected(error.to_string());
        let permit = self.checks.acquire().await;
        let permit = permit.map_err(|error| failed(&error))?;
        let check = tokio::task::spawn_blocking(move || password.fits(&typed));
        let fits = check.await.map_err(|error| failed(&error))?;
        drop(permit);
        if !fits {
            log::warn!("refused a wrong admin password");
            return Ok(Attempt::WrongPassword);
        }
        read(&self.store, move |conn| {
            sign_in_failures::forgive(conn, &client)
        })
        .await?;
        Ok(Attempt::SignedIn(self.begin().await?))
    }

    /// Uses a link up. None: it is unknown, used or too old.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn with_link(&self, link: &SecretString) -> Result<Option<SecretString>, StoreError> {
        let link = sha256(link);
        let consumed = read(&self.store, move |conn| {
            one_time_links::consume(conn, &link)
        });
        if consumed.await? {
            Ok(Some(self.begin().await?))
        } else {
            Ok(None)
        }
    }

    /// Whose session this is; none: nobody's, or it has ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn whose(&self, session: &SecretString) -> Result<Option<String>, StoreError> {
        let key = self.key_of(session);
        let found = read(&self.store, move |conn| {
            sessions::visit(conn, &key, LONGEST_IDLE)
        });
        Ok(found.await?.map(|found| found.admin_name))
    }

    /// Signs out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end(&self, session: &SecretString) -> Result<(), StoreError> {
        let key = self.key_of(session);
        read(&self.store, move |conn| sessions::delete(conn, &key)).await?;
        Ok(())
    }

    async fn begin(&self) -> Result<SecretString, StoreError> {
        let session = new_secret();
        let key = self.key_of(&session);
        read(&self.store, move |conn| {
            sessions::insert(conn, &key, ADMIN_NAME, LONGEST_SESSION)
        })
        .await?;
        Ok(session)
    }

    /// Under what the database knows a session. It hangs on the password, so that a new password
    /// ends the sessions of the old one.
    fn key_of(&self, session: &SecretString) -> [u8; 32] {
        let fingerprint = self
            .password
            .as_ref()
            .map_or(&[0; 32], PasswordCheck::fingerprint);
        let mac = Hmac::<Sha256>::new_from_slice(fingerprint);
        // HMAC takes keys of any length, so there is always a code.
        let code = mac.map(|mac| mac.chain_update(session.expose_secret()).finalize());
        code.map(|code| code.into_bytes().into())
            .unwrap_or_default()
    }
}

/// Makes a link's secret part, which signs in once within its time.
///
/// # Errors
/// Those of the database.
pub async fn issue_link(store: &Arc<Store>, lasts: Span) -> Result<SecretString, StoreError> {
    let link = new_secret();
    let key = sha256(&link);
    read(store, move |conn| one_time_links::insert(conn, &key, lasts)).await?;
    Ok(link)
}
