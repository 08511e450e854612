//! What goes wrong on the way, on demand: events are lost, delivered again, or late.

use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A disturbance, and which events it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disturbance {
    /// Strikes only events of this account.
    #[serde(default)]
    pub portal: Option<PortalId>,
    /// Strikes only kinds that begin like this, for instance `ticket.`; all if empty.
    #[serde(default)]
    pub event: String,
    /// What happens.
    pub effect: Mishap,
    /// The part of the events that it strikes, 0 to 1, by chance.
    #[serde(default = "every")]
    pub share: f64,
    /// How many events it strikes; unlimited if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// It ends then, by the simulation's clock; never if absent.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// What happens to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mishap {
    /// It is never delivered.
    Lose,
    /// It is delivered this many times more, each in a request of its own.
    Repeat {
        /// How many times more.
        times: u8,
    },
    /// It comes this many simulated milliseconds later than it should, after younger ones.
    Delay {
        /// How much later.
        ms: u64,
    },
    /// It comes at a random moment within this many simulated milliseconds.
    Shuffle {
        /// Within how many.
        within_ms: u64,
    },
}

impl Disturbance {
    /// This mishap for every event, until it is cleared.
    pub fn always(effect: Mishap) -> Self {
        Self {
            portal: None,
            event: String::new(),
            effect,
            share: every(),
            times: None,
            until: None,
        }
    }

    /// Only for events of this account.
    #[must_use]
    pub fn of(self, portal: PortalId) -> Self {
        let portal = Some(portal);
        Self { portal, ..self }
    }

    /// Only for kinds that begin like this.
    #[must_use]
    pub fn on(self, event: &str) -> Self {
        let event = event.to_owned();
        Self { event, ..self }
    }

    /// Only for the next events, this many.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        let times = Some(times);
        Self { times, ..self }
    }

    /// Only for this part of them, 0 to 1.
    #[must_use]
    pub fn share(self, share: f64) -> Self {
        Self { share, ..self }
    }
}

/// What became of one event.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    pub(crate) is_lost: bool,
    pub(crate) copies: u8,
    pub(crate) delay: Duration,
}

#[derive(Default)]
pub(crate) struct Disturbances(Vec<Disturbance>);

impl Disturbances {
    pub(crate) fn add(&mut self, disturbance: Disturbance) {
        self.0.push(disturbance);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn all(&self) -> &[Disturbance] {
        &self.0
    }

    /// What becomes of an event that happens now.
    pub(crate) fn strike(&mut self, portal: PortalId, event: &str, now: DateTime<Utc>) -> Fate {
        self.0
            .retain(|disturbance| disturbance.until.is_none_or(|end| now < end));
        let mut fate = Fate::default();
        for disturbance in &mut self.0 {
            let is_meant = disturbance.portal.is_none_or(|meant| meant == portal)
                && event.starts_with(&disturbance.event)
                && disturbance.times != Some(0)
                && rand::random::<f64>() < disturbance.share;
            if !is_meant {
                continue;
            }
            disturbance.times = disturbance.times.map(|left| left.saturating_sub(1));
            match disturbance.effect {
                Mishap::Lose => fate.is_lost = true,
                Mishap::Repeat { times } => fate.copies = fate.copies.saturating_add(times),
                Mishap::Delay { ms } => fate.delay += Duration::from_millis(ms),
                Mishap::Shuffle { within_ms } => {
                    let within = Duration::from_millis(within_ms);
                    fate.delay += within.mul_f64(rand::random());
                }
            }
        }
        self.0.retain(|disturbance| disturbance.times != Some(0));
        fate
    }
}

const fn every() -> f64 {
    1.0
}
