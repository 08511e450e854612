//! Closings and openings: whether a conversation is closed, and which opening ended the closing.

use super::facts::{Facts, KEPT, MOST_KEPT, raise};
use super::policy::OnReopenOwned;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A person's reply this long before an opening makes the reopened conversation theirs.
const SPOKE_BEFORE_OPENING: Span = Span::from_hours(24);

/// An opening, or a customer's message, which opens too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opening {
    /// HubSpot's time of it.
    pub at: Timestamp,
    /// Who answers if a person still owns it, by the policy in force when it was recorded.
    pub if_owned: OnReopenOwned,
    /// No event told it: a reading found it open, counted as of then. When it was opened nobody
    /// knows, so `at` is just after the closing, and any later closing is the newer one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

impl Opening {
    /// A person's reply in this time makes the reopened conversation theirs.
    pub fn spoke_between(self) -> (Timestamp, Timestamp) {
        let latest = self.read_at.unwrap_or(self.at);
        (self.at - SPOKE_BEFORE_OPENING, latest)
    }
}

impl Facts {
    /// The conversation, or the ticket, was closed.
    pub fn closed(&mut self, at: Timestamp) {
        self.status_doubt = None;
        raise(&mut self.closed_at, at);
        self.forget_old_openings();
    }

    /// The conversation was opened.
    pub fn opened(&mut self, opening: Opening) {
        self.status_doubt = None;
        // When it was opened is told now: no reading has to stand in for it.
        if opening.read_at.is_none() && self.closed_at < Some(opening.at) {
            self.openings
                .retain(|known| known.read_at < Some(opening.at));
        }
        if let Err(place) = self.openings.binary_search(&opening) {
            self.openings.insert(place, opening);
        }
        self.forget_old_openings();
    }

    /// A later reading found it closed since the closing that is known: it was not opened, as far
    /// as only earlier readings say.
    pub fn not_opened(&mut self, read_at: Timestamp) {
        let is_later = |opening: &Opening| opening.read_at >= Some(read_at);
        self.openings
            .retain(|opening| opening.read_at.is_none() || is_later(opening));
    }

    /// True when the newest closing has no later opening. A tie stays closed.
    pub fn is_closed(&self) -> bool {
        self.closed_at.is_some() && self.openings.is_empty()
    }

    /// The earliest opening later than the closing; none if it was never closed. Of two at one
    /// time the one that leaves the conversation to the person.
    pub fn reopened(&self) -> Option<Opening> {
        let earliest = self.closed_at.and(self.openings.first())?.at;
        let at_once = self
            .openings
            .iter()
            .take_while(|opening| opening.at == earliest);
        at_once.last().copied()
    }

    /// HubSpot files the thread as spam, or no longer does. A tie is spam.
    pub fn filed_as_spam(&mut self, is_spam: bool, at: Timestamp) {
        let known = (self.spam_told_at, self.is_spam);
        if known < (Some(at), is_spam) {
            (self.spam_told_at, self.is_spam) = (Some(at), is_spam);
        }
    }

    fn forget_old_openings(&mut self) {
        if let Some(closed_at) = self.closed_at {
            self.openings.retain(|opening| opening.at > closed_at);
        }
        let Some(newest) = self.openings.last().map(|opening| opening.at) else {
            return;
        };
        let earliest = self.reopened().map(|opening| opening.at);
        self.openings
            .retain(|opening| Some(opening.at) == earliest || newest - opening.at <= KEPT);
        while self.openings.len() > MOST_KEPT {
            // The earliest decides what the opening means; the newest that it is open at all.
            self.openings.remove(1);
        }
    }
}
