//! What the handlers share: the world, its clock, and its own address.

use super::clock::Clock;
use super::options::HubSpotOptions;
use super::world::World;
use crate::simulator::caller::{Caller, Target};
use crate::simulator::signing::Versions;
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};

pub(super) struct Simulation {
    pub(super) clock: Clock,
    /// For instance `http://127.0.0.1:8090`.
    pub(super) url: String,
    /// Wakes whoever sends webhooks.
    pub(super) wake: Arc<Notify>,
    /// Wakes whoever sets out with enrolled tickets.
    pub(super) enrolled: Notify,
    /// How many actions may be called now.
    pub(super) calls: Semaphore,
    /// Wakes whoever waits for a moment that may have come by a jump.
    jumped: Notify,
    caller: Mutex<Option<(String, Arc<Caller>)>>,
    options: HubSpotOptions,
    world: Mutex<World>,
}

impl Simulation {
    pub(super) fn new(options: HubSpotOptions, url: String) -> Self {
        let clock = Clock::start(options.clock_speed);
        let wake = Arc::new(Notify::new());
        let world = World::new(&options, clock.now(), Arc::clone(&wake));
        Self {
            clock,
            url,
            wake,
            enrolled: Notify::new(),
            calls: Semaphore::new(options.action_calls_at_a_time),
            jumped: Notify::new(),
            caller: Mutex::new(None),
            world: Mutex::new(world),
            options,
        }
    }

    /// The world, for a moment. Nothing waits while it is held.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Skips simulated time; what is due by then happens now.
    pub(super) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.wake.notify_one();
        self.jumped.notify_waiters();
    }

    /// Waits until this simulated moment.
    pub(super) async fn wait_until(&self, moment: DateTime<Utc>) {
        loop {
            let jumped = self.jumped.notified();
            let left = self.clock.real_time_until(moment);
            if left.is_zero() {
                return;
            }
            // Whatever ends the wait, the clock is looked at again.
            let _ = tokio::time::timeout(left, jumped).await;
        }
    }

    /// Calls actions of the service where it is now; `None` if its address cannot be called.
    pub(super) fn caller(&self) -> Option<Arc<Caller>> {
        let (url, secret) = {
            let world = self.world();
            let secret = world.app.client_secret.clone();
            (world.app.service_url.clone(), secret)
        };
        let mut kept = self.caller.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, caller)) = kept.as_ref()
            && *of == url
        {
            return Some(Arc::clone(caller));
        }
        let caller = Caller::new(Target {
            base_url: url.clone(),
            signed_base_url: url.clone(),
            secret,
            versions: Versions::Both,
        });
        let caller = Arc::new(caller.ok()?);
        *kept = Some((url, Arc::clone(&caller)));
        Some(caller)
    }

    /// How long a service may take to answer a delivery, in real time.
    pub(super) fn webhook_timeout(&self) -> Duration {
        self.options.webhook_timeout
    }

    /// Begins again with the world as it was at the start. The clock goes on, and URLs that were
    /// registered later stay.
    pub(super) fn reset(&self) {
        let mut world = self.world();
        let app = world.app.clone();
        let mut fresh = World::new(&self.options, self.now(), Arc::clone(&self.wake));
        fresh.workflows.number_after(&world.workflows);
        *world = fresh;
        world.app = app;
    }
}
