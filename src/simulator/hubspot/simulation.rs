//! What the handlers share: the world, its clock, and its own address.

use super::clock::Clock;
use super::options::HubSpotOptions;
use super::world::World;
use chrono::{DateTime, Utc};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

pub(super) struct Simulation {
    pub(super) clock: Clock,
    /// For instance `http://127.0.0.1:8090`.
    pub(super) url: String,
    /// Wakes whoever sends webhooks.
    pub(super) wake: Arc<Notify>,
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
        *world = World::new(&self.options, self.now(), Arc::clone(&self.wake));
        world.app = app;
    }
}
