//! One refresh per generation inside this replica: whoever asks while it is under way waits for
//! its outcome. It runs in a task of its own, so that a caller who gives up does not end it.

use super::{Token, TokenError};
use crate::domain::ids::PortalId;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// HubSpot may ask to wait for a day; a replica asks again after a minute, since somebody may
/// have mended things.
const LONGEST_COOL_DOWN: Duration = Duration::from_secs(60);

type Outcome = Result<Token, TokenError>;
type Key = (PortalId, i64);
type UnderWay = HashMap<Key, watch::Receiver<Option<Outcome>>>;

/// What is under way, and what failed a moment ago.
#[derive(Default)]
pub(super) struct Flights {
    under_way: Mutex<UnderWay>,
}

impl Flights {
    /// The outcome of the refresh of this portal and generation: of the one under way, else of
    /// `refresh`, which is started. A failure stands for the cool-down, and is then forgotten.
    pub(super) async fn join<F>(
        self: &Arc<Self>,
        key: Key,
        cool_down: Duration,
        refresh: F,
    ) -> Outcome
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut outcome = self.receiver(key, cool_down, refresh);
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or_else(|| Err(cut_short())),
            Err(_) => Err(cut_short()),
        }
    }

    /// Waits until nothing is under way.
    pub(super) async fn landed(&self) {
        let receivers: Vec<_> = self.map().values().cloned().collect();
        for mut receiver in receivers {
            // A task that is gone has landed as well.
            let _ = receiver.wait_for(Option::is_some).await;
        }
    }

    fn receiver<F>(
        self: &Arc<Self>,
        key: Key,
        cool_down: Duration,
        refresh: F,
    ) -> watch::Receiver<Option<Outcome>>
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        let mut map = self.map();
        if let Some(receiver) = map.get(&key) {
            return receiver.clone();
        }
        let (sender, receiver) = watch::channel(None);
        map.insert(key, receiver.clone());
        // Dropped with the task, however that ends.
        let forget = Forget {
            flights: Arc::clone(self),
            key,
        };
        tokio::spawn(async move {
            let forget = forget;
            let outcome = refresh.await;
            let pause = pause_after(&outcome, cool_down);
            sender.send_replace(Some(outcome));
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            drop(forget);
        });
        receiver
    }

    fn map(&self) -> MutexGuard<'_, UnderWay> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

struct Forget {
    flights: Arc<Flights>,
    key: Key,
}

impl Drop for Forget {
    fn drop(&mut self) {
        self.flights.map().remove(&self.key);
    }
}

fn pause_after(outcome: &Outcome, cool_down: Duration) -> Option<Duration> {
    match outcome {
        Err(TokenError::Unavailable { retry_after, .. }) => {
            Some(retry_after.unwrap_or(cool_down).min(LONGEST_COOL_DOWN))
        }
        Err(TokenError::Configuration(_)) => Some(cool_down),
        Ok(_)
        | Err(TokenError::NotConnected | TokenError::ReconnectRequired | TokenError::Store(_)) => {
            None
        }
    }
}

fn cut_short() -> TokenError {
    TokenError::Unavailable {
        reason: "the refresh was cut short".to_owned(),
        retry_after: None,
    }
}
