//! What a call is for, which decides how much of a portal's budget it may take and how long it
//! waits for its turn.

use std::time::Duration;

/// What a call is for, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Whether a person has taken over.
    VerifySilence,
    /// What the AI says to the customer.
    Replies,
    /// Assigning, noting and unblocking for a handoff.
    HandoffEffects,
    /// What somebody waits to see: a page, an admin's request, an install.
    LookUps,
    /// Writing properties, and the sweep that finds what no event told.
    PropertiesAndSweep,
}

impl Lane {
    /// All, the most urgent first.
    pub const ALL: [Self; 5] = [
        Self::VerifySilence,
        Self::Replies,
        Self::HandoffEffects,
        Self::LookUps,
        Self::PropertiesAndSweep,
    ];

    /// The share of the budget that is kept for this lane, whatever the others do, in percent.
    /// What the shares leave is for whoever needs it, the most urgent first.
    pub const fn kept_percent(self) -> u32 {
        match self {
            Self::VerifySilence => 20,
            Self::Replies => 20,
            Self::HandoffEffects => 10,
            Self::LookUps => 10,
            Self::PropertiesAndSweep => 5,
        }
    }

    /// How long a call waits for its turn before it fails.
    pub const fn patience(self) -> Duration {
        match self {
            Self::VerifySilence => Duration::from_secs(3),
            Self::Replies | Self::HandoffEffects => Duration::from_secs(10),
            // Somebody is looking at a page that loads.
            Self::LookUps => Duration::from_secs(5),
            Self::PropertiesAndSweep => Duration::from_secs(30),
        }
    }
}

/// One of something for each lane.
#[derive(Clone, Debug, Default)]
pub(super) struct PerLane<T> {
    verify_silence: T,
    replies: T,
    handoff_effects: T,
    look_ups: T,
    properties_and_sweep: T,
}

impl<T> PerLane<T> {
    pub(super) const fn of(&self, lane: Lane) -> &T {
        match lane {
            Lane::VerifySilence => &self.verify_silence,
            Lane::Replies => &self.replies,
            Lane::HandoffEffects => &self.handoff_effects,
            Lane::LookUps => &self.look_ups,
            Lane::PropertiesAndSweep => &self.properties_and_sweep,
        }
    }

    pub(super) const fn of_mut(&mut self, lane: Lane) -> &mut T {
        match lane {
            Lane::VerifySilence => &mut self.verify_silence,
            Lane::Replies => &mut self.replies,
            Lane::HandoffEffects => &mut self.handoff_effects,
            Lane::LookUps => &mut self.look_ups,
            Lane::PropertiesAndSweep => &mut self.properties_and_sweep,
        }
    }
}
