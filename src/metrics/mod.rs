//! Counters and histograms that any layer may raise, in Prometheus' text form.

mod registry;

pub use registry::{METRICS, Metrics, render};
