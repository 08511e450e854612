//! The ways in which the canary could be written down, and looking for all of them at once.

use super::secrets::CORE;
use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::sync::OnceLock;

/// Where a text holds the canary, in whatever form: the first place.
pub fn find(text: &[u8]) -> Option<usize> {
    static FORMS: OnceLock<AhoCorasick> = OnceLock::new();
    let forms = FORMS.get_or_init(|| AhoCorasick::new(forms()).unwrap());
    forms.find(text).map(|found| found.start())
}

fn forms() -> Vec<String> {
    let bytes = CORE.bytes();
    let hex: String = bytes.clone().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = bytes.map(|byte| format!("%{byte:02X}")).collect();
    let mut forms = vec![
        CORE.to_owned(),
        hex.to_uppercase(),
        hex,
        percent.to_lowercase(),
        percent,
    ];
    // Inside a longer text, by where in a group of three bytes it begins. The characters at both
    // ends depend on what stands around it.
    for shift in 0..3 {
        let padded = [vec![b'x'; shift], CORE.as_bytes().to_vec(), vec![b'x'; 3]].concat();
        let (first, last) = ((8 * shift).div_ceil(6), 8 * (shift + CORE.len()) / 6);
        for engine in [STANDARD, URL_SAFE] {
            forms.push(engine.encode(&padded)[first..last].to_owned());
        }
    }
    forms
}

#[test]
fn every_form_is_found_wherever_it_stands() {
    let written = |secret: &[u8]| {
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = secret.iter().map(|byte| format!("%{byte:02X}")).collect();
        let form: String = url::form_urlencoded::byte_serialize(secret).collect();
        let encoded = [STANDARD.encode(secret), URL_SAFE.encode(secret)];
        [
            vec![hex.to_uppercase(), hex, percent, form],
            encoded.to_vec(),
        ]
        .concat()
    };
    for before in ["", "a", "bc", "def"] {
        for after in ["", "1", "23"] {
            let secret = format!("{before}{CORE}{after}");
            assert!(find(secret.as_bytes()).is_some());
            for form in written(secret.as_bytes()) {
                assert!(find(form.as_bytes()).is_some(), "{secret} as {form}");
            }
        }
    }
    assert_eq!(find(b"kAnArI3nV0g, nearly"), None);
}
