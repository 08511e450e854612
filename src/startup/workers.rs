//! What runs behind a service beside its requests, from its start to its end.

use crate::decider::Decider;
use crate::hubspot::api::client::ApiClient;
use crate::service::access_token::AccessTokens;
use crate::service::follower::Follower;
use crate::service::hubspot_app::HubspotApp;
use crate::store::pool::Store;
use crate::worker::flush::{self, InMemory};
use crate::worker::supervise::supervised;
use crate::worker::{
    end_grants, housekeeping, hubspot_clock, merge_tickets, privacy, read_messages, refresh, sweep,
    timers, verify_owners,
};
use std::future::Future;
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
        let (stop, _) = watch::channel(false);
        let mut workers = Self {
            stop,
            running: JoinSet::new(),
        };
        let behind = Arc::new(parts.store.in_background());
        let follower = Arc::new(Follower {
            store: Arc::clone(&behind),
            ..Follower::clone(&parts.follower)
        });
        workers.begin("refresh", parts.tokens, refresh::run);
        let of_timers = (Arc::clone(&parts.store), parts.decider);
        workers.begin("timers", of_timers, |(store, decider), stop| {
            timers::run(store, decider, stop)
        });
        workers.begin("end grants", parts.app, end_grants::run);
        let of_flush = (Arc::clone(&behind), parts.in_memory);
        workers.begin("flush", of_flush, |(store, in_memory), stop| {
            flush::run(store, in_memory, stop)
        });
        workers.begin("privacy", Arc::clone(&behind), privacy::run);
        workers.begin("housekeeping", Arc::clone(&behind), housekeeping::run);
        let of_clock = (behind, parts.api);
        workers.begin("hubspot clock", of_clock, |(store, api), stop| {
            hubspot_clock::run(store, api, stop)
        });
        let of_one = || Arc::clone(&follower);
        workers.begin("announced messages", of_one(), read_messages::announced);
        workers.begin("untold messages", of_one(), read_messages::untold);
        workers.begin("owners", of_one(), verify_owners::run);
        workers.begin("look-ups", of_one(), verify_owners::look_up);
        workers.begin("merges", of_one(), merge_tickets::run);
        workers.begin("sweep", follower, sweep::run);
        workers
    }

    /// Starts one, with what it works with at each beginning.
    fn begin<P, F>(
        &mut self,
        name: &'static str,
        parts: P,
        run: impl Fn(P, watch::Receiver<bool>) -> F + Send + 'static,
    ) where
        P: Clone + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let begin = move |stop| run(parts.clone(), stop);
        let supervised = supervised(name, self.stop.subscribe(), begin);
        self.running.spawn(supervised);
    }

    /// Tells them to end, so that they begin nothing more, and waits until they have, not for long.
    pub(super) async fn end(mut self) {
        self.stop.send_replace(true);
        let all = async { while self.running.join_next().await.is_some() {} };
        // A worker in the middle of a long call is dropped with this; its claims lapse.
        let _ = tokio::time::timeout(LONGEST_END, all).await;
    }
}
