//! Who may have a code exchanged: few at once. Anybody may come with a code of his own making, and
//! each costs a call of HubSpot's token endpoint, which refreshes need too.

use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Of installations that Baton's own state began.
const OF_BEGUN: usize = 4;
/// Of codes that HubSpot's marketplace brings without a state: they cost nothing to make up, so they
/// have turns of their own and keep no other waiting.
const OF_MARKETPLACE: usize = 2;
/// A person who looks at a page that loads waits this long for a turn.
const PATIENCE: Duration = Duration::from_secs(2);

/// The turns of one replica.
#[derive(Debug)]
pub struct ExchangeTurns {
    begun: Semaphore,
    from_marketplace: Semaphore,
}

impl Default for ExchangeTurns {
    fn default() -> Self {
        Self {
            begun: Semaphore::new(OF_BEGUN),
            from_marketplace: Semaphore::new(OF_MARKETPLACE),
        }
    }
}

impl ExchangeTurns {
    /// A turn for an installation with a state, until it is dropped. None: it was not its turn
    /// within two seconds.
    pub async fn begun(&self) -> Option<SemaphorePermit<'_>> {
        turn(&self.begun).await
    }

    /// The same for a code without one.
    pub async fn from_marketplace(&self) -> Option<SemaphorePermit<'_>> {
        turn(&self.from_marketplace).await
    }
}

async fn turn(of: &Semaphore) -> Option<SemaphorePermit<'_>> {
    let turn = tokio::time::timeout(PATIENCE, of.acquire()).await;
    // It is never closed.
    turn.ok()?.ok()
}
