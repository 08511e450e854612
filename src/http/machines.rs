//! `/livez`, `/readyz` and `/metrics`, for balancers and monitors.

use super::state::{ServiceState, now};
use crate::metrics::{METRICS, render};
use crate::service::check_readiness::check_readiness;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;
use std::sync::atomic::Ordering;

/// 200 while the process can work at all. A database that is down does not change it: a restart
/// would not help.
pub async fn livez(state: Data<ServiceState>) -> HttpResponse {
    if state.decider.is_alive() {
        HttpResponse::Ok().json(json!({ "status": "live" }))
    } else {
        HttpResponse::ServiceUnavailable()
            .json(json!({ "status": "dead", "reason": "a writer is down and starts again" }))
    }
}

/// 200 while this replica can answer; 503 with the reason otherwise.
pub async fn readyz(state: Data<ServiceState>) -> HttpResponse {
    let not_ready = |reason: String| {
        HttpResponse::ServiceUnavailable().json(json!({ "status": "not_ready", "reason": reason }))
    };
    if state.is_draining.load(Ordering::Relaxed) {
        return not_ready("the service is stopping".to_owned());
    }
    match check_readiness(&state.store, &state.decider, now).await {
        Ok(server) => HttpResponse::Ok().json(
            json!({ "status": "ready", "database": format!("PostgreSQL {}", server.version) }),
        ),
        Err(reason) => not_ready(reason.to_string()),
    }
}

/// Prometheus' text format.
pub async fn metrics(state: Data<ServiceState>) -> HttpResponse {
    let pool = state.store.readers_use();
    METRICS
        .pool_connections
        .with_label_values(&["busy"])
        .set(i64::from(pool.busy));
    METRICS
        .pool_connections
        .with_label_values(&["open"])
        .set(i64::from(pool.open));
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(render())
}
