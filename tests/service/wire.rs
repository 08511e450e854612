//! Requests of any kind, right or wrong, and the whole of what comes back.

use crate::world::{AI_KEY, PORTAL, SECRET, THREAD, World, canary, client, client_of_large_bodies};
use baton::simulator::action_kind::ActionKind;
use baton::simulator::signing::{UrlSigner, Versions};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// A response as received.
#[derive(Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Its headers but `Date` and `X-Request-Id`, in order.
    pub headers: Vec<(String, String)>,
    /// `X-Request-Id`.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The code of an error, after checking that the error has the shape all errors have.
    pub fn error_code(&self) -> String {
        self.error()["code"].as_str().unwrap().to_owned()
    }

    /// The message of an error, after the same check.
    pub fn error_message(&self) -> String {
        self.error()["message"].as_str().unwrap().to_owned()
    }

    /// The error, after checking its shape.
    pub fn error(&self) -> Value {
        let body = self.json();
        let error = &body["error"];
        let shown = String::from_utf8_lossy(&self.body);
        assert_eq!(
            body.as_object().map(serde_json::Map::len),
            Some(1),
            "{shown}"
        );
        assert_eq!(
            error.as_object().map(serde_json::Map::len),
            Some(3),
            "{shown}"
        );
        assert!(
            error["code"].is_string() && error["message"].is_string(),
            "{shown}"
        );
        assert!(self.request_id.is_some(), "{shown}");
        assert_eq!(
            error["request_id"].as_str(),
            self.request_id.as_deref(),
            "{shown}"
        );
        error.clone()
    }

    /// Everything a caller can see, but the request's id and the date.
    pub fn but_request_id(&self) -> (u16, Vec<(String, String)>, String) {
        let body = String::from_utf8_lossy(&self.body).into_owned();
        let id = self.request_id.clone().unwrap_or_default();
        (self.status, self.headers.clone(), body.replace(&id, "ID"))
    }
}

/// Sends a request and takes in the whole response.
pub async fn send(request: reqwest::RequestBuilder) -> Response {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = |value: &reqwest::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    let request_id = response.headers().get("x-request-id").map(text);
    let headers = response.headers().iter();
    let headers = headers.filter(|(name, _)| *name != "date" && *name != "x-request-id");
    let headers = headers
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    let body = response.bytes().await.expect("a whole body").to_vec();
    canary::finds::search(&String::from_utf8_lossy(&body), "the body of an answer");
    Response {
        status,
        headers,
        request_id,
        body,
    }
}

/// This machine's clock, as signatures carry it.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A signer of requests to one action.
pub fn signer(world: &World, secret: &str, kind: ActionKind) -> UrlSigner {
    let url = format!("{}{}", world.url, kind.path());
    UrlSigner::new(&SecretString::from(secret.to_owned()), "POST", &url)
}

impl World {
    /// Sends any bytes to an action, rightly signed.
    pub async fn signed(&self, kind: ActionKind, body: impl Into<Vec<u8>>) -> Response {
        let body = body.into();
        let headers = signer(self, SECRET, kind).headers(Versions::Both, &body, now_ms());
        self.action_with(kind, headers, body).await
    }

    /// Sends any bytes to an action under any headers.
    pub async fn action_with(
        &self,
        kind: ActionKind,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Response {
        let client = match body.len() {
            ..1_000_000 => client(),
            1_000_000.. => client_of_large_bodies(),
        };
        let mut request = client.post(format!("{}{}", self.url, kind.path()));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        send(request.body(body)).await
    }

    /// Sends a request to any path, with a key or without.
    pub async fn request(&self, method: Method, path: &str, key: Option<&str>) -> Response {
        let mut request = client().request(method, format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        send(request).await
    }

    /// Reads from the API with the AI's key.
    pub async fn read(&self, path: &str) -> Response {
        self.request(Method::GET, path, Some(AI_KEY)).await
    }

    /// Asks the API for something about [`THREAD`], with any body and perhaps an idempotency key.
    pub async fn command(
        &self,
        key: &str,
        action: &str,
        body: impl Into<Vec<u8>>,
        idempotency_key: Option<&str>,
    ) -> Response {
        let path = format!("/v1/portals/{PORTAL}/conversations/{THREAD}/{action}");
        let mut request = client()
            .post(format!("{}{path}", self.url))
            .bearer_auth(key);
        if let Some(idempotency_key) = idempotency_key {
            request = request.header("idempotency-key", idempotency_key);
        }
        send(request.body(body.into())).await
    }
}
