//! One call to HubSpot over HTTP: bounded in time and size, never redirected, and with errors that
//! name no address. What the answer means is decided by `oauth` and `api`.

use reqwest::header::HeaderMap;
use std::time::Duration;
use url::{Host, Url};

/// HubSpot's API answers in its own data centre within a second; a connection takes far less.
const CONNECT_LIMIT: Duration = Duration::from_secs(3);

/// The answer to one call, whatever its status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, at most as large as was asked for.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody answered in time.
    #[error("no answer within the time limit")]
    TimedOut,
    /// No connection: refused, no such host, TLS.
    #[error("no connection")]
    NotConnected(#[source] reqwest::Error),
    /// The connection broke, or what came is not HTTP.
    #[error("the connection broke before the answer was complete")]
    Broken(#[source] reqwest::Error),
    /// More than the caller takes.
    #[error("the answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
}

/// The HTTP client cannot be made, for instance because the machine has no root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for HubSpot cannot be set up")]
pub struct NoClient(#[source] reqwest::Error);

/// An HTTP client for calls below this address. `limit` is for a whole call, the body included.
///
/// # Errors
/// See [`NoClient`].
pub fn client(base: &Url, limit: Duration) -> Result<reqwest::Client, NoClient> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .user_agent(concat!("baton/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_LIMIT.min(limit))
        .timeout(limit);
    if base.scheme() == "http" {
        // A machine without root certificates can still call a simulated HubSpot.
        builder = builder.tls_certs_only(std::iter::empty());
    }
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(NoClient)
}

/// Sends one request and reads the whole answer.
///
/// # Errors
/// See [`NoAnswer`]. A status of any kind is an answer.
pub async fn send(
    request: reqwest::RequestBuilder,
    limit_bytes: usize,
) -> Result<Answer, NoAnswer> {
    let mut response = request.send().await.map_err(no_answer)?;
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit_bytes) {
        return Err(NoAnswer::TooLarge { limit_bytes });
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if body.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(NoAnswer::TooLarge { limit_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status().as_u16(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

fn no_answer(error: reqwest::Error) -> NoAnswer {
    // The address may hold an e-mail address in its query, and nobody needs it in a log.
    let error = error.without_url();
    if error.is_timeout() {
        NoAnswer::TimedOut
    } else if error.is_connect() {
        NoAnswer::NotConnected(error)
    } else {
        NoAnswer::Broken(error)
    }
}

fn is_loopback(base: &Url) -> bool {
    match base.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
