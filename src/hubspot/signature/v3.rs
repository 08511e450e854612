//! The v3 signature: HMAC-SHA256 over the parts of the request, in base64, and its timestamp.

use crate::domain::time::Timestamp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// 32 bytes in padded base64.
const BASE64_LENGTH: usize = 44;

/// The code in a header value: exactly 44 characters of standard base64, in its one spelling.
pub(super) fn parse(header: &str) -> Option<[u8; 32]> {
    if header.len() != BASE64_LENGTH {
        return None;
    }
    STANDARD.decode(header).ok()?.try_into().ok()
}

/// The moment in `X-HubSpot-Request-Timestamp`: milliseconds since 1970 in plain decimal digits.
pub(super) fn parse_timestamp(header: &str) -> Option<Timestamp> {
    let is_plain = header.bytes().all(|b| b.is_ascii_digit()) && !header.starts_with('0');
    let millis = header.parse().ok().filter(|_| is_plain)?;
    Some(Timestamp::from_millis(millis))
}

/// Whether the code is that of the parts under this secret. Takes equally long for any code.
pub(super) fn fits(code: &[u8; 32], secret: &SecretString, parts: &[&[u8]]) -> bool {
    // An HMAC takes a key of any length, so the error can not happen; if it did, nothing fits.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return false;
    };
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_44_characters_of_canonical_base64_are_a_code() {
        assert_eq!(parse(&STANDARD.encode([0xfb; 32])), Some([0xfb; 32]));
        let zeros = "A".repeat(43);
        let malformed = [
            String::new(),
            zeros.clone(),
            format!("{zeros}A"),
            format!("{zeros}=="),
            // The last character may not carry bits that the 32 bytes have no place for.
            format!("{}B=", "A".repeat(42)),
            // The alphabet of URLs.
            format!("{}-A=", "A".repeat(41)),
            format!("{} A=", "A".repeat(41)),
        ];
        for text in malformed {
            assert_eq!(parse(&text), None, "{text}");
        }
    }

    #[test]
    fn only_plain_decimal_digits_are_a_timestamp() {
        let moment = Timestamp::from_millis(1_795_000_000_000);
        assert_eq!(parse_timestamp("1795000000000"), Some(moment));
        for text in [
            "",
            "0",
            "01795000000000",
            "+1795000000000",
            "-1",
            "1795000000000.0",
            "1e12",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
        for text in [
            "1795000000000 ",
            "0x1A1",
            "99999999999999999999",
            "１７９５",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
    }
}
