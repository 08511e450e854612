//! Work under way for several portals at once: a portal whose data centre hangs must not hold up
//! the others.

use super::pause::Next;
use crate::domain::ids::PortalId;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{Id, JoinSet};

/// Tasks under way, in all.
const MOST: usize = 256;
/// Tasks under way for one portal before no more are begun.
const MOST_OF_PORTAL: usize = 32;

/// How long what is under way may take to end when the service does. What takes longer is dropped
/// and comes back when its claim is over, for that long as a silence that nobody needed.
const LONGEST_END: Duration = Duration::from_secs(2);

/// Between two looks without a bell.
const PERIOD: Duration = Duration::from_millis(500);

/// What is under way.
pub(super) struct InFlight {
    tasks: JoinSet<()>,
    portals: BTreeMap<Id, PortalId>,
    most_of_portal: usize,
}

impl Default for InFlight {
    fn default() -> Self {
        Self::at_most_of_portal(MOST_OF_PORTAL)
    }
}

impl InFlight {
    /// Nothing yet, and later no more than this for one portal.
    pub(super) fn at_most_of_portal(most_of_portal: usize) -> Self {
        Self {
            tasks: JoinSet::new(),
            portals: BTreeMap::new(),
            most_of_portal,
        }
    }

    /// How many more may be begun now.
    pub(super) fn room(&mut self) -> usize {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(&ended);
        }
        self.most_of_portal
            .min(MOST.saturating_sub(self.tasks.len()))
    }

    /// The portals for which enough is under way.
    pub(super) fn busy(&self) -> Vec<PortalId> {
        let mut counts: BTreeMap<PortalId, usize> = BTreeMap::new();
        for portal in self.portals.values() {
            *counts.entry(*portal).or_default() += 1;
        }
        counts.retain(|_, count| *count >= self.most_of_portal);
        counts.into_keys().collect()
    }

    /// Begins work for a portal.
    pub(super) fn begin(
        &mut self,
        portal: PortalId,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let task = self.tasks.spawn(work);
        self.portals.insert(task.id(), portal);
    }

    /// Waits until there may be something to begin: the bell rang, a place is free where none was,
    /// or time has passed, since another replica may have heard what is due.
    pub(super) async fn wait_for(
        &mut self,
        bell: &Notify,
        stop: &mut watch::Receiver<bool>,
    ) -> Next {
        let is_full = self.room() == 0;
        tokio::select! {
            _ = stop.wait_for(|is_stopping| *is_stopping) => return Next::End,
            () = bell.notified() => {}
            () = self.one_ends(), if is_full => {}
            () = tokio::time::sleep(PERIOD) => {}
        }
        Next::Round
    }

    /// Lets what is under way end, but not for long.
    pub(super) async fn end(mut self) {
        let all = async { while self.tasks.join_next().await.is_some() {} };
        // What is left is dropped with this.
        let _ = tokio::time::timeout(LONGEST_END, all).await;
    }

    /// Waits until one ends; for ever if nothing is under way.
    async fn one_ends(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(ended) => self.forget(&ended),
            None => std::future::pending().await,
        }
    }

    fn forget(&mut self, ended: &Result<(Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => *id,
            // It panicked, which was logged when it happened; its claim lapses.
            Err(error) => error.id(),
        };
        self.portals.remove(&id);
    }
}
