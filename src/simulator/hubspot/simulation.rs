//! What the handlers share: the world, its clock, and its own address.

use super::clock::Clock;
use super::options::HubSpotOptions;
use super::world::World;
use chrono::{DateTime, Utc};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct Simulation {
    pub(super) clock: Clock,
    /// For instance `http://127.0.0.1:8090`.
    pub(super) url: String,
    options: HubSpotOptions,
    world: Mutex<World>,
}

impl Simulation {
    pub(super) fn new(options: HubSpotOptions, url: String) -> Self {
        Self {
            clock: Clock::start(options.clock_speed),
            url,
            world: Mutex::new(World::new(&options)),
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

    /// Begins again with the world as it was at the start. The clock goes on, and URLs that were
    /// registered later stay.
    pub(super) fn reset(&self) {
        let mut world = self.world();
        let app = world.app.clone();
        *world = World::new(&self.options);
        world.app = app;
    }
}
