//! The API keys that exist from the start. More are made with `baton keys` or the API.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::table;
use crate::domain::ids::PortalId;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;

/// Below this a key could be guessed.
const MIN_CHARACTERS: usize = 16;

/// One key, as `SECRET`, `SECRET@PORTAL`, `SECRET:admin` or `SECRET@PORTAL:admin`.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// What the caller sends as its bearer token.
    pub secret: SecretString,
    /// The only portal it may see; `None`: every portal.
    pub portal: Option<PortalId>,
    /// What it may do.
    pub role: ApiKeyRole,
}

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyRole {
    /// The AI platform: read, control and reply.
    Ai,
    /// Everything but leasing HubSpot tokens.
    Admin,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Vec<ApiKey>, Recorded> {
    Ok(reader
        .optional(&table::API_KEYS, api_keys)?
        .unwrap_or_default())
}

fn api_keys(text: &str) -> Result<Vec<ApiKey>, Expected> {
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, entry) in text.split(',').enumerate() {
        // The entry itself is a secret, so its place says which one is meant.
        let at = |expected| Expected::new(format!("{expected} (entry {})", index + 1));
        let key = api_key(entry.trim()).map_err(at)?;
        if !seen.insert(key.secret.expose_secret().to_owned()) {
            return Err(at("every key only once"));
        }
        keys.push(key);
    }
    Ok(keys)
}

fn api_key(entry: &str) -> Result<ApiKey, &'static str> {
    let (entry, role) = match entry.split_once(':') {
        None => (entry, ApiKeyRole::Ai),
        Some((rest, "admin")) => (rest, ApiKeyRole::Admin),
        Some(_) => return Err("nothing or :admin after a key"),
    };
    let (secret, portal) = match entry.split_once('@') {
        None => (entry, None),
        Some((secret, portal)) => (secret, Some(portal)),
    };
    let portal = portal
        .map(str::parse)
        .transpose()
        .map_err(|_| "a portal's id after @")?;
    // What a bearer token may be made of: RFC 6750, section 2.1.
    if !secret
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
    {
        return Err("keys of letters, digits and -._~+/=");
    }
    if secret.len() < MIN_CHARACTERS {
        return Err("keys of 16 characters or more");
    }
    Ok(ApiKey {
        secret: SecretString::from(secret),
        portal,
        role,
    })
}
