//! `POST /hubspot/webhooks`: HubSpot tells what happened, up to a hundred events of any portals at
//! once. 200 only when every command they hold is committed.

use super::activity::Note;
use super::error::ApiError;
use super::signed::SignedWebhooks;
use super::state::{ServiceState, now};
use crate::metrics::METRICS;
use crate::service::publish_latency::Measured;
use crate::service::receive_webhooks::{Receiver, receive_webhooks};
use crate::store::activity::ActivityKind;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// Receives one delivery. Whatever is authentic and needs nothing of us is 200 too: HubSpot would
/// repeat a 4xx ten times.
pub async fn receive(
    request: HttpRequest,
    signed: SignedWebhooks,
    state: Data<ServiceState>,
) -> Result<HttpResponse, ApiError> {
    let receiver = Receiver {
        decider: &state.decider,
        guard: &state.guard,
        follower: &state.follower,
    };
    let received = receive_webhooks(receiver, &signed.body).await;
    let heard = received.told.keys().copied();
    state.in_memory.heard.record(heard);
    let told = received.told.into_iter();
    let note = Note {
        kind: ActivityKind::Webhook,
        portals: told
            .map(|(portal, subjects)| (portal, subjects.into_iter().collect()))
            .collect(),
        is_test: false,
        body: Some(signed.body.clone()),
        not_done: received
            .dropped
            .iter()
            .map(|(portal, dropped)| (*portal, dropped.described()))
            .collect(),
    };
    note.leave(&request);
    let took = signed.received.elapsed();
    let committed_at = now();
    for event in &received.committed {
        let kind = [event.kind];
        let commits = METRICS.webhook_commit_seconds.with_label_values(&kind);
        commits.observe(took.as_secs_f64());
        // HubSpot's clock may be ahead of ours.
        let age = committed_at - event.occurred_at;
        state.in_memory.latencies.record(Measured {
            portal: event.portal,
            kind: event.kind,
            took,
            age,
            committed_at,
        });
        let age = age.as_millis().max(0);
        let ages = METRICS.webhook_age_seconds.with_label_values(&kind);
        ages.observe(age as f64 / 1_000.0);
    }
    match received.failure {
        Some(failure) => Err(ApiError::from(failure)),
        None => Ok(HttpResponse::Ok().finish()),
    }
}
