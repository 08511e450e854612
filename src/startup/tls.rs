//! The one choice of a cryptography provider for outgoing TLS.

/// Installs it. A second call changes nothing.
pub fn install() {
    // Refused only if one is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
