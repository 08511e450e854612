//! Writes what was counted and logged in memory, once a second: latencies, the activity log, and
//! whose webhooks came.

use super::pause::{Next, pause};
use crate::service::hear_webhooks::HeardBook;
use crate::service::log_activity::ActivityLog;
use crate::service::publish_latency::LatencyBook;
use crate::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(1);

/// What is written.
#[derive(Clone)]
pub struct InMemory {
    /// Latencies.
    pub latencies: Arc<LatencyBook>,
    /// The activity log.
    pub activity: Arc<ActivityLog>,
    /// Whose webhooks came.
    pub heard: Arc<HeardBook>,
}

impl InMemory {
    /// Writes what there is now.
    pub async fn flush(&self, store: &Arc<Store>) {
        let (latencies, activity, heard) = tokio::join!(
            self.latencies.flush(store),
            self.activity.flush(store),
            self.heard.flush(store)
        );
        if let Err(error) = latencies {
            log::warn!("latencies could not be written, and wait: {error}");
        }
        if let Err(error) = activity {
            log::warn!("lines of the activity log could not be written: {error}");
        }
        if let Err(error) = heard {
            log::warn!("whose webhooks came could not be written, and waits: {error}");
        }
    }
}

/// Runs until `stop` says true.
pub async fn run(store: Arc<Store>, in_memory: InMemory, mut stop: watch::Receiver<bool>) {
    while pause(&mut stop, PERIOD).await == Next::Round {
        in_memory.flush(&store).await;
    }
}
