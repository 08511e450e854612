//! The v2 signature: SHA-256 over the secret and the parts of the request, in lower-case hex.
//! v1 is the same hash over fewer parts.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The hash in a header value: exactly 64 lower-case hex digits.
pub(super) fn parse(header: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let (pairs, rest) = header.as_bytes().as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(hash)
}

/// Whether the hash is that of the secret followed by the parts. Takes equally long for any hash.
pub(super) fn fits(hash: &[u8; 32], secret: &SecretString, parts: &[&[u8]]) -> bool {
    let mut sha = Sha256::new();
    sha.update(secret.expose_secret().as_bytes());
    for part in parts {
        sha.update(part);
    }
    sha.finalize().as_slice().ct_eq(hash).into()
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn only_64_lower_case_hex_digits_are_a_hash() {
        assert_eq!(parse(&"0f".repeat(32)), Some([0x0f; 32]));
        let malformed = [
            String::new(),
            "0".repeat(63),
            "0".repeat(65),
            "0".repeat(66),
            "0F".repeat(32),
            "0g".repeat(32),
        ];
        for text in malformed {
            assert_eq!(parse(&text), None, "{text}");
        }
    }
}
