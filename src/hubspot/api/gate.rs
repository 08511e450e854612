//! Where calls wait for their turn in their portal's budget.
//! Each replica keeps its own count; what another replica uses it learns from HubSpot's headers.

use super::budget::{Allowance, Budget, Closure, Ticket};
use super::clock::Clock;
use super::lane::Lane;
use crate::domain::ids::PortalId;
use crate::domain::time::{Span, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// More budgets than this and the idle ones are forgotten.
const MANY_PORTALS: usize = 1_024;

/// How long a waiting call sleeps at most before it looks again, since a clock may be set.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// The budgets of all portals.
#[derive(Debug)]
pub struct Gates {
    allowance: Allowance,
    clock: Clock,
    portals: Mutex<HashMap<PortalId, Arc<Gate>>>,
}

#[derive(Debug)]
struct Gate {
    budget: Mutex<Budget>,
    changed: Notify,
}

/// The turn did not come in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// When to try again.
    pub retry_after: Duration,
    /// What HubSpot said, if it is HubSpot that holds calls back.
    pub closure: Option<Closure>,
}

/// A place in a budget. Dropping it says that the call is over.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    ticket: Ticket,
    clock: Clock,
}

impl Gates {
    /// Budgets with this allowance for each portal.
    pub fn new(allowance: Allowance, clock: Clock) -> Self {
        Self {
            allowance,
            clock,
            portals: Mutex::default(),
        }
    }

    /// Waits for a turn, at most as long as the lane has patience.
    ///
    /// # Errors
    /// See [`HeldBack`]; at once where it is known that waiting would not help.
    pub async fn enter(&self, portal: PortalId, lane: Lane) -> Result<Place, HeldBack> {
        let gate = self.gate(portal);
        let ticket = gate.locked().queue(lane);
        // From here on whatever ends this call leaves the queue.
        let place = Place {
            gate: Arc::clone(&gate),
            ticket,
            clock: self.clock.clone(),
        };
        let patience = tokio::time::sleep(lane.patience());
        tokio::pin!(patience);
        loop {
            let changed = gate.changed.notified();
            let nap = match place.look(self.clock.now(), lane) {
                Look::Admitted => return Ok(place),
                Look::Closed(held_back) => return Err(held_back),
                Look::Wait(nap) => nap,
            };
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(nap) => {}
                () = &mut patience => return place.give_up(self.clock.now()),
            }
        }
    }

    fn gate(&self, portal: PortalId) -> Arc<Gate> {
        let mut portals = self.portals.lock().unwrap_or_else(PoisonError::into_inner);
        if portals.len() >= MANY_PORTALS && !portals.contains_key(&portal) {
            let now = self.clock.now();
            portals.retain(|_, gate| Arc::strong_count(gate) > 1 || !gate.locked().is_idle(now));
        }
        let gate = portals.entry(portal).or_insert_with(|| {
            Arc::new(Gate {
                budget: Mutex::new(Budget::new(self.allowance)),
                changed: Notify::new(),
            })
        });
        Arc::clone(gate)
    }
}

enum Look {
    Admitted,
    Closed(HeldBack),
    Wait(Duration),
}

impl Place {
    /// HubSpot's answer says how the window stands.
    pub fn observe(&self, max: u32, remaining: u32) {
        self.gate.locked().observe(self.clock.now(), max, remaining);
        self.gate.changed.notify_waiters();
    }

    /// HubSpot asks to be left alone this long.
    pub fn close(&self, wait: Duration, why: Closure) {
        let until = self.clock.now() + span(wait);
        self.gate.locked().close(until, why);
        self.gate.changed.notify_waiters();
    }

    fn look(&self, now: Timestamp, lane: Lane) -> Look {
        let mut budget = self.gate.locked();
        let admitted = budget.admit(now);
        let is_admitted = budget.is_admitted(self.ticket);
        let closed = budget.closed();
        let changes_at = budget.changes_at();
        drop(budget);
        if admitted > usize::from(is_admitted) {
            self.gate.changed.notify_waiters();
        }
        if is_admitted {
            return Look::Admitted;
        }
        if let Some((until, why)) = closed
            && duration(until - now) > lane.patience()
        {
            return Look::Closed(HeldBack {
                retry_after: duration(until - now),
                closure: Some(why),
            });
        }
        let nap = changes_at.map_or(LONGEST_NAP, |at| duration(at - now));
        Look::Wait(nap.clamp(Duration::from_millis(1), LONGEST_NAP))
    }

    fn give_up(self, now: Timestamp) -> Result<Self, HeldBack> {
        let budget = self.gate.locked();
        if budget.is_admitted(self.ticket) {
            drop(budget);
            return Ok(self);
        }
        let closed = budget.closed();
        let again = closed.map(|(until, _)| until).or(budget.changes_at());
        let retry_after = again.map_or(Duration::ZERO, |at| duration(at - now));
        drop(budget);
        Err(HeldBack {
            retry_after: retry_after.max(Duration::from_secs(1)),
            closure: closed.map(|(_, why)| why),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.locked().leave(self.ticket, self.clock.now());
        self.gate.changed.notify_waiters();
    }
}

impl Gate {
    fn locked(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn duration(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0))
}

fn span(duration: Duration) -> Span {
    Span::from_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn gates(now: &Arc<AtomicI64>) -> Gates {
        let now = Arc::clone(now);
        let clock = Clock::new(move || Timestamp::from_millis(now.load(Ordering::SeqCst)));
        Gates::new(Allowance::HUBSPOT, clock)
    }

    fn portal(number: usize) -> PortalId {
        PortalId(i64::try_from(number).unwrap() + 1)
    }

    #[tokio::test]
    async fn portals_that_were_not_called_for_a_window_are_forgotten_and_no_others() {
        let now = Arc::new(AtomicI64::new(0));
        let gates = gates(&now);
        let held = gates.enter(portal(0), Lane::Replies).await.unwrap();
        for number in 1..MANY_PORTALS {
            drop(gates.enter(portal(number), Lane::Replies).await.unwrap());
        }
        now.store(9_999, Ordering::SeqCst);
        let enter = gates.enter(portal(MANY_PORTALS), Lane::Replies);
        drop(enter.await.unwrap());
        let known = || gates.portals.lock().unwrap().len();
        assert_eq!(known(), MANY_PORTALS + 1, "all still count");

        now.store(10_000, Ordering::SeqCst);
        let enter = gates.enter(portal(MANY_PORTALS + 1), Lane::Replies);
        drop(enter.await.unwrap());
        let left = [0, MANY_PORTALS, MANY_PORTALS + 1].map(portal);
        assert_eq!(known(), left.len());
        let portals = gates.portals.lock().unwrap();
        assert!(left.iter().all(|portal| portals.contains_key(portal)));
        drop((portals, held));
    }

    #[tokio::test]
    async fn a_closed_portal_tells_the_impatient_at_once_how_long() {
        let gates = gates(&Arc::new(AtomicI64::new(0)));
        let place = gates.enter(portal(0), Lane::Replies).await.unwrap();
        place.close(Duration::from_secs(3_600), Closure::Migrating);
        for lane in Lane::ALL {
            let held_back = gates.enter(portal(0), lane).await.unwrap_err();
            let expected = HeldBack {
                retry_after: Duration::from_secs(3_600),
                closure: Some(Closure::Migrating),
            };
            assert_eq!(held_back, expected, "{lane:?}");
        }
    }
}
