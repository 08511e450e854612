//! Sends signed requests to a Baton as HubSpot does: one POST, no redirects, bounded in time.
//! The address that is signed may differ from the one that is called, as it does behind a proxy.

use super::action_request::ActionRequest;
use super::signing::{UrlSigner, Versions};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// HubSpot gives a workflow's webhook this long to connect; for actions nothing is documented.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
/// And this long to answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// An idle connection is ended by us: one that the other side ends as we send breaks the call.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// Far above any answer of Baton's; it only keeps a stranger's server from filling our memory.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Where to send, and how to sign.
#[derive(Clone)]
pub struct Target {
    /// What is called, for instance `http://127.0.0.1:8080`.
    pub base_url: String,
    /// What is signed: the address under which the service believes it is reached.
    pub signed_base_url: String,
    /// The app's client secret.
    pub secret: SecretString,
    /// The signatures to send.
    pub versions: Versions,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The service's id of the request, to look for in its log.
    pub request_id: Option<String>,
    /// The raw body.
    pub body: Vec<u8>,
    /// `outputFields`, if the body is JSON that has them. Values other than strings are kept as
    /// JSON text.
    pub outputs: Option<BTreeMap<String, String>>,
    /// From the first byte sent to the last byte received, connecting included.
    pub took: Duration,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nobody listens there.
    #[error("no Baton answers at {base_url}")]
    NobodyAnswers {
        /// What was called.
        base_url: String,
        /// What the connection attempt ended with.
        source: reqwest::Error,
    },
    /// A connection was made, but no whole answer came in time.
    #[error("{base_url} gave no answer within {} s", limit.as_secs())]
    TimedOut {
        /// What was called.
        base_url: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The connection broke, or what came was not HTTP.
    #[error("the connection to {base_url} broke before the answer was complete")]
    Broken {
        /// What was called.
        base_url: String,
        /// How it broke.
        source: reqwest::Error,
    },
    /// The answer is larger than any of Baton's.
    #[error("the answer of {base_url} is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge {
        /// What was called.
        base_url: String,
    },
    /// The address cannot be called.
    #[error("{url:?} is not a web address; expected for instance http://127.0.0.1:8080")]
    NotAnAddress {
        /// What was given.
        url: String,
    },
    /// TLS is not available on this machine.
    #[error("no HTTP client could be made")]
    NoClient(#[source] reqwest::Error),
}

/// A client with a connection pool, bound to one target.
pub struct Caller {
    target: Target,
    http: reqwest::Client,
}

impl Caller {
    /// Prepares calls of one target; nothing is sent yet.
    pub fn new(mut target: Target) -> Result<Self, CallError> {
        let not_an_address = |url: &str| CallError::NotAnAddress {
            url: url.to_owned(),
        };
        let base = reqwest::Url::parse(&target.base_url)
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https") && base.has_host())
            .ok_or_else(|| not_an_address(&target.base_url))?;
        // An internationalised host goes over the wire, and into the signature, in its ASCII form.
        // Anything else is signed as it was given, an explicit `:443` included.
        if !target.signed_base_url.is_ascii() {
            target.signed_base_url = reqwest::Url::parse(&target.signed_base_url)
                .map_err(|_| not_an_address(&target.signed_base_url))?
                .into();
        }
        // The process may have installed one already; both are the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();

        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(IDLE_LIMIT)
            .timeout(ANSWER_LIMIT);
        if base.scheme() == "http" {
            // A machine without root certificates can still call its own demo.
            http = http.tls_certs_only(std::iter::empty());
        }
        if matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(CallError::NoClient)?;
        Ok(Self { target, http })
    }

    /// The address that is called for a path.
    pub fn called_url(&self, path: &str) -> String {
        join(&self.target.base_url, path)
    }

    /// The address that is signed for a path.
    pub fn signed_url(&self, path: &str) -> String {
        join(&self.target.signed_base_url, path)
    }

    /// The signature headers of a body for a path, as of a time.
    pub fn signature(
        &self,
        path: &str,
        body: &[u8],
        timestamp_ms: i64,
    ) -> Vec<(&'static str, String)> {
        let signer = UrlSigner::new(&self.target.secret, "POST", &self.signed_url(path));
        signer.headers(self.target.versions, body, timestamp_ms)
    }

