//! Secrets the simulated HubSpot hands out, and how it remembers them: by their digest alone.

use super::account::Hublet;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// HubSpot asks apps to leave room for 512 characters; these make 340.
const ACCESS_TOKEN_BYTES: usize = 255;

/// The SHA-256 of a secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a secret that was sent.
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }
}

/// A new access token.
pub(super) fn access_token(hublet: Hublet, mark: &str) -> String {
    let random: [u8; ACCESS_TOKEN_BYTES] = rand::random();
    format!("{}-{mark}{}", hublet.name(), URL_SAFE_NO_PAD.encode(random))
}

/// A new refresh token or authorization code.
pub(super) fn short_secret(hublet: Hublet, mark: &str) -> String {
    format!("{}-{mark}{}", hublet.name(), Uuid::new_v4())
}
