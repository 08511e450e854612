//! A signature taken from its header, ready to be held against the request under some secret.

use super::verify::SignedRequest;
use super::{decode, v2, v3};
use secrecy::SecretString;

/// What a header claims about a request.
pub(super) enum Proof<'a> {
    /// Accepted for webhooks by a setting; elsewhere tried only so that a refusal can name it.
    V1([u8; 32]),
    V2([u8; 32]),
    V3 {
        code: [u8; 32],
        timestamp: &'a str,
    },
}

impl Proof<'_> {
    /// Whether the request, called under this URL, was signed with this secret.
    pub fn fits(&self, request: &SignedRequest<'_>, url: &str, secret: &SecretString) -> bool {
        let method = request.method.as_bytes();
        match self {
            Self::V1(hash) => v2::fits(hash, secret, &[request.body]),
            Self::V2(hash) => v2::fits(hash, secret, &[method, url.as_bytes(), request.body]),
            Self::V3 { code, timestamp } => {
                let url = decode::decode(url);
                let parts = [method, url.as_bytes(), request.body, timestamp.as_bytes()];
                v3::fits(code, secret, &parts)
            }
        }
    }
}
