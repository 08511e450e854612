//! Reading in the background: one call after the other, with a pause between, so that it takes no
//! more than its share of a portal's budget of calls.

use super::call_hubspot::{CallError, HubSpot};
use super::follower::{Follower, NotTold};
use super::take_in::Reading;
use crate::domain::ids::PortalId;
use crate::domain::time::Timestamp;
use crate::hubspot::api::error::HubSpotError;
use crate::hubspot::api::lane::Lane;
use crate::hubspot::api::request::Request;
use crate::store::error::StoreError;
use std::time::Duration;

/// A hundred tickets are halved this often before one is alone.
const HALVED_IN_A_ROW: u32 = 8;
/// After so many failures in a row it is HubSpot, or the whole portal, that cannot be read.
const MOST_IN_A_ROW: u32 = 10;

/// How fast a round reads.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Between two calls.
    pub between_calls: Duration,
    /// Calls in one round, at most; then others get their turn.
    pub calls: u32,
}

impl Pace {
    /// 5 calls in 10 s: below 5 % of the 110 that HubSpot allows (page "API usage guidelines",
    /// read 2026-11-22).
    pub const USUAL: Self = Self {
        between_calls: Duration::from_secs(2),
        calls: 20,
    };
}

/// Why a round came to an end before its time.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// HubSpot gave nothing.
    #[error(transparent)]
    HubSpot(#[from] CallError),
    /// What it gave was not taken in.
    #[error(transparent)]
    NotTakenIn(#[from] NotTold),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who asks: a round, at its pace, or somebody who is waited for.
pub(super) enum Caller<'c, 'r> {
    /// One of the round's calls.
    Paced(&'c mut Round<'r>),
    /// As soon as the portal's budget allows.
    AtOnce {
        hubspot: &'c HubSpot,
        portal: PortalId,
        lane: Lane,
    },
}

impl Caller<'_, '_> {
    pub(super) const fn portal(&self) -> PortalId {
        match self {
            Self::Paced(round) => round.portal,
            Self::AtOnce { portal, .. } => *portal,
        }
    }

    /// Makes a call.
    pub(super) async fn ask<T>(&mut self, request: &Request<T>) -> Result<T, CallError> {
        match self {
            Self::Paced(round) => round.ask(request).await.map(|(answer, _)| answer),
            Self::AtOnce {
                hubspot,
                portal,
                lane,
            } => hubspot.ask(*portal, *lane, request).await,
        }
    }
}

/// The calls of one round.
pub(super) struct Round<'a> {
    pub(super) follower: &'a Follower,
    pub(super) portal: PortalId,
    pace: Pace,
    made: u32,
    failed_in_a_row: u32,
}

impl<'a> Round<'a> {
    pub(super) const fn new(follower: &'a Follower, portal: PortalId, pace: Pace) -> Self {
        Self {
            follower,
            portal,
            pace,
            made: 0,
            failed_in_a_row: 0,
        }
    }

    /// True if the round has calls left.
    pub(super) const fn has_calls(&self) -> bool {
        self.made < self.pace.calls
    }

    /// True if less than half of them are left.
    pub(super) const fn is_half_over(&self) -> bool {
        self.made * 2 >= self.pace.calls
    }

    /// Makes a call, once its time has come.
    pub(super) async fn ask<T>(
        &mut self,
        request: &Request<T>,
    ) -> Result<(T, Timestamp), CallError> {
        tokio::time::sleep(self.pace.between_calls).await;
        self.made += 1;
        let lane = Lane::PropertiesAndSweep;
        let hubspot = &self.follower.hubspot;
        let answer = hubspot.ask_timed(self.portal, lane, request).await;
        self.failed_in_a_row = match &answer {
            Ok(_) | Err(CallError::HubSpot(HubSpotError::NotFound(_))) => 0,
            Err(_) => self.failed_in_a_row + 1,
        };
        answer
    }

    /// True if a call that failed says nothing of others: the round goes on without it.
    pub(super) const fn goes_on_after(&self, error: &CallError) -> bool {
        !concerns_portal(error) && self.failed_in_a_row < MOST_IN_A_ROW
    }

    /// True if so many calls failed in a row that it is hardly one ticket's fault.
    pub(super) const fn keeps_failing(&self) -> bool {
        self.failed_in_a_row >= HALVED_IN_A_ROW
    }

    pub(super) const fn reading(&self, began_at: Timestamp) -> Reading {
        Reading {
            portal: self.portal,
            began_at,
        }
    }
}

/// True if no call would do better now: there is no token, HubSpot does not take it, or wants to
/// be left alone, or is not there.
pub(super) const fn concerns_portal(error: &CallError) -> bool {
    match error {
        CallError::Token(_) => true,
        CallError::HubSpot(error) => match error {
            HubSpotError::Unauthorized { .. }
            | HubSpotError::RateLimited { .. }
            | HubSpotError::Migrating { .. } => true,
            HubSpotError::Unavailable { .. }
            | HubSpotError::MissingScopes { .. }
            | HubSpotError::NotFound(_)
            | HubSpotError::Refused(_)
            | HubSpotError::Unreadable { .. } => error.is_not_connected(),
        },
    }
}
