//! The memory of the reference model: everything that ever happened, and the facts read from it
//! by looking through all of it.

use crate::fault::Fault;
use crate::operation::{News, Place, SECOND, SECOND_MS, TICKET};
use baton::domain::actor::Authority;
use baton::domain::hold::OnTimeout;
use baton::domain::owner::{AssignedBy, Owner};
use baton::domain::policy::{AssignedByAutomation, OnReopenOwned, Policies};

/// What was told and believed.
#[derive(Clone, Debug)]
pub struct Event {
    pub news: News,
    pub at: i64,
    /// The policies when it was told.
    pub policies: Policies,
    /// HubSpot's clock when it was told.
    pub told_at: i64,
}

/// The kinds of hold, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Pause,
    Damped,
    Handoff,
    Lock,
}

/// A hold as it was placed.
#[derive(Clone, Debug)]
pub struct Placed {
    pub kind: Kind,
    pub place: Place,
    pub by: Authority,
    pub clock: i64,
    pub ends: Option<i64>,
    pub on_timeout: OnTimeout,
    pub deadline: Option<i64>,
    /// Replies later than this claim it, and those whose windows still ran at the asking.
    pub claims_after: i64,
    pub asked_at: i64,
    pub is_spent: bool,
    pub is_lifted: bool,
}

/// Something derived that a release lifted.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Replies(i64),
    Handoff { of: Place, through: i64 },
    Opening(i64),
    Owner { of: Place, at: i64, owner: Owner },
}

/// What would have refused a release.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    Nothing,
    RepliesAfter(i64),
    OpenWindows,
    Claims {
        clock: i64,
        asked_at: i64,
        after: i64,
    },
}

/// A release: what it lifted, where, and what was known.
#[derive(Clone, Debug)]
pub struct Release {
    pub now: i64,
    pub clock: i64,
    pub holds: Vec<usize>,
    pub marks: Vec<(Place, Mark)>,
    /// The records it looked at and may still come back in, with the owner known there.
    pub parts: Vec<(Place, Option<i64>)>,
    /// What was known then to have ended the windows of replies, in each of them.
    pub ended: Vec<(Place, Option<i64>)>,
    pub of_all_threads: bool,
    pub refusal: Refusal,
}

#[derive(Clone, Debug)]
pub struct Attempt {
    pub place: Place,
    pub now: i64,
    pub is_speech: bool,
}

/// A person's or the AI's ownership that counts.
#[derive(Clone, Debug)]
pub struct OwnerEvent {
    pub at: i64,
    pub owner: Owner,
    pub by: AssignedBy,
    pub policies: Policies,
}

#[derive(Clone, Debug, Default)]
pub struct History {
    pub events: Vec<Event>,
    pub placed: Vec<Placed>,
    pub releases: Vec<Release>,
    pub attempts: Vec<Attempt>,
    pub second_is_linked: bool,
    pub fault: Option<Fault>,
}

impl OwnerEvent {
    pub fn is_person(&self) -> bool {
        matches!(self.owner, Owner::Person(_))
    }

    /// An assignment that counts only once a person replied.
    pub fn waits(&self) -> bool {
        self.is_person()
            && self.by != AssignedBy::Hand
            && self.policies.assigned_by_automation == AssignedByAutomation::WaitsForFirstReply
    }
}

fn silence_of(owner: &Owner) -> (u8, &str) {
    match owner {
        Owner::Ai => (0, ""),
        Owner::Nobody => (1, ""),
        Owner::OtherAi(name) => (2, name),
        Owner::Person(name) => (3, name),
    }
}

impl History {
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Believes an event, or what is left of it: from the future counts only what silences.
    pub fn believe(news: News, at: i64, clock: i64, policies: &Policies) -> Option<Event> {
        let only_silences = match &news {
            News::Owner(_, owner, _) => matches!(owner, Owner::Person(_) | Owner::OtherAi(_)),
            News::Reply(_) | News::OtherAi(_) => true,
            News::Customer(_) | News::AiReply(_) | News::Closed(_) | News::Opened(_) => false,
        };
        let is_future = at > clock + 60 * SECOND_MS;
        if is_future && !only_silences {
            return None;
        }
        Some(Event {
            news,
            at: if is_future { clock } else { at },
            policies: policies.clone(),
            told_at: clock,
        })
    }

    /// The threads of a record: itself, or all that are linked to the ticket.
    pub fn threads(&self, place: Place) -> Vec<Place> {
        match place {
            TICKET if self.second_is_linked => vec![1, SECOND],
            TICKET => vec![1],
            thread => vec![thread],
        }
    }

    /// The records that a thread is judged over.
    pub fn records(&self, thread: Place) -> Vec<Place> {
        if thread == SECOND && !self.second_is_linked {
            vec![thread]
        } else {
            vec![thread, TICKET]
        }
    }