    /// Executes an action once, signed as of now.
    pub async fn call(&self, request: &ActionRequest) -> Result<Answer, CallError> {
        let (path, body) = (request.kind.path(), request.body());
        let signature = self.signature(&path, &body, now_ms());
        self.post(&path, signature, body).await
    }

    /// Sends any bytes under any signature.
    pub async fn post(
        &self,
        path: &str,
        signature: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<Answer, CallError> {
        let mut request = self.http.post(self.called_url(path));
        request = request.header("content-type", "application/json");
        for (name, value) in signature {
            request = request.header(name, value);
        }
        self.send(request.body(body)).await
    }

    /// Reads what is at a path, with a key of the API or without.
    pub async fn get(&self, path: &str, key: Option<&str>) -> Result<Answer, CallError> {
        let request = self.http.get(self.called_url(path));
        self.send(match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        })
        .await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, CallError> {
        let started = Instant::now();
        let sent = request.send().await;
        let mut response = sent.map_err(|error| self.failure(error))?;

        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failure(error))?
        {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(CallError::TooLarge {
                    base_url: self.target.base_url.clone(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        let request_id = response.headers().get("x-request-id");
        Ok(Answer {
            status: response.status().as_u16(),
            request_id: request_id.map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned()),
            outputs: output_fields(&body),
            body,
            took: started.elapsed(),
        })
    }

    fn failure(&self, source: reqwest::Error) -> CallError {
        let base_url = self.target.base_url.clone();
        if source.is_connect() {
            CallError::NobodyAnswers { base_url, source }
        } else if source.is_timeout() {
            CallError::TimedOut {
                base_url,
                limit: ANSWER_LIMIT,
            }
        } else {
            CallError::Broken { base_url, source }
        }
    }
}

/// The machine's clock, in milliseconds since 1970, as HubSpot stamps its requests.
pub fn now_ms() -> i64 {
    let since_1970 = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

fn join(base_url: &str, path: &str) -> String {
    format!("{}{path}", base_url.trim_end_matches('/'))
}

fn output_fields(body: &[u8]) -> Option<BTreeMap<String, String>> {
    let json: serde_json::Value = serde_json::from_slice(body).ok()?;
    let text = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    let fields = json.get("outputFields")?.as_object()?;
    Some(
        fields
            .iter()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::demo_world;

    fn target(base_url: &str) -> Target {
        Target {
            base_url: base_url.to_owned(),
            signed_base_url: "https://baton.example/prefix/".to_owned(),
            secret: demo_world::CLIENT_SECRET.into(),
            versions: Versions::Both,
        }
    }

    #[test]
    fn the_signed_address_may_differ_from_the_called_one() {
        let caller = Caller::new(target("http://127.0.0.1:8080/")).unwrap();
        assert_eq!(caller.called_url("/a"), "http://127.0.0.1:8080/a");
        assert_eq!(caller.signed_url("/a"), "https://baton.example/prefix/a");
    }

    #[test]
    fn an_internationalised_host_is_signed_in_its_ascii_form() {
        let signed_base_url = "https://bücher.example/x".to_owned();
        let target = Target {
            signed_base_url,
            ..target("http://127.0.0.1:8080")
        };
        let caller = Caller::new(target).unwrap();
        assert_eq!(caller.signed_url("/a"), "https://xn--bcher-kva.example/x/a");
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        for address in ["127.0.0.1:8080", "ftp://x.example", "", "http://"] {
            let refused = Caller::new(target(address)).map(|_| ());
            assert!(
                matches!(refused, Err(CallError::NotAnAddress { .. })),
                "{address}"
            );
        }
    }

    #[tokio::test]
    async fn a_silent_port_is_named() {
        let base_url = "http://127.0.0.1:1";
        let caller = Caller::new(target(base_url)).unwrap();

        let error = caller.post("/x", Vec::new(), Vec::new()).await.unwrap_err();

        assert_eq!(error.to_string(), format!("no Baton answers at {base_url}"));
    }

    #[test]
    fn outputs_are_read_from_json_only() {
        let outputs = output_fields(br#"{"outputFields":{"a":"b","n":1}}"#).unwrap();
        assert_eq!(outputs["a"], "b");
        assert_eq!(outputs["n"], "1");
        assert_eq!(output_fields(b"<html>"), None);
        assert_eq!(output_fields(br#"{"error":{}}"#), None);
    }
}
