//! The token in every form. It is made from a secret that only the browser's own cookie holds,
//! so a page elsewhere can send a form here, but not one that is accepted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The name of the form field.
pub const FIELD: &str = "csrf";
/// Keeps these codes apart from any other use of the same secret.
const PURPOSE: &[u8] = b"baton console form";

/// The token for forms of the browser that holds this secret.
pub fn token_for(secret: &SecretString) -> String {
    URL_SAFE_NO_PAD.encode(code(secret))
}

/// True if the token belongs to the secret. Takes the same time for any token of its length.
pub fn fits(secret: &SecretString, token: &str) -> bool {
    token_for(secret).as_bytes().ct_eq(token.as_bytes()).into()
}

fn code(secret: &SecretString) -> Vec<u8> {
    // HMAC takes keys of any length.
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes());
    mac.map(|mut mac| {
        mac.update(PURPOSE);
        mac.finalize().into_bytes().to_vec()
    })
    .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_secret_and_no_other() {
        let (mine, theirs) = (SecretString::from("mine"), SecretString::from("theirs"));
        let token = token_for(&mine);
        assert!(fits(&mine, &token));
        assert!(!fits(&theirs, &token));
        assert!(!fits(&mine, ""));
        assert!(!fits(&mine, &token[1..]));
        assert!(!fits(&mine, &format!("{token}a")));
        assert!(!fits(&mine, "mine"));
    }
}
