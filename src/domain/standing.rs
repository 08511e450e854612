//! Where a conversation stands at one moment: everything that silences it, the gates that are
//! shut, and what of both binds. While a portal is only observed, holds and policies bind nobody.

use super::assess::{AiState, Assessment, View};
use super::gate::{Gate, Mode, Portal, shut_gates};
use super::time::Timestamp;
use serde::Serialize;

/// A judgement with the portal's gates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Everything that is live, as if the portal were.
    pub judged: Assessment,
    /// Every gate that is shut, as if the portal were live.
    pub gates: Vec<Gate>,
    mode: Mode,
}

/// What an observed conversation would have come to, were its portal live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct WouldHaveBeen {
    /// Its state.
    pub ai_state: AiState,
    /// Whether the AI could have answered.
    pub ai_may_reply: bool,
}

impl Standing {
    /// Judges at `now`, by the database's clock.
    pub fn of(portal: &Portal, view: View<'_>, now: Timestamp) -> Self {
        Self {
            judged: view.assess(now),
            gates: shut_gates(portal, view, now),
            mode: portal.mode,
        }
    }

    /// Judges for whoever asks, with the time since when a message of the conversation waits to be
    /// read. That shuts a gate of what is asked alone: no record and no decision knows of it.
    pub fn asked(
        portal: &Portal,
        view: View<'_>,
        unread_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let mut standing = Self::of(portal, view, now);
        if unread_since.is_some() {
            standing.gates.push(Gate::MessageUnread);
            standing.gates.sort();
        }
        standing
    }

    /// True while what is decided binds nobody.
    pub fn is_observed(&self) -> bool {
        self.mode == Mode::Observe
    }

    /// The state that binds.
    pub fn state(&self) -> AiState {
        self.shown_as(self.judged.state())
    }

    /// A state of this conversation as it is shown: without holds that bind it is active.
    pub fn shown_as(&self, state: AiState) -> AiState {
        match self.mode {
            Mode::Observe => AiState::AiActive,
            Mode::Live => state,
        }
    }

    /// True if nothing that binds silences the AI. Information: only the fence permits.
    pub fn may_reply(&self) -> bool {
        match self.mode {
            Mode::Observe => self.gates.iter().all(|gate| gate.is_policy()),
            Mode::Live => self.is_free(),
        }
    }

    /// When the silence that binds is over by itself.
    pub fn silent_until(&self) -> Option<Timestamp> {
        match self.mode {
            Mode::Observe => None,
            Mode::Live => self.judged.silent_until(),
        }
    }

    /// What it would have been; none for a portal that is live.
    pub fn would_have_been(&self) -> Option<WouldHaveBeen> {
        self.is_observed().then(|| WouldHaveBeen {
            ai_state: self.judged.state(),
            ai_may_reply: self.is_free(),
        })
    }

    fn is_free(&self) -> bool {
        self.judged.strongest().is_none() && self.gates.is_empty()
    }
}
