//! One keep-alive connection of the load: it sends the next request when the last is answered,
//! and connects again when the service closes it.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;

/// No request of a load may hold its connection for longer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Keeps a service that refuses connections from being asked in a tight loop.
const PAUSE_AFTER_REFUSAL: Duration = Duration::from_millis(20);
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// A connection to one address.
pub struct Connection {
    address: String,
    host: HeaderValue,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer, in words that are equal for equal causes.
pub type NoAnswer = &'static str;

impl Connection {
    /// Prepares a connection to `host:port`; it is made with the first request.
    pub fn new(address: &str, host: HeaderValue) -> Self {
        Self {
            address: address.to_owned(),
            host,
            sender: None,
        }
    }

    /// Connects, if there is no connection; so that the first request's latency is its own.
    pub async fn connect(&mut self) -> Result<(), NoAnswer> {
        if self
            .sender
            .as_ref()
            .is_some_and(|sender| !sender.is_closed())
        {
            return Ok(());
        }
        let Ok(stream) = TcpStream::connect(&self.address).await else {
            tokio::time::sleep(PAUSE_AFTER_REFUSAL).await;
            return Err("connection refused");
        };
        stream.set_nodelay(true).map_err(|_| "connection broken")?;
        let (sender, driver) = handshake(TokioIo::new(stream))
            .await
            .map_err(|_| "connection broken")?;
        // It ends with the connection; what broke it is seen by the request in flight.
        tokio::spawn(driver);
        self.sender = Some(sender);
        Ok(())
    }

    /// Asks for something and returns status and body.
    pub async fn get(
        &mut self,
        path: &str,
        headers: Vec<(&'static str, String)>,
    ) -> Result<(u16, Bytes), NoAnswer> {
        self.send(Method::GET, path, headers, Vec::new()).await
    }

    /// Sends one request and returns status and body.
    pub async fn post(
        &mut self,
        path: &str,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Bytes), NoAnswer> {
        self.send(Method::POST, path, headers, body).await
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Bytes), NoAnswer> {
        let Some(sender) = self.sender.as_mut() else {
            return Err("not connected");
        };
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::from(body))
            .map_err(|_| "request not writable")?;
        let answer = async {
            sender.ready().await.map_err(|_| "connection broken")?;
            let response = sender.send_request(request).await;
            let (head, body) = response.map_err(|_| "connection broken")?.into_parts();
            let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
            let body = body.map_err(|_| "answer incomplete or too large")?;
            Ok((head.status.as_u16(), body.to_bytes()))
        };
        let answer = tokio::time::timeout(ANSWER_LIMIT, answer).await;
        let answer = answer.unwrap_or(Err("no answer in time"));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }
}
