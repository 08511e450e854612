//! Messages, folded from what may arrive late: who replied, and which customer still waits.

use super::facts::{Facts, KEPT, drop_oldest, raise};
use super::openings::Opening;
use super::policy::OnReopenOwned;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One public reply typed by a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonReply {
    /// HubSpot's time of the message.
    pub at: Timestamp,
    /// The end of the window it opens, by the policy in force when it was recorded.
    pub until: Timestamp,
    /// Who wrote it.
    pub actor: String,
}

/// A customer's message that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The newest message's id.
    pub message_id: String,
    /// HubSpot's time of the newest message.
    pub newest_at: Timestamp,
    /// HubSpot's time of the oldest message not known to be answered.
    pub since: Timestamp,
    /// The times of all of them, oldest first: an answer may arrive after what came after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<Timestamp>,
}

impl Facts {
    /// A public reply typed by a person, in this thread.
    pub fn person_replied(&mut self, reply: PersonReply) {
        self.person_reply_seen(reply.at);
        if let Err(place) = self.person_replies.binary_search(&reply) {
            self.person_replies.insert(place, reply);
        }
        self.forget_old_replies();
    }

    /// A person replied in this thread, or in a thread of this ticket.
    pub fn person_reply_seen(&mut self, at: Timestamp) {
        raise(&mut self.last_person_reply_at, at);
        self.confirm_owners();
        self.answered_at(at);
    }

    /// Another AI wrote.
    pub fn other_ai_wrote(&mut self, at: Timestamp) {
        raise(&mut self.last_other_ai_message_at, at);
    }

    /// Our AI's message went out.
    pub fn ai_replied(&mut self, at: Timestamp) {
        raise(&mut self.last_ai_reply_at, at);
        self.answered_at(at);
    }

    /// A customer wrote: somebody waits, and a closed conversation is open again.
    pub fn customer_wrote(&mut self, message_id: String, at: Timestamp, if_owned: OnReopenOwned) {
        raise(&mut self.last_customer_message_at, at);
        if self.last_person_reply_at.max(self.last_ai_reply_at) < Some(at) {
            let waiting = self.waiting.get_or_insert_with(|| Waiting {
                message_id: String::new(),
                newest_at: at,
                since: at,
                all: Vec::new(),
            });
            if (waiting.newest_at, &waiting.message_id) < (at, &message_id) {
                waiting.message_id = message_id;
                waiting.newest_at = at;
            }
            waiting.since = waiting.since.min(at);
            if let Err(place) = waiting.all.binary_search(&at) {
                waiting.all.insert(place, at);
            }
            drop_oldest(&mut waiting.all);
        }
        self.opened(Opening {
            at,
            if_owned,
            read_at: None,
        });
    }

    fn answered_at(&mut self, at: Timestamp) {
        self.waiting.take_if(|waiting| waiting.newest_at <= at);
        if let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.since <= at) {
            waiting.all.retain(|message| *message > at);
            waiting.since = waiting.all.first().copied().unwrap_or(waiting.newest_at);
        }
    }

    /// Keeps what a window, a grace or a reopening may still ask for.
    pub(super) fn forget_old_replies(&mut self) {
        let Some(newest) = self.person_replies.last().map(|reply| reply.at) else {
            return;
        };
        let basis = self.reopened().map(Opening::spoke_between);
        self.person_replies.retain(|reply| {
            let founds_handoff = basis.is_some_and(|(from, to)| from <= reply.at && reply.at <= to);
            founds_handoff || newest - reply.at <= KEPT || reply.until > newest
        });
        drop_oldest(&mut self.person_replies);
    }
}
