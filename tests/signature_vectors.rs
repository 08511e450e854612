//! The verifier against answers that another program computed: tests/vectors/make_signatures.py.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod vectors;

use baton::hubspot::signature::verify::Verified;
use baton::hubspot::signature::version::SignatureVersion;
use vectors::Vectors;

#[test]
fn every_v2_signature_made_by_another_program_is_accepted() {
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    for case in &vectors.cases {
        let verdict = case.with_v2().verify(&secrets);

        let expected = Verified {
            version: SignatureVersion::V2,
            secret: case.secret(),
        };
        assert_eq!(verdict, Ok(expected), "{}", case.name);
    }
}

#[test]
fn every_v3_signature_made_by_another_program_is_accepted() {
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    for case in &vectors.cases {
        let verdict = case.with_v3().verify(&secrets);

        let expected = Verified {
            version: SignatureVersion::V3,
            secret: case.secret(),
        };
        assert_eq!(verdict, Ok(expected), "{}", case.name);
    }
}

#[test]
fn no_v1_signature_is_accepted() {
    let vectors = Vectors::load();
    let secrets = vectors.client_secrets();
    for case in &vectors.cases {
        let mut request = case.with_v2();
        request.headers[0].1 = case.v1.clone().into_bytes();

        assert!(request.verify(&secrets).is_err(), "{}", case.name);
    }
}
