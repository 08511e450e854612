//! Whether a request really comes from HubSpot, decided from its raw bytes before any is parsed.
//!
//! HubSpot signs with the app's client secret (page "Validating requests", read 2026-11-22):
//!
//! | | header | over | how |
//! |---|---|---|---|
//! | v2 | `X-HubSpot-Signature` | secret, method, URI, body | SHA-256, lower-case hex |
//! | v3 | `X-HubSpot-Signature-v3` | method, decoded URI, body, timestamp | HMAC-SHA256, base64 |
//!
//! When a v3 header is there, only v3 counts. v1 (secret and body) is accepted for webhooks alone,
//! and only by a setting: it fits any address and never grows old.
//! No `Host` or `X-Forwarded-*` header has a say: the URI is the configured public URL with the
//! received path. Those headers serve only to explain a refusal.
//!
//! The parts are joined without separators, so a signature also fits a request whose URL and body
//! are cut elsewhere. A body can not slide into the URL (`verify` refuses a raw `{` or `[` there);
//! a URL can slide into the body, which then is no longer JSON.

mod decode;
pub mod diagnose;
pub mod headers;
mod proof;
pub mod public_url;
pub mod refusal;
pub mod secrets;
mod v2;
mod v3;
pub mod verify;
pub mod version;
