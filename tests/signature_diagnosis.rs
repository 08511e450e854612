//! What the log is told when a signature is right for another address than the configured one,
//! the most common mistake behind a proxy; and that this never accepts a request.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod vectors;

use baton::hubspot::signature::refusal::{AddressPart, Hint, Refusal};
use baton::hubspot::signature::secrets::ClientSecrets;
use vectors::{Case, Request, Vectors};

fn plain_case() -> (ClientSecrets, Case) {
    let vectors = Vectors::load();
    (
        vectors.client_secrets(),
        vectors.case("a plain action call").clone(),
    )
}

fn refusal(request: &Request, secrets: &ClientSecrets) -> Refusal {
    request.verify(secrets).unwrap_err()
}

#[test]
fn a_mismatch_names_the_address_that_would_have_matched() {
    use AddressPart::{Host, Port, Prefix, Scheme};
    let (secrets, case) = plain_case();
    // All were called as https://baton.example; the setting and what a proxy says vary.
    let mistakes = [
        ("http://baton.example", None, vec![Scheme]),
        ("https://baton.example:8443", None, vec![Port]),
        ("https://old.example", Some("baton.example"), vec![Host]),
        ("https://old.example", Some("baton.example:443"), vec![Host]),
        (
            "http://127.0.0.1:8080",
            Some("baton.example"),
            vec![Scheme, Host, Port],
        ),
        ("https://baton.example/baton", None, vec![Prefix]),
    ];
    for (public_url, host, differs_in) in mistakes {
        for request in [case.with_v2(), case.with_v3()] {
            let public_url = public_url.to_owned();
            let request = Request {
                public_url,
                host: host.map(str::to_owned),
                ..request
            };

            let refusal = refusal(&request, &secrets);

            assert_eq!(refusal.label(), "mismatch_address");
            let Refusal::Mismatch {
                hint: Some(Hint::AnotherAddress(other)),
                ..
            } = refusal
            else {
                panic!("{refusal}");
            };
            assert_eq!(other.signed_for, "https://baton.example");
            assert_eq!(other.differs_in, differs_in);
        }
    }
}

#[test]
fn a_mismatch_names_a_port_that_only_the_proxy_knows() {
    let vectors = Vectors::load();
    let case = vectors.case("a port");
    let public_url = "https://baton.example".to_owned();
    let host = Some("baton.example:8443".to_owned());
    let request = Request {
        public_url,
        host,
        ..case.with_v2()
    };

    let refusal = refusal(&request, &vectors.client_secrets());

    assert_eq!(
        refusal.to_string(),
        "the v2 signature does not match; it would match for https://baton.example:8443, \
         which differs from BATON_PUBLIC_URL in port"
    );
}

#[test]
fn a_mismatch_is_explained_by_the_forwarded_host_when_the_host_is_an_inner_one() {
    let (secrets, case) = plain_case();
    for forwarded in ["baton.example", "baton.example, edge.internal"] {
        let request = Request {
            public_url: "http://127.0.0.1:8080".to_owned(),
            host: Some("app:8080".to_owned()),
            forwarded_host: Some(forwarded.to_owned()),
            ..case.with_v3()
        };

        assert_eq!(refusal(&request, &secrets).label(), "mismatch_address");
    }
}

#[test]
fn the_host_header_never_makes_a_request_acceptable() {
    let (secrets, case) = plain_case();
    for host in [
        "baton.example",
        "baton.example:443",
        "https://baton.example",
        "",
        "[",
        ":",
        "é",
    ] {
        for request in [case.with_v2(), case.with_v3()] {
            let public_url = "https://another.example".to_owned();
            let request = Request {
                public_url,
                host: Some(host.to_owned()),
                ..request
            };

            assert!(request.verify(&secrets).is_err(), "{host}");
        }
    }
}
