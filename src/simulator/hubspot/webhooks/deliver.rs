//! The worker that sends what is due, as HubSpot does: signed, one POST, no redirects, 5 seconds.

use super::delivery_log::DeliveryOutcome;
use super::queue::Batch;
use crate::simulator::caller::now_ms;
use crate::simulator::hubspot::simulation::Simulation;
use crate::simulator::signing::{UrlSigner, Versions};
use crate::simulator::webhook_event::PATH;
use actix_web::web::Data;
use reqwest::redirect::Policy;
use secrecy::SecretString;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Looked at again at least this often: the clock may have been driven meanwhile.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// Sends until it is aborted.
pub async fn deliver(simulation: Data<Simulation>) {
    let Some(http) = client(&simulation) else {
        log::error!("the simulated HubSpot has no HTTP client: it sends no webhooks");
        return;
    };
    loop {
        while let Some(batch) = take(&simulation) {
            let (simulation, http) = (simulation.clone(), http.clone());
            tokio::spawn(async move { send(&simulation, &http, batch).await });
        }
        let nap = nap(&simulation);
        // Whatever ends the wait, the queue is looked at again.
        let _ = tokio::time::timeout(nap, simulation.wake.notified()).await;
    }
}

fn client(simulation: &Simulation) -> Option<reqwest::Client> {
    // The process may have installed one already; both are the same provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let service = simulation.world().app.service_url.clone();
    let mut builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(simulation.webhook_timeout());
    if service.starts_with("http://") {
        // The service is on this machine.
        builder = builder.no_proxy().tls_certs_only(std::iter::empty());
    }
    builder.build().ok()
}

fn take(simulation: &Simulation) -> Option<Batch> {
    let now = simulation.now();
    simulation.world().webhooks.take_batch(now)
}

fn nap(simulation: &Simulation) -> Duration {
    let due = simulation.world().webhooks.next_due();
    let wait = due.map(|due| simulation.clock.real_time_until(due));
    wait.unwrap_or(LONGEST_NAP).min(LONGEST_NAP)
}

async fn send(simulation: &Simulation, http: &reqwest::Client, batch: Batch) {
    let (url, secret) = target(simulation);
    let body = Value::Array(batch.events()).to_string().into_bytes();
    let signer = UrlSigner::new(&secret, "POST", &url);
    // A fresh timestamp each time, by the real clock: whoever checks it has no other.
    let timestamp_ms = now_ms();
    let mut request = http.post(&url).header("content-type", "application/json");
    for versions in [Versions::V1, Versions::V3] {
        for (name, value) in signer.headers(versions, &body, timestamp_ms) {
            request = request.header(name, value);
        }
    }
    let began = Instant::now();
    let outcome = match request.body(body).send().await {
        Ok(answer) => DeliveryOutcome::Answered(answer.status().as_u16()),
        Err(error) if error.is_timeout() => DeliveryOutcome::TimedOut,
        Err(_) => DeliveryOutcome::NotReached,
    };
    let now = simulation.now();
    let took = began.elapsed();
    simulation
        .world()
        .webhooks
        .settle(batch, outcome, now, took);
}

fn target(simulation: &Simulation) -> (String, SecretString) {
    let world = simulation.world();
    let url = format!("{}{PATH}", world.app.service_url);
    (url, world.app.client_secret.clone())
}
