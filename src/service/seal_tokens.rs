//! Between tokens in the clear and rows of `credentials`: each token is sealed for, and opened
//! from, exactly one portal, kind and column.

use crate::domain::credential::CredentialKind;
use crate::domain::ids::PortalId;
use crate::domain::time::Span;
use crate::encryption::binding::{Binding, TokenColumn};
use crate::encryption::keyring::{Keyring, OpenError, SealError};
use crate::encryption::sealed::Sealed;
use crate::hubspot::oauth::grant::Grant;
use crate::store::credentials::claim::Refreshed;
use crate::store::credentials::grant::{NewGrant, NewTokens};
use crate::store::credentials::row::CredentialRow;
use secrecy::SecretString;
use std::time::Duration;

/// What HubSpot granted to a portal through the consent screen, and what it does not say itself.
pub struct Granted<'a> {
    /// Whose it is.
    pub portal: PortalId,
    /// The tokens.
    pub grant: &'a Grant,
    /// The redirect URI it was made with.
    pub redirect_uri: &'a str,
    /// The scopes that were granted, as introspection told them.
    pub scopes: Vec<String>,
    /// HubSpot's user who granted them.
    pub hubspot_user_id: Option<i64>,
    /// How long a private app's token that this one replaces is kept.
    pub rollback_window: Span,
}

/// A private app's token that an admin pasted.
pub struct Pasted<'a> {
    /// Whose it is.
    pub portal: PortalId,
    /// The token.
    pub token: &'a SecretString,
    /// What it may do.
    pub scopes: Vec<String>,
    /// HubSpot's user who made it.
    pub hubspot_user_id: Option<i64>,
    /// How long a grant that this token replaces is kept.
    pub rollback_window: Span,
}

/// A row's tokens under the newest key.
pub struct SealedTokens {
    /// For calls.
    pub access_token: Sealed,
    /// For the next one.
    pub refresh_token: Option<Sealed>,
}

/// Encrypts a grant for its row.
///
/// # Errors
/// [`SealError`], in theory.
pub fn seal_grant(keyring: &Keyring, granted: Granted<'_>) -> Result<NewGrant, SealError> {
    let place = |column| place(granted.portal, CredentialKind::Oauth, column);
    let grant = granted.grant;
    let access = keyring.seal(&place(TokenColumn::AccessToken), &grant.access_token)?;
    let refresh = keyring.seal(&place(TokenColumn::RefreshToken), &grant.refresh_token)?;
    Ok(NewGrant {
        portal: granted.portal,
        tokens: NewTokens::Oauth {
            refresh_token: refresh.bytes,
            redirect_uri: granted.redirect_uri.to_owned(),
            expires_in: span(grant.expires_in),
        },
        key_id: access.key_id,
        access_token: access.bytes,
        scopes: granted.scopes,
        hubspot_user_id: granted.hubspot_user_id,
        rollback_window: granted.rollback_window,
    })
}

/// Encrypts a private app's token for its row.
///
/// # Errors
/// [`SealError`], in theory.
pub fn seal_pasted(keyring: &Keyring, pasted: Pasted<'_>) -> Result<NewGrant, SealError> {
    let column = TokenColumn::AccessToken;
    let place = place(pasted.portal, CredentialKind::PrivateApp, column);
    let access = keyring.seal(&place, pasted.token)?;
    Ok(NewGrant {
        portal: pasted.portal,
        tokens: NewTokens::PrivateApp,
        key_id: access.key_id,
        access_token: access.bytes,
        scopes: pasted.scopes,
        hubspot_user_id: pasted.hubspot_user_id,
        rollback_window: pasted.rollback_window,
    })
}

/// Encrypts what a refresh brought.
///
/// # Errors
/// [`SealError`], in theory.
pub fn seal_refreshed(
    keyring: &Keyring,
    portal: PortalId,
    grant: &Grant,
) -> Result<Refreshed, SealError> {
    let place = |column| place(portal, CredentialKind::Oauth, column);
    let access = keyring.seal(&place(TokenColumn::AccessToken), &grant.access_token)?;
    let refresh = keyring.seal(&place(TokenColumn::RefreshToken), &grant.refresh_token)?;
    Ok(Refreshed {
        key_id: access.key_id,
        access_token: access.bytes,
        refresh_token: refresh.bytes,
        expires_in: span(grant.expires_in),
        scopes: grant.scopes.clone(),
    })
}

/// Decrypts a row's token for calls.
///
/// # Errors
/// See [`OpenError`].
pub fn open_access_token(
    keyring: &Keyring,
    row: &CredentialRow,
) -> Result<SecretString, OpenError> {
    let place = place(row.portal, row.kind, TokenColumn::AccessToken);
    keyring.open(&place, &row.access_token)
}

/// Decrypts a row's refresh token; private apps have none.
///
/// # Errors
/// See [`OpenError`].
pub fn open_refresh_token(
    keyring: &Keyring,
    row: &CredentialRow,
) -> Result<Option<SecretString>, OpenError> {
    let place = place(row.portal, row.kind, TokenColumn::RefreshToken);
    let sealed = row.refresh_token.as_ref();
    sealed
        .map(|sealed| keyring.open(&place, sealed))
        .transpose()
}

/// Encrypts a row's tokens anew, with the newest key.
///
/// # Errors
/// See [`OpenError`].
pub fn seal_again(keyring: &Keyring, row: &CredentialRow) -> Result<SealedTokens, ResealError> {
    let seal =
        |column, plain: &SecretString| keyring.seal(&place(row.portal, row.kind, column), plain);
    let access = open_access_token(keyring, row)?;
    let refresh = open_refresh_token(keyring, row)?;
    Ok(SealedTokens {
        access_token: seal(TokenColumn::AccessToken, &access)?,
        refresh_token: refresh
            .map(|refresh| seal(TokenColumn::RefreshToken, &refresh))
            .transpose()?,
    })
}

/// Tokens that could not be put under another key.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ResealError {
    /// They do not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// They could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

fn place(portal: PortalId, kind: CredentialKind, column: TokenColumn) -> Binding {
    Binding {
        portal,
        kind,
        column,
    }
}

fn span(duration: Duration) -> Span {
    Span::from_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}
