//! Who has the machine: tests that measure have it alone, the others share it.

use crate::world::client;
use std::time::{Duration, Instant};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::const_new(());

/// Long enough for a loaded machine to make a cluster, migrate it and start; nothing waits this long
/// unless it fails.
pub const DEADLINE: Duration = Duration::from_secs(120);
/// What a drain and the end of the process, its own database included, may take on such a machine.
pub const STOP: Duration = Duration::from_secs(60);

/// With others.
pub async fn shared() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// Alone.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().await
}

/// Waits until the service at this address is ready: its first connection may take longer than a
/// request waits for one.
pub async fn until_ready(url: &str) {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let answer = client().get(format!("{url}/readyz")).send().await.unwrap();
        let status = answer.status().as_u16();
        if status == 200 {
            return;
        }
        let why = answer.text().await.unwrap();
        assert!(Instant::now() < deadline, "still {status}: {why}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
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
