//! Holds: reasons for silence that somebody placed and somebody may lift. Silences that follow
//! from facts alone (a person owns, a person replied) are not stored; `assess` derives them.

use super::actor::{Authority, Requester};
use super::messages::PersonReply;
use super::metadata::Metadata;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// The id of a hold, and at once its epoch: a timer set for another epoch does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HoldId(pub Uuid);

/// A reason for silence as it was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its id and epoch.
    pub id: HoldId,
    /// What kind it is.
    #[serde(flatten)]
    pub kind: HoldKind,
    /// Who placed it.
    pub by: Requester,
    /// When it was decided, by the database's clock. For display.
    pub decided_at: Timestamp,
    /// When it counts as placed on HubSpot's clock. Events release only what was placed before
    /// them, so this errs towards later.
    pub placed_at: Timestamp,
    /// When it ends by itself, by the database's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The caller's own code for the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<String>,
    /// The caller's words about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the caller of the API attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

/// The kinds of hold that are placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HoldKind {
    /// An admin's lock: only an admin lifts it.
    AdminLock,
    /// A person was asked for.
    Handoff(HandoffTerms),
    /// Workflows contradicted one another; all of them are ignored for a while.
    Damped,
    /// The AI pauses, for a time or until resumed.
    Pause,
}

/// What was asked of the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoffTerms {
    /// Who is wanted.
    pub target: HandoffTarget,
    /// How urgent it is.
    pub priority: Priority,
    /// What happens when nobody comes in time.
    pub on_timeout: OnTimeout,
    /// When `on_timeout` acts. None: there is no clock, or it is spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_deadline: Option<Timestamp>,
    /// The source time of the reply that claimed it without taking ownership.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Timestamp>,
    /// The reply window in force when it was placed; replies this much older still claim it.
    pub reply_window: Span,
    /// A person was there when it was asked for: it is assigned once they are gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assigns_later: bool,
    /// The customer was told of it, and is not told a second time while it lasts.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_told_customer: bool,
}

/// Whom a handoff asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffTarget {
    /// Anybody: the conversation is left without an owner.
    Unassigned,
    /// A team, by HubSpot's team id.
    Team(i64),
    /// A person, by HubSpot's owner id.
    User(i64),
}

impl HandoffTarget {
    /// How precisely it says who is wanted: of two the more precise one shows.
    pub const fn precision(&self) -> u8 {
        match self {
            Self::Unassigned => 0,
            Self::Team(_) => 1,
            Self::User(_) => 2,
        }
    }
}

/// A text that names nobody a handoff could ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected unassigned, user:<owner id> or team:<team id>")]
pub struct NotATarget;

impl std::str::FromStr for HandoffTarget {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let id = |digits: &str| {
            let id = digits.parse::<i64>().ok().filter(|id| *id > 0);
            id.ok_or(NotATarget)
        };
        match text.split_once(':') {
            None if text == "unassigned" => Ok(Self::Unassigned),
            Some(("user", digits)) => Ok(Self::User(id(digits)?)),
            Some(("team", digits)) => Ok(Self::Team(id(digits)?)),
            None | Some(_) => Err(NotATarget),
        }
    }
}

impl fmt::Display for HandoffTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unassigned => f.write_str("unassigned"),
            Self::Team(id) => write!(f, "team:{id}"),
            Self::User(id) => write!(f, "user:{id}"),
        }
    }
}

/// How urgent a handoff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// As usual.
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// What happens when nobody claims a handoff in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// The handoff stays and the AI platform is told.
    Notify,
    /// The AI may answer again.
    ReturnToAi,
    /// The handoff becomes urgent and goes to the portal's default target.
    Escalate,
}

/// The kinds of silence as they are shown and compared, weakest first: their order is their rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldName {
    /// A pause.
    Pause,
    /// The loop guard.
    Damped,
    /// A handoff, placed or derived.
    Handoff,
    /// Derived: a person replied lately.
    PersonReplied,
    /// Derived: a person owns the thread or its ticket.
    PersonOwns,
    /// An admin's lock.
    AdminLock,
}

impl HoldName {
    /// The code shown in `silent_because`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pause => "PAUSE",
            Self::Damped => "DAMPED",
            Self::Handoff => "HANDOFF",
            Self::PersonReplied => "PERSON_REPLIED",
            Self::PersonOwns => "PERSON_OWNS",
            Self::AdminLock => "ADMIN_LOCK",
        }
    }
}

impl Hold {
    /// What it is shown as.
    pub const fn name(&self) -> HoldName {
        match self.kind {
            HoldKind::AdminLock => HoldName::AdminLock,
            HoldKind::Handoff(_) => HoldName::Handoff,
            HoldKind::Damped => HoldName::Damped,
            HoldKind::Pause => HoldName::Pause,
        }
    }

    /// The handoff's terms, where it is one.
    pub const fn handoff(&self) -> Option<&HandoffTerms> {
        match &self.kind {
            HoldKind::Handoff(terms) => Some(terms),
            HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => None,
        }
    }

    /// The handoff's terms for changing, where it is one.
    pub const fn handoff_mut(&mut self) -> Option<&mut HandoffTerms> {
        match &mut self.kind {
            HoldKind::Handoff(terms) => Some(terms),
            HoldKind::AdminLock | HoldKind::Damped | HoldKind::Pause => None,
        }
    }

    /// Locks, and the pauses and handoffs of an admin, are lifted by an admin alone: not by
    /// workflows, the AI, closing or an assignment to the AI.
    pub fn is_admins(&self) -> bool {
        match self.kind {
            HoldKind::AdminLock => true,
            HoldKind::Handoff(_) | HoldKind::Pause => self.by.authority == Authority::Admin,
            HoldKind::Damped => false,
        }
    }

    /// True for a handoff that this reply of a person answers: one not older than the reply window
    /// before the asking, by whichever clock was behind, or one whose own window still ran then.
    pub fn is_claimed_by(&self, reply: &PersonReply) -> bool {
        self.handoff().is_some_and(|terms| {
            let asked_at = self.decided_at.min(self.placed_at);
            reply.at > asked_at - terms.reply_window || reply.until > self.decided_at
        })
    }

    /// True when its own end has come.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// True when `a` ends no sooner than `b`; without an end is latest.
pub fn ends_no_sooner(a: Option<Timestamp>, b: Option<Timestamp>) -> bool {
    match (a, b) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(a), Some(b)) => a >= b,
    }
}

/// The later of two ends; without an end is latest.
pub fn later_end(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    if ends_no_sooner(a, b) { a } else { b }
}
