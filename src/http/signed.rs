//! The extractors of HubSpot's requests: a handler that takes `Signed` or `SignedWebhooks` sees
//! only verified bodies.

use super::body::{BODY_LIMIT, WEBHOOK_BODY_LIMIT, read_body};
use super::error::ApiError;
use super::state::{ServiceState, now};
use crate::hubspot::signature::diagnose::ClaimedAddress;
use crate::hubspot::signature::headers::SignatureHeaders;
use crate::hubspot::signature::refusal::Refusal;
use crate::hubspot::signature::verify::{Called, SignedRequest, Verified};
use crate::metrics::METRICS;
use crate::service::record_refusal::record_refusal;
use actix_web::dev::Payload;
use actix_web::web::{self, Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

/// The raw body of an action whose signature was accepted.
pub struct Signed {
    /// The bytes as received.
    pub body: Bytes,
}

/// The raw body of a delivery of webhooks whose signature was accepted.
pub struct SignedWebhooks {
    /// The bytes as received.
    pub body: Bytes,
    /// When its head was received.
    pub received: Instant,
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

impl FromRequest for Signed {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let payload = payload.await.map_err(|_| ApiError::unreadable_body())?;
            let body = read_body(payload, BODY_LIMIT).await?;
            match accept(&request, &body, Called::Action) {
                Ok(()) => Ok(Self { body }),
                Err(_) => Err(ApiError::invalid_signature()),
            }
        })
    }
}

impl FromRequest for SignedWebhooks {
    type Error = ApiError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let received = Instant::now();
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let payload = payload.await.map_err(|_| ApiError::unreadable_body())?;
            let body = read_body(payload, WEBHOOK_BODY_LIMIT).await?;
            match accept(&request, &body, Called::Webhooks) {
                Ok(()) => Ok(Self { body, received }),
                Err(refusal) => {
                    if let Some(state) = request.app_data::<Data<ServiceState>>() {
                        record_refusal(&state.store, &refusal).await;
                    }
                    Err(ApiError::invalid_signature())
                }
            }
        })
    }
}

/// Verifies, and counts the verdict. The true reason of a refusal is in the log and the metric.
fn accept(request: &HttpRequest, body: &[u8], called: Called) -> Result<(), Refusal> {
    match verify(request, body, called) {
        Ok(verified) => {
            let version = verified.version.as_str();
            METRICS.signatures.with_label_values(&[version]).inc();
            Ok(())
        }
        Err(refusal) => {
            METRICS
                .signature_failures
                .with_label_values(&[refusal.label()])
                .inc();
            log::warn!(
                request_id = super::observe::request_id(request).as_str();
                "refused a signature: {refusal}"
            );
            Err(refusal)
        }
    }
}

fn verify(request: &HttpRequest, body: &[u8], called: Called) -> Result<Verified, Refusal> {
    let text = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let headers = SignatureHeaders::read(|name| {
        request
            .headers()
            .get_all(name)
            .map(actix_web::http::header::HeaderValue::as_bytes)
    })?;
    let uri = request.uri();
    let signed = SignedRequest {
        method: request.method().as_str(),
        path_and_query: uri
            .path_and_query()
            .map_or(uri.path(), |whole| whole.as_str()),
        body,
        headers,
        claimed_address: ClaimedAddress {
            host: text("host"),
            forwarded_host: text("x-forwarded-host"),
        },
    };
    // Without the service's state nothing can be verified, so nothing is accepted.
    let state = request
        .app_data::<Data<ServiceState>>()
        .ok_or(Refusal::NoSignature)?;
    state.verifier.verify(&signed, called, now())
}
