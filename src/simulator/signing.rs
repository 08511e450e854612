//! Signs requests as HubSpot does, in the three versions it has used.
//! <https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Carries a v1 or v2 signature.
pub const SIGNATURE: &str = "x-hubspot-signature";
/// Says which of the two it is.
pub const SIGNATURE_VERSION: &str = "x-hubspot-signature-version";
/// Carries a v3 signature.
pub const SIGNATURE_V3: &str = "x-hubspot-signature-v3";
/// The time that the v3 signature covers, in milliseconds since 1970.
pub const TIMESTAMP: &str = "x-hubspot-request-timestamp";

/// Which signatures a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Versions {
    /// Only v1, as HubSpot documents it for webhooks.
    V1,
    /// Only v2, as HubSpot documents it for workflow actions.
    V2,
    /// Only v3 with its timestamp.
    V3,
    /// v3 beside v2, as HubSpot sends to apps that use OAuth.
    Both,
}

/// Signs requests to one address. The secret's part and the address are hashed once, so that a
/// load generator pays for the body only.
#[derive(Clone)]
pub struct UrlSigner {
    v1: Sha256,
    v2: Sha256,
    v3: Hmac<Sha256>,
}

impl UrlSigner {
    /// Prepares signatures of requests with this method to this full address.
    pub fn new(secret: &SecretString, method: &str, url: &str) -> Self {
        let secret = secret.expose_secret().as_bytes();
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let keyed = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes any key");
        Self {
            v1: Sha256::new().chain_update(secret),
            v2: Sha256::new()
                .chain_update(secret)
                .chain_update(method)
                .chain_update(url),
            v3: keyed
                .chain_update(method.as_bytes())
                .chain_update(decoded_for_v3(url).as_bytes()),
        }
    }

    /// SHA-256 over secret and body, in lower-case hex.
    pub fn v1(&self, body: &[u8]) -> String {
        lower_hex(&self.v1.clone().chain_update(body).finalize())
    }

    /// SHA-256 over secret, method, address and body, in lower-case hex.
    pub fn v2(&self, body: &[u8]) -> String {
        lower_hex(&self.v2.clone().chain_update(body).finalize())
    }

    /// HMAC-SHA-256 over method, decoded address, body and time, in base64.
    pub fn v3(&self, body: &[u8], timestamp_ms: i64) -> String {
        let mac = self
            .v3
            .clone()
            .chain_update(body)
            .chain_update(timestamp_ms.to_string().as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    /// The headers of a request with this body sent at this time.
    pub fn headers(
        &self,
        versions: Versions,
        body: &[u8],
        timestamp_ms: i64,
    ) -> Vec<(&'static str, String)> {
        let mut headers = Vec::with_capacity(4);
        if versions == Versions::V1 {
            headers.push((SIGNATURE, self.v1(body)));
            headers.push((SIGNATURE_VERSION, "v1".to_owned()));
        }
        if matches!(versions, Versions::V2 | Versions::Both) {
            headers.push((SIGNATURE, self.v2(body)));
            headers.push((SIGNATURE_VERSION, "v2".to_owned()));
        }
        if matches!(versions, Versions::V3 | Versions::Both) {
            headers.push((SIGNATURE_V3, self.v3(body, timestamp_ms)));
            headers.push((TIMESTAMP, timestamp_ms.to_string()));
        }
        headers
    }
}

/// HubSpot decodes these twelve escapes before it signs, in one pass, and nothing else.
fn decoded_for_v3(url: &str) -> String {
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let (plain, length) = match escape.get(..3) {
            Some("%3A") => (':', 3),
            Some("%2F") => ('/', 3),
            Some("%3F") => ('?', 3),
            Some("%40") => ('@', 3),
            Some("%21") => ('!', 3),
            Some("%24") => ('$', 3),
            Some("%27") => ('\'', 3),
            Some("%28") => ('(', 3),
            Some("%29") => (')', 3),
            Some("%2A") => ('*', 3),
            Some("%2C") => (',', 3),
            Some("%3B") => (';', 3),
            Some(_) | None => ('%', 1),
        };
        decoded.push(plain);
        rest = escape.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

fn lower_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected values were computed with Python's hashlib and hmac.
    const BODY: &str = r#"{"callbackId":"ap-50001-2384000000001-1-0","note":"Grüße, 你好"}"#;
    const URL: &str = "https://baton.example/prefix/hubspot/actions/pause-ai?next=https%3A%2F%2Fx.example%2Fa%20b&q=%3f%2a";
    const SENT_AT: i64 = 1_795_320_000_000;

    fn secret() -> SecretString {
        SecretString::from("demo-client-secret-for-known-answers")
    }

    #[test]
    fn v1_matches_another_program() {
        let expected = "1cf8b729f739dee6a73aec828f5c58cd81b90fafcfd62f21477730627c4d4de1";
        let signer = UrlSigner::new(&secret(), "POST", URL);
        assert_eq!(signer.v1(BODY.as_bytes()), expected);
    }

    #[test]
    fn v2_matches_another_program() {
        let expected = "1909389027ddb67298cdb3656884fe74ee6673fb477a6ffcd408ad519b662510";
        let signer = UrlSigner::new(&secret(), "POST", URL);
        assert_eq!(signer.v2(BODY.as_bytes()), expected);

        let expected = "5b726cff8f9ffdadfc64a23f2dd357ffe01a303e88b8eed33dd528ea863c5cc9";
        let signer = UrlSigner::new(&secret(), "GET", "https://baton.example/");
        assert_eq!(signer.v2(b""), expected);
    }

    #[test]
    fn v3_matches_another_program() {
        let signer = UrlSigner::new(&secret(), "POST", URL);
        let expected = "QeeoUOWkDYwUA6hhAok165YixRJDj21qI3t3dFZz5rE=";
        assert_eq!(signer.v3(BODY.as_bytes(), SENT_AT), expected);
    }

    #[test]
    fn v3_decodes_the_twelve_escapes_once_and_no_others() {
        let twelve = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(decoded_for_v3(twelve), ":/?@!$'()*,;");
        for kept in [
            "%20%22%23%25%26%2B%3D%5B%5D",
            "%3a%2f",
            "%C3%BC",
            "a%",
            "%4",
            "%ü",
            "ü%2",
        ] {
            assert_eq!(decoded_for_v3(kept), kept);
        }
        assert_eq!(decoded_for_v3("%253A"), "%253A");
        assert_eq!(decoded_for_v3("%%3A"), "%:");
    }

    #[test]
    fn a_request_carries_the_headers_of_its_versions() {
        let signer = UrlSigner::new(&secret(), "POST", URL);
        let names = |versions| {
            let headers = signer.headers(versions, BODY.as_bytes(), SENT_AT);
            headers
                .into_iter()
                .map(|(name, _)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Versions::V1), [SIGNATURE, SIGNATURE_VERSION]);
        assert_eq!(names(Versions::V2), [SIGNATURE, SIGNATURE_VERSION]);
        assert_eq!(names(Versions::V3), [SIGNATURE_V3, TIMESTAMP]);
        let all = [SIGNATURE, SIGNATURE_VERSION, SIGNATURE_V3, TIMESTAMP];
        assert_eq!(names(Versions::Both), all);
    }
}
