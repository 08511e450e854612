//! The way into the activity log: a bounded queue in memory that a worker writes in batches. It
//! never keeps the write path waiting: what does not fit is left out and counted, successes first.

use crate::domain::time::Timestamp;
use crate::metrics::METRICS;
use crate::store::activity::{self, Activity};
use crate::store::error::StoreError;
use crate::store::pool::{Store, read};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines of one batch. With one batch a second, writing them costs a few hundredths of a core.
const MOST_IN_BATCH: usize = 1_000;
/// Successes wait up to here, failures up to twice as many.
const MOST_SUCCESSES: usize = MOST_IN_BATCH;
const MOST_FAILURES: usize = 2 * MOST_IN_BATCH;

/// Whether something went well; failures are what somebody will look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Went {
    /// As it should.
    Well,
    /// Otherwise.
    Wrong,
}

impl Went {
    /// By the status of HTTP.
    pub const fn by(status: u16) -> Self {
        match status {
            200..=399 => Self::Well,
            _ => Self::Wrong,
        }
    }
}

/// The lines that are not in the database yet.
pub struct ActivityLog {
    waiting: Mutex<VecDeque<Activity>>,
    length: AtomicUsize,
    clock: fn() -> Timestamp,
}

impl ActivityLog {
    /// An empty one. `clock` is this machine's.
    pub fn new(clock: fn() -> Timestamp) -> Self {
        Self {
            waiting: Mutex::default(),
            length: AtomicUsize::new(0),
            clock,
        }
    }

    /// This machine's clock, for layers that read none.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether a line would be taken, so that nobody makes one for nothing. If not, that is
    /// counted.
    pub fn has_room(&self, went: Went) -> bool {
        let most = match went {
            Went::Well => MOST_SUCCESSES,
            Went::Wrong => MOST_FAILURES,
        };
        let has_room = self.length.load(Ordering::Relaxed) < most;
        if !has_room {
            METRICS.activity_dropped.inc();
        }
        has_room
    }

    /// Takes a line.
    pub fn record(&self, line: Activity) {
        let mut waiting = self.lock();
        if waiting.len() >= MOST_FAILURES {
            METRICS.activity_dropped.inc();
            return;
        }
        waiting.push_back(line);
        self.length.store(waiting.len(), Ordering::Relaxed);
    }

    /// Writes a batch. While the database is not available it waits for the next one, as far as
    /// there is room; what cannot be written otherwise is lost, and counted: the log is no record of
    /// what was decided.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn flush(&self, store: &Arc<Store>) -> Result<(), StoreError> {
        let batch: Arc<Vec<Activity>> = {
            let mut waiting = self.lock();
            let count = waiting.len().min(MOST_IN_BATCH);
            let batch = waiting.drain(..count).collect();
            self.length.store(waiting.len(), Ordering::Relaxed);
            Arc::new(batch)
        };
        if batch.is_empty() {
            return Ok(());
        }
        let lines = Arc::clone(&batch);
        let written = read(store, move |conn| activity::write(conn, &lines)).await;
        match &written {
            Ok(()) => {}
            Err(error) if error.is_transient() => self.put_back(Arc::unwrap_or_clone(batch)),
            Err(_) => METRICS.activity_dropped.inc_by(batch.len() as u64),
        }
        written
    }

    /// Puts the newest of these lines back before those that came meanwhile. One that was written
    /// all the same, though too late to be heard of, is not written twice.
    fn put_back(&self, mut lines: Vec<Activity>) {
        let mut waiting = self.lock();
        let room = MOST_FAILURES.saturating_sub(waiting.len());
        let lost = lines.len().saturating_sub(room);
        METRICS.activity_dropped.inc_by(lost as u64);
        for line in lines.drain(lost..).rev() {
            waiting.push_front(line);
        }
        self.length.store(waiting.len(), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Activity>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
