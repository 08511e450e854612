//! A webhook was refused although HubSpot signed it: said on the console, since HubSpot stops
//! sending after a day. What strangers send is only counted, by the metrics.

use crate::hubspot::signature::refusal::Refusal;
use crate::metrics::METRICS;
use crate::store::pool::{Store, read};
use crate::store::webhook_refusals::{self, Refused};
use std::sync::Arc;

/// Records a refusal, if HubSpot caused it. That it could not be recorded changes no answer.
pub async fn record_refusal(store: &Arc<Store>, refusal: &Refusal) {
    if !refusal.is_of_hubspot() {
        return;
    }
    if refusal.fits_as_v1() {
        METRICS.webhooks_refused_v1.inc();
        log::warn!("a webhook is signed with v1 only; HUBSPOT_WEBHOOKS_ACCEPT_V1=true accepts it");
    }
    let refused = Refused {
        reason: refusal.label(),
        fits_as_v1: refusal.fits_as_v1(),
        detail: refusal.to_string(),
    };
    let recorded = read(store, move |conn| webhook_refusals::count(conn, &refused)).await;
    if let Err(error) = recorded {
        log::warn!("a refused webhook could not be recorded for the console: {error}");
    }
}
