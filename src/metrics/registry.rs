//! The one registry of this process.

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};
use std::sync::LazyLock;

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    /// Answers to actions and API requests, by action and outcome.
    pub decisions: IntCounterVec,
    /// Repeats that got the first answer's bytes.
    pub repeats: IntCounter,
    /// Seconds from receipt to answer, by route.
    pub durations: HistogramVec,
    /// Responses, by route and status.
    pub responses: IntCounterVec,
    /// Requests whose signature was accepted, by version.
    pub signatures: IntCounterVec,
    /// Requests whose signature was refused, by the true reason.
    pub signature_failures: IntCounterVec,
    /// Events of webhooks, by kind and by what became of them.
    pub webhook_events: IntCounterVec,
    /// Seconds from the receipt of a webhook until all events of its delivery were committed, by
    /// kind of event.
    pub webhook_commit_seconds: HistogramVec,
    /// Seconds from HubSpot's time of an event to that moment, by kind: HubSpot's delay included,
    /// and as right as the two clocks agree.
    pub webhook_age_seconds: HistogramVec,
    /// Webhooks refused only because v1 signatures are not accepted.
    pub webhooks_refused_v1: IntCounter,
    /// Records that timers looked at, by what came of it.
    pub timers: IntCounterVec,
    /// Lines that the activity log left out.
    pub activity_dropped: IntCounter,
    /// Commands in one committed batch.
    pub batch_size: Histogram,
    /// Seconds a batch took, commit included.
    pub batch_seconds: Histogram,
    /// Batches that were rolled back, by cause.
    pub batch_failures: IntCounterVec,
    /// Commands that went back because another transaction held their record.
    pub requeued: IntCounter,
    /// Commands waiting, by queue.
    pub queue_depth: IntGaugeVec,
    /// Writer threads that died and were restarted.
    pub writer_restarts: IntCounter,
    /// Loops behind the requests that panicked and began again.
    pub worker_restarts: IntCounter,
    /// Connections of the readers' pool: in use and open.
    pub pool_connections: IntGaugeVec,
    /// Calls of HubSpot, by endpoint and outcome; both are words of ours, and few. Those that were
    /// `held_back` by their portal's budget never reached HubSpot.
    pub hubspot_calls: IntCounterVec,
    /// This machine's clock minus the database's, in milliseconds, as last seen.
    pub clock_offset_ms: IntGauge,
}

/// The process's metrics.
#[expect(
    clippy::expect_used,
    reason = "names and labels are constants; a test renders them all"
)]
pub static METRICS: LazyLock<Metrics> =
    LazyLock::new(|| Metrics::new().expect("the metrics are declared wrongly"));

/// All metrics as Prometheus reads them.
pub fn render() -> String {
    let mut text = Vec::new();
    let encoded = TextEncoder::new().encode(&METRICS.registry.gather(), &mut text);
    if let Err(error) = encoded {
        log::error!("the metrics could not be written: {error}");
    }
    String::from_utf8_lossy(&text).into_owned()
}

impl Metrics {
    fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let counters = |name: &str, help: &str, labels: &[&str]| {
            let counters = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counters.clone()))?;
            Ok::<_, prometheus::Error>(counters)
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let gauges = IntGaugeVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(gauges.clone()))?;
            Ok::<_, prometheus::Error>(gauges)
        };
        let seconds = vec![
            0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
        ];
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let durations = HistogramVec::new(
            HistogramOpts::new("baton_request_seconds", "Seconds from receipt to answer")
                .buckets(seconds.clone()),
            &["route"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        let by_kind = |name: &str, help: &str, buckets: Vec<f64>| {
            let opts = HistogramOpts::new(name, help).buckets(buckets);
            let histograms = HistogramVec::new(opts, &["kind"])?;
            registry.register(Box::new(histograms.clone()))?;
            Ok::<_, prometheus::Error>(histograms)
        };
        let ages = vec![
            0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0, 86_400.0,
        ];
        let clock_offset_ms = IntGauge::new(
            "baton_clock_offset_milliseconds",
            "This machine's clock minus the database's",
        )?;
        registry.register(Box::new(clock_offset_ms.clone()))?;
        let sizes = vec![1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

        Ok(Self {
            decisions: counters(
                "baton_decisions_total",
                "Decisions by action and outcome",
                &["action", "outcome"],
            )?,
            repeats: counter("baton_repeats_total", "Repeats answered from their receipt")?,
            durations,
            responses: counters(
                "baton_responses_total",
                "Responses by route and status",
                &["route", "status"],
            )?,
            signatures: counters(
                "baton_signatures_total",
                "Accepted signatures by version",
                &["version"],
            )?,
            signature_failures: counters(
                "baton_signature_failures_total",
                "Refused signatures by reason",
                &["reason"],
            )?,
            webhook_events: counters(
                "baton_webhook_events_total",
                "Events of webhooks by kind and outcome",
                &["kind", "outcome"],
            )?,
            webhook_commit_seconds: by_kind(
                "baton_webhook_commit_seconds",
                "Seconds from receipt until a delivery was committed, by kind of event",
                seconds.clone(),
            )?,
            webhook_age_seconds: by_kind(
                "baton_webhook_age_seconds",
                "Seconds from HubSpot's time of an event until it was committed",
                ages,
            )?,
            webhooks_refused_v1: counter(
                "baton_webhooks_refused_v1_total",
                "Webhooks refused only because v1 signatures are not accepted",
            )?,
            timers: counters(
                "baton_timers_total",
                "Records timers looked at by what came of it",
                &["outcome"],
            )?,
            activity_dropped: counter(
                "baton_activity_dropped_total",
                "Lines that the activity log left out",
            )?,
            batch_size: histogram("baton_batch_commands", "Commands in one commit", sizes)?,
            batch_seconds: histogram("baton_batch_seconds", "Seconds of one batch", seconds)?,
            batch_failures: counters(
                "baton_batch_failures_total",
                "Batches rolled back by cause",
                &["cause"],
            )?,
            requeued: counter(
                "baton_requeued_total",
                "Commands whose record was held elsewhere",
            )?,
            queue_depth: gauges("baton_queue_depth", "Commands waiting by queue", &["queue"])?,
            writer_restarts: counter("baton_writer_restarts_total", "Writers that died")?,
            worker_restarts: counter("baton_worker_restarts_total", "Workers that panicked")?,
            pool_connections: gauges(
                "baton_pool_connections",
                "Connections of the readers' pool",
                &["state"],
            )?,
            hubspot_calls: counters(
                "baton_hubspot_calls_total",
                "Calls of HubSpot by endpoint and outcome",
                &["endpoint", "outcome"],
            )?,
            clock_offset_ms,
            registry,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_declared_and_rendered() {
        METRICS
            .decisions
            .with_label_values(&["pause", "applied"])
            .inc();

        let text = render();

        assert!(text.contains(r#"baton_decisions_total{action="pause",outcome="applied"} 1"#));
        assert!(text.contains("baton_batch_commands_count 0"));
    }
}
