//! Who has the machine: tests that measure have it alone, the others share it.

use std::time::{Duration, Instant};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::const_new(());

/// Long enough for a loaded machine; nothing waits this long unless it fails.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// With others.
pub async fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// Alone.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().await
}

/// Waits until it holds.
pub fn eventually(claim: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "not within {DEADLINE:?}: {claim}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}
