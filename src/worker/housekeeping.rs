//! Deletes what is over, every ten minutes. Replicas may do it at once.

use super::pause::{Next, pause};
use crate::service::clean_up::clean_up;
use crate::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PERIOD: Duration = Duration::from_secs(600);

/// Runs until `stop` says true.
pub async fn run(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = clean_up(&store).await {
            log::warn!("what is over could not be deleted: {error}");
        }
        if pause(&mut stop, PERIOD).await == Next::End {
            return;
        }
    }
}
