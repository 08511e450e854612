//! Looks five times a second for records that are due. Every replica runs it; the claim lets one
//! of them look. A record that is held elsewhere keeps nobody waiting.

use super::pause::{Next, pause};
use crate::decider::Decider;
use crate::service::run_timers::{claim_due, look_at};
use crate::store::pool::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// With the share that timers have of every batch, a timer is done within a second.
const PERIOD: Duration = Duration::from_millis(200);
/// After a failure of the database.
const BACK_OFF: Duration = Duration::from_secs(1);
/// Looks under way at once.
const AT_ONCE: usize = 256;

/// Runs until `stop` says true; looks under way come to their end in the decider's queues.
pub async fn run(store: Arc<Store>, decider: Arc<Decider>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    loop {
        while under_way.try_join_next().is_some() {}
        let room = AT_ONCE.saturating_sub(under_way.len());
        let length = match claim_due(&store, i32::try_from(room / 2).unwrap_or(0)).await {
            Ok(due) => {
                for record in due {
                    let decider = Arc::clone(&decider);
                    under_way.spawn(async move { look_at(&decider, record).await });
                }
                PERIOD
            }
            Err(error) => {
                log::warn!("what is due could not be looked up: {error}");
                BACK_OFF
            }
        };
        if pause(&mut stop, length).await == Next::End {
            under_way.detach_all();
            return;
        }
    }
}
