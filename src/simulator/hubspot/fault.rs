//! Faults on demand: what the simulated HubSpot does instead of answering, or before it answers.

use crate::domain::ids::PortalId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A fault, and which requests it strikes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Strikes paths that begin like this; all but the front page and the control routes if empty.
    #[serde(default)]
    pub path: String,
    /// Strikes only requests with this account's credentials: a bearer token, or a code or refresh
    /// token that is exchanged.
    #[serde(default)]
    pub portal: Option<PortalId>,
    /// What happens.
    pub effect: Effect,
    /// Whether the request has had its effect by then.
    #[serde(default)]
    pub when: When,
    /// How many requests it strikes; unlimited if absent.
    #[serde(default)]
    pub times: Option<u32>,
    /// It ends then, by the simulation's clock; never if absent.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// An error answer, for instance 429, 477, 500, 502 or 503.
    Status {
        /// The HTTP status.
        status: u16,
        /// Its `Retry-After`, word for word.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// The answer comes this much later, in real milliseconds.
    Slow {
        /// How much.
        ms: u64,
    },
    /// Status 200 with a body that is no JSON.
    Garbage,
    /// The connection is closed without an answer.
    Reset,
}

/// Before the request is looked at, or after it was carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The request has no effect.
    #[default]
    Before,
    /// The request has its effect, and its answer is late or lost.
    After,
}

impl Fault {
    /// This fault for every request, until it is cleared.
    pub fn always(effect: Effect) -> Self {
        Self {
            path: String::new(),
            portal: None,
            effect,
            when: When::Before,
            times: None,
            until: None,
        }
    }

    /// An error answer without `Retry-After`.
    pub fn status(status: u16) -> Self {
        Self::always(Effect::Status {
            status,
            retry_after: None,
        })
    }

    /// Only for paths that begin like this.
    pub fn at(self, path: &str) -> Self {
        let path = path.to_owned();
        Self { path, ..self }
    }

    /// Only for requests of this account.
    pub fn of(self, portal: PortalId) -> Self {
        let portal = Some(portal);
        Self { portal, ..self }
    }

    /// Only for the next requests, this many.
    pub fn times(self, times: u32) -> Self {
        let times = Some(times);
        Self { times, ..self }
    }

    /// Whether HTTP can say it.
    pub(super) fn can_be_sent(&self) -> bool {
        match &self.effect {
            Effect::Status {
                status,
                retry_after,
            } => {
                let is_plain = |text: &String| text.chars().all(|c| matches!(c, ' '..='~'));
                (400..600).contains(status) && retry_after.as_ref().is_none_or(is_plain)
            }
            Effect::Slow { .. } | Effect::Garbage | Effect::Reset => true,
        }
    }

    /// Strikes when the request has had its effect.
    pub fn after_its_effect(self) -> Self {
        let when = When::After;
        Self { when, ..self }
    }
}

/// What strikes one request.
#[derive(Default)]
pub(super) struct Struck {
    pub(super) before: Blow,
    pub(super) after: Blow,
}

/// A wait, and then perhaps something in place of the answer.
#[derive(Default)]
pub(super) struct Blow {
    pub(super) wait: Duration,
    pub(super) instead: Option<Effect>,
}

#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn all(&self) -> &[Fault] {
        &self.0
    }

    /// What strikes a request now; each fault that does is one time nearer its end.
    pub(super) fn strike(
        &mut self,
        path: &str,
        portal: Option<PortalId>,
        now: DateTime<Utc>,
    ) -> Struck {
        self.0
            .retain(|fault| fault.until.is_none_or(|end| now < end));
        let mut struck = Struck::default();
        for fault in &mut self.0 {
            let is_meant = path.starts_with(&fault.path)
                && fault.portal.is_none_or(|meant| portal == Some(meant));
            let blow = match fault.when {
                When::Before => &mut struck.before,
                When::After => &mut struck.after,
            };
            if !is_meant || fault.times == Some(0) {
                continue;
            }
            match &fault.effect {
                Effect::Slow { ms } => blow.wait += Duration::from_millis(*ms),
                _ if blow.instead.is_some() => continue,
                Effect::Status { .. } | Effect::Garbage | Effect::Reset => {
                    blow.instead = Some(fault.effect.clone());
                }
            }
            fault.times = fault.times.map(|left| left.saturating_sub(1));
        }
        self.0.retain(|fault| fault.times != Some(0));
        struck
    }
}
