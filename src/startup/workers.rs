//! What runs behind a service beside its requests, from its start to its end.

use crate::decider::Decider;
use crate::hubspot::api::client::ApiClient;
use crate::service::access_token::AccessTokens;
use crate::service::follower::Follower;
use crate::service::hubspot_app::HubspotApp;
use crate::store::pool::Store;
use crate::worker::flush::{self, InMemory};
use crate::worker::{
    end_grants, housekeeping, hubspot_clock, merge_tickets, privacy, read_messages, refresh, sweep,
    timers, verify_owners,
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long the workers may take to end: longer than what they let end themselves.
const LONGEST_END: Duration = Duration::from_secs(3);

/// What the workers work with.
pub(super) struct WorkerParts {
    pub store: Arc<Store>,
    pub decider: Arc<Decider>,
    pub tokens: Arc<AccessTokens>,
    pub app: Arc<HubspotApp>,
    pub api: Arc<ApiClient>,
    pub follower: Arc<Follower>,
    pub in_memory: InMemory,
}

/// The workers of one service; dropped, they end at once.
pub(super) struct Workers {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Workers {
    /// Starts them. Needs a tokio runtime.
    pub(super) fn start(parts: WorkerParts) -> Self {
        let (stop, stopped) = watch::channel(false);
        let stop_of_one = || stopped.clone();
        let mut running = JoinSet::new();
        running.spawn(refresh::run(parts.tokens, stop_of_one()));
        let store = Arc::clone(&parts.store);
        running.spawn(timers::run(store, parts.decider, stop_of_one()));
        running.spawn(end_grants::run(parts.app, stop_of_one()));
        let behind = Arc::new(parts.store.in_background());
        let flushed = Arc::clone(&behind);
        running.spawn(flush::run(flushed, parts.in_memory, stop_of_one()));
        running.spawn(privacy::run(Arc::clone(&behind), stop_of_one()));
        running.spawn(housekeeping::run(Arc::clone(&behind), stop_of_one()));
        let clock = Arc::clone(&behind);
        running.spawn(hubspot_clock::run(clock, parts.api, stop_of_one()));
        let follower = Arc::new(Follower {
            store: behind,
            ..Follower::clone(&parts.follower)
        });
        let of_one = || Arc::clone(&follower);
        running.spawn(read_messages::announced(of_one(), stop_of_one()));
        running.spawn(read_messages::untold(of_one(), stop_of_one()));
        running.spawn(verify_owners::run(of_one(), stop_of_one()));
        running.spawn(verify_owners::look_up(of_one(), stop_of_one()));
        running.spawn(merge_tickets::run(of_one(), stop_of_one()));
        running.spawn(sweep::run(of_one(), stop_of_one()));
        Self { stop, running }
    }

    /// Tells them to end, so that they begin nothing more, and waits until they have, not for long.
    pub(super) async fn end(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.running.join_next().await.is_some() {} };
        // A worker in the middle of a long call is dropped with this; its claims lapse.
        let _ = tokio::time::timeout(LONGEST_END, all).await;
    }
}
