//! The secrets of the worlds. Each is another, and each holds [`CORE`].

/// What no log, page, metric, error or clear column may hold.
pub const CORE: &str = "kAnArI3nV0gL";

/// The client secret of the app.
pub const CLIENT_SECRET: &str = "client-secret-kAnArI3nV0gL-of-the-app";
/// A key of the role ai for one portal.
pub const AI_KEY: &str = "ai-key-kAnArI3nV0gL-of-the-portal";
/// A key of the role admin for all portals.
pub const ADMIN_KEY: &str = "admin-key-kAnArI3nV0gL-of-all-portals";
/// A key of the role admin for one portal.
pub const PORTAL_ADMIN_KEY: &str = "admin-key-kAnArI3nV0gL-of-one-portal";
/// The admin's password.
pub const PASSWORD: &str = "correct horse kAnArI3nV0gL staple";
/// What tokens are encrypted with.
pub const ENCRYPTION_KEY: &[u8; 32] = b"encryption key kAnArI3nV0gL 32 b";
/// The token of a private app.
pub const PRIVATE_APP_TOKEN: &str = "pat-na1-kAnArI3nV0gL-of-the-private-app";

#[test]
fn every_secret_of_a_world_holds_the_canary() {
    let texts = [
        CLIENT_SECRET,
        AI_KEY,
        ADMIN_KEY,
        PORTAL_ADMIN_KEY,
        PASSWORD,
        PRIVATE_APP_TOKEN,
        std::str::from_utf8(ENCRYPTION_KEY).unwrap(),
    ];
    for text in texts {
        assert!(text.contains(CORE), "{text}");
    }
}
