//! Alerts: when a conversation has nobody who answers its customer, or a person who has answered
//! for half a day on end, so that the AI has been silent as long. Each is raised once.

use super::assess::View;
use super::derived;
use super::policy::Policies;
use super::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// A person whose windows follow one another without a gap for this long raises an alert: no cap
/// ends that silence.
const MOST_ON_END: Span = Span::from_hours(12);

/// Why an alert is raised. What it names is its epoch: a timer set for another does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Unattended {
    /// A customer waits and nobody has answered, whether the AI is silent or merely does not.
    NobodyAnswers {
        /// HubSpot's time of the oldest message that waits.
        since: Timestamp,
    },
    /// A person keeps the AI silent by answering again and again.
    PersonAnswersOn {
        /// HubSpot's time of the first reply since the last gap.
        since: Timestamp,
    },
}

/// Which alerts of a thread were raised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alerts {
    /// For customers who waited since then or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    waited_since: Option<Timestamp>,
    /// When it was last raised for a person's answering: those who began earlier are told of.
    /// Replies are kept for 48 hours and 96 at most, so one who never pauses is told of again
    /// every other day, and one who writes more than 96 times in 12 hours is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    answering_told_at: Option<Timestamp>,
}

impl Alerts {
    /// True when none was raised.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// Remembers one that is raised now.
    pub fn raised(&mut self, alert: Unattended, now: Timestamp) {
        match alert {
            Unattended::NobodyAnswers { since } => {
                self.waited_since = self.waited_since.max(Some(since));
            }
            Unattended::PersonAnswersOn { .. } => {
                self.answering_told_at = self.answering_told_at.max(Some(now));
            }
        }
    }
}

/// The alerts of a thread that were not raised yet, each with the moment from which it is due. A
/// change of `unattended_after` reaches a customer who waits already.
pub fn to_come(view: View<'_>, policies: &Policies) -> Vec<(Timestamp, Unattended)> {
    let alerts = &view.thread.alerts;
    let waits = waits_since(view).filter(|since| alerts.waited_since < Some(*since));
    let waits = waits.map(|since| {
        let alert = Unattended::NobodyAnswers { since };
        (since + policies.unattended_after, alert)
    });
    let answers = answers_since(view).filter(|since| alerts.answering_told_at < Some(*since));
    let answers = answers.map(|since| {
        let alert = Unattended::PersonAnswersOn { since };
        (since + MOST_ON_END, alert)
    });
    waits.into_iter().chain(answers).collect()
}

/// The oldest message of an open conversation that nobody has answered, another AI neither.
fn waits_since(view: View<'_>) -> Option<Timestamp> {
    let facts = &view.thread.facts;
    let waiting = facts.waiting.as_ref()?;
    if facts.is_closed() || facts.is_spam {
        return None;
    }
    let answered = facts.last_other_ai_message_at;
    let mut all = waiting.all.iter().copied().chain([waiting.newest_at]);
    all.find(|at| answered < Some(*at))
}

/// The first of the replies whose windows follow one another up to the newest, where they have
/// lasted long enough to be due.
fn answers_since(view: View<'_>) -> Option<Timestamp> {
    let mut stretch: Option<(Timestamp, Timestamp)> = None;
    for reply in derived::replies_that_count(view) {
        stretch = match stretch {
            Some((began, ends)) if reply.at <= ends => Some((began, ends.max(reply.until))),
            Some(_) | None => Some((reply.at, reply.until)),
        };
    }
    let (began, ends) = stretch?;
    (ends > began + MOST_ON_END).then_some(began)
}
