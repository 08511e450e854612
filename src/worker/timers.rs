//! Looks five times a second for records that are due, and at once again while there are more than
//! one look took. Every replica runs it; the claim lets one of them look. A record that is held
//! elsewhere keeps nobody waiting.

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
/// With so many places free the next look begins.
const LOOKED_AT_AGAIN: usize = 64;

/// How a look for what is due ended.
enum Looked {
    /// It found all there was.
    AtAll,
    /// It found as many as it asked for: more may be due.
    AtSome,
    /// The database failed.
    Failed,
}

/// Runs until `stop` says true; looks under way come to their end in the decider's queues.
pub async fn run(store: Arc<Store>, decider: Arc<Decider>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    loop {
        while under_way.try_join_next().is_some() {}
        let next = match look(&store, &decider, &mut under_way).await {
            Looked::AtAll => pause(&mut stop, PERIOD).await,
            Looked::AtSome => some_end(&mut under_way, &mut stop).await,
            Looked::Failed => pause(&mut stop, BACK_OFF).await,
        };
        if next == Next::End {
            under_way.detach_all();
            return;
        }
    }
}

/// Begins to look at what is due, as far as there is room.
async fn look(store: &Arc<Store>, decider: &Arc<Decider>, under_way: &mut JoinSet<()>) -> Looked {
    let most = AT_ONCE.saturating_sub(under_way.len()) / 2;
    let due = match claim_due(store, i32::try_from(most).unwrap_or(0)).await {
        Ok(due) => due,
        Err(error) => {
            log::warn!("what is due could not be looked up: {error}");
            return Looked::Failed;
        }
    };
    // As many of one kind as were asked for, or more.
    let found = match due.len() {
        found if found >= most => Looked::AtSome,
        _ => Looked::AtAll,
    };
    for record in due {
        let decider = Arc::clone(decider);
        under_way.spawn(async move { look_at(&decider, record).await });
    }
    found
}

/// Waits until a look at more is worth its query. What is held elsewhere takes a few places only.
async fn some_end(under_way: &mut JoinSet<()>, stop: &mut watch::Receiver<bool>) -> Next {
    while under_way.len() > AT_ONCE - LOOKED_AT_AGAIN {
        tokio::select! {
            _ = stop.wait_for(|is_stopping| *is_stopping) => return Next::End,
            _ = under_way.join_next() => {}
        }
    }
    match *stop.borrow() {
        true => Next::End,
        false => Next::Round,
    }
}
