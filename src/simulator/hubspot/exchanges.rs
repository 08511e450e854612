//! Counts what the token endpoint did for each account, so that a test can prove that each token
//! was refreshed once.

use crate::domain::ids::PortalId;
use serde::Serialize;
use std::collections::BTreeMap;

/// What the token endpoint did for one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PortalExchanges {
    /// Codes that were exchanged.
    pub codes: u64,
    /// Successful refreshes, one number for each generation of tokens. A generation begins with a
    /// refresh that somebody needed: the newest access token had expired, or half its life was
    /// over. Any other refresh belongs to the generation before it, so that a number above 1 is a
    /// refresh too many.
    pub refreshes: Vec<u64>,
    /// Exchanges of a code or token that was known and that were refused all the same.
    pub refused: u64,
}

/// How old the newest access token is when a refresh is asked for.
#[derive(Clone, Copy)]
pub(super) enum Newest {
    /// More than half of its life is left.
    Young,
    /// It is not, or there is none.
    Due,
}

#[derive(Default)]
pub(super) struct Exchanges(BTreeMap<PortalId, PortalExchanges>);

impl Exchanges {
    pub(super) fn of(&self, portal: PortalId) -> PortalExchanges {
        self.0.get(&portal).cloned().unwrap_or_default()
    }

    pub(super) fn all(&self) -> BTreeMap<String, PortalExchanges> {
        let all = self.0.iter();
        all.map(|(portal, counts)| (portal.to_string(), counts.clone()))
            .collect()
    }

    pub(super) fn count_code(&mut self, portal: PortalId) {
        self.0.entry(portal).or_default().codes += 1;
    }

    pub(super) fn count_refresh(&mut self, portal: PortalId, newest: Newest) {
        let refreshes = &mut self.0.entry(portal).or_default().refreshes;
        match (newest, refreshes.last_mut()) {
            (Newest::Young, Some(count)) => *count += 1,
            (Newest::Young, None) | (Newest::Due, _) => refreshes.push(1),
        }
    }

    pub(super) fn refuse(&mut self, portal: PortalId) {
        self.0.entry(portal).or_default().refused += 1;
    }
}
