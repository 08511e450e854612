//! Reads the known answers of signatures.json, which make_signatures.py computed.
//! Shared by the tests of the verifier, which sign nothing themselves.
#![allow(dead_code, reason = "each test file uses its own part")]

use base64::Engine;
use baton::domain::time::Timestamp;
use baton::hubspot::signature::diagnose::ClaimedAddress;
use baton::hubspot::signature::headers::{
    REQUEST_TIMESTAMP, SIGNATURE, SIGNATURE_V3, SIGNATURE_VERSION, SignatureHeaders,
};
use baton::hubspot::signature::public_url::PublicUrl;
use baton::hubspot::signature::refusal::Refusal;
use baton::hubspot::signature::secrets::{ClientSecrets, SecretUsed};
use baton::hubspot::signature::verify::{Called, SignedRequest, Verified, Verifier};
use baton::hubspot::signature::version::SignatureVersion;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Vectors {
    pub secrets: Secrets,
    pub cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Secrets {
    pub current: String,
    pub previous: String,
}

#[derive(Clone, Deserialize)]
pub struct Case {
    pub name: String,
    pub public_url: String,
    pub called: String,
    pub method: String,
    pub path_and_query: String,
    body_base64: String,
    pub timestamp: String,
    secret: String,
    pub v1: String,
    pub v2: String,
    pub v3: String,
}

impl Case {
    pub fn body(&self) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD
            .decode(&self.body_base64)
            .unwrap()
    }

    pub fn secret(&self) -> SecretUsed {
        match self.secret.as_str() {
            "current" => SecretUsed::Current,
            "previous" => SecretUsed::Previous,
            other => panic!("unknown secret {other}"),
        }
    }

    pub fn signed_at(&self) -> Timestamp {
        Timestamp::from_millis(self.timestamp.parse().unwrap())
    }

    /// The request as HubSpot sends it with a v2 signature.
    pub fn with_v2(&self) -> Request {
        let headers = vec![header(SIGNATURE, &self.v2), header(SIGNATURE_VERSION, "v2")];
        self.with_headers(headers)
    }

    /// The request as HubSpot sends it with a v3 signature.
    pub fn with_v3(&self) -> Request {
        let headers = vec![
            header(SIGNATURE_V3, &self.v3),
            header(REQUEST_TIMESTAMP, &self.timestamp),
        ];
        self.with_headers(headers)
    }

    pub fn with_headers(&self, headers: Vec<Header>) -> Request {
        Request {
            public_url: self.public_url.clone(),
            method: self.method.clone(),
            path_and_query: self.path_and_query.clone(),
            body: self.body(),
            headers,
            host: None,
            forwarded_host: None,
            now: self.signed_at(),
            minimum: SignatureVersion::V2,
        }
    }
}

pub type Header = (&'static str, Vec<u8>);

pub fn header(name: &'static str, value: &str) -> Header {
    (name, value.as_bytes().to_vec())
}

/// A request that a test may change before it is verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub public_url: String,
    pub method: String,
    pub path_and_query: String,
    pub body: Vec<u8>,
    pub headers: Vec<Header>,
    pub host: Option<String>,
    pub forwarded_host: Option<String>,
    pub now: Timestamp,
    pub minimum: SignatureVersion,
}

impl Request {
    pub fn verify(&self, secrets: &ClientSecrets) -> Result<Verified, Refusal> {
        let headers = SignatureHeaders::read(|name| {
            self.headers
                .iter()
                .filter(move |(n, _)| *n == name)
                .map(|(_, value)| value.as_slice())
        })?;
        let verifier = Verifier {
            public_url: PublicUrl::parse(&self.public_url).unwrap(),
            secrets: secrets.clone(),
            minimum: self.minimum,
            webhook_minimum: self.minimum,
        };
        let claimed_address = ClaimedAddress {
            host: self.host.as_deref(),
            forwarded_host: self.forwarded_host.as_deref(),
        };
        let request = SignedRequest {
            method: &self.method,
            path_and_query: &self.path_and_query,
            body: &self.body,
            headers,
            claimed_address,
        };
        verifier.verify(&request, Called::Action, self.now)
    }
}

impl Vectors {
    pub fn load() -> Self {
        serde_json::from_str(include_str!("signatures.json")).unwrap()
    }

    pub fn client_secrets(&self) -> ClientSecrets {
        let previous = Some(self.secrets.previous.as_str().into());
        ClientSecrets::new(self.secrets.current.as_str().into(), previous).unwrap()
    }

    pub fn case(&self, name: &str) -> &Case {
        self.cases.iter().find(|case| case.name == name).unwrap()
    }
}