    pub fn owner_events(&self, place: Place) -> Vec<OwnerEvent> {
        let is_stale_fault = self.has(Fault::StaleOwnerEventReleases);
        let events = self.events.iter().filter_map(|event| match &event.news {
            News::Owner(of, owner, by) if *of == place => Some(OwnerEvent {
                at: if is_stale_fault && *owner == Owner::Ai {
                    event.told_at
                } else {
                    event.at
                },
                owner: owner.clone(),
                by: *by,
                policies: event.policies.clone(),
            }),
            _ => None,
        });
        events.collect()
    }

    /// The owner field: the newest event, of two at one time the more silent, then the larger.
    pub fn owner(&self, place: Place) -> Option<OwnerEvent> {
        let frees = self.has(Fault::TiesGoToTheFreer);
        let rank = |event: &OwnerEvent| {
            let (silence, name) = silence_of(&event.owner);
            let silence = if frees { 3 - silence } else { silence };
            (
                event.at,
                silence,
                name.to_owned(),
                event.by,
                event.policies.assigned_by_automation,
                event.policies.after_human_unassign,
                event.policies.human_grace,
            )
        };
        self.owner_events(place)
            .into_iter()
            .max_by(|a, b| rank(a).cmp(&rank(b)))
    }

    /// Every reply in the threads of this record, with the end of its window.
    pub fn replies(&self, place: Place) -> Vec<(i64, i64)> {
        let threads = self.threads(place);
        let replies = self.events.iter().filter_map(|event| match event.news {
            News::Reply(thread) if threads.contains(&thread) => {
                Some((event.at, event.at + event.policies.reply_window.as_millis()))
            }
            _ => None,
        });
        replies.collect()
    }

    pub fn is_confirmed(&self, place: Place, at: i64) -> bool {
        self.replies(place).iter().any(|(reply, _)| *reply >= at)
    }

    /// The newest ownership by a person that counts.
    pub fn last_person(&self, place: Place) -> Option<i64> {
        let events = self.owner_events(place).into_iter();
        let counts = |event: &OwnerEvent| {
            event.is_person() && (!event.waits() || self.is_confirmed(place, event.at))
        };
        events.filter(counts).map(|event| event.at).max()
    }

    pub fn last_ai(&self, place: Place) -> Option<i64> {
        let events = self.owner_events(place).into_iter();
        events
            .filter(|event| event.owner == Owner::Ai)
            .map(|event| event.at)
            .max()
    }

    /// The newest ownership that somebody took by hand.
    pub fn last_claim(&self, place: Place) -> Option<i64> {
        let any_hand = self.has(Fault::AutomationClaims);
        let events = self.owner_events(place).into_iter();
        events
            .filter(|event| event.is_person() && (any_hand || event.by == AssignedBy::Hand))
            .map(|event| event.at)
            .max()
    }

    pub fn closed(&self, place: Place) -> Option<i64> {
        let closings = self.events.iter().filter_map(|event| match event.news {
            News::Closed(of) if of == place => Some(event.at),
            _ => None,
        });
        closings.max()
    }

    /// The earliest opening after the last closing, and who answers then if a person owns it.
    pub fn reopened(&self, thread: Place) -> Option<(i64, OnReopenOwned)> {
        let closed = self.closed(thread)?;
        let openings: Vec<(i64, OnReopenOwned)> = self
            .events
            .iter()
            .filter_map(|event| match event.news {
                News::Opened(of) | News::Customer(of) if of == thread && event.at > closed => {
                    Some((event.at, event.policies.on_reopen_owned))
                }
                _ => None,
            })
            .collect();
        let earliest = openings.iter().map(|(at, _)| *at).min()?;
        let at_once = openings.into_iter().filter(|(at, _)| *at == earliest);
        at_once.max_by_key(|(_, policy)| *policy)
    }

    /// Since when a customer of an open thread waits for anybody's answer.
    pub fn waits_since(&self, thread: Place) -> Option<i64> {
        let is_closed = self.closed(thread).is_some() && self.reopened(thread).is_none();
        let ais_count = !self.has(Fault::AnAisAnswerEndsNoWait);
        let answers = self.events.iter().filter(|event| match event.news {
            News::Reply(of) => of == thread,
            News::AiReply(of) | News::OtherAi(of) => of == thread && ais_count,
            _ => false,
        });
        let answered = answers.map(|event| event.at).max();
        let unanswered = self
            .events
            .iter()
            .filter(|event| event.news == News::Customer(thread) && answered < Some(event.at));
        let since = unanswered.map(|event| event.at).min();
        since.filter(|_| !is_closed)
    }

    /// The newest of the records' times.
    pub fn newest(&self, thread: Place, of: impl Fn(Place) -> Option<i64>) -> Option<i64> {
        self.records(thread).into_iter().filter_map(of).max()
    }

    /// A person has answered a handoff.
    pub fn is_claimed(&self, hold: &Placed) -> bool {
        let replies = self.replies(hold.place);
        hold.kind == Kind::Handoff
            && replies
                .iter()
                .any(|(at, until)| *at > hold.claims_after || *until > hold.asked_at)
    }
}
