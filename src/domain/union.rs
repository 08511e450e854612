//! What the facts of a merged record add to the survivor's: times that only silence. Its owner,
//! its status, its channel and every time that releases stay behind.

use super::facts::{Facts, drop_oldest, raise};
use super::messages::Waiting;

impl Facts {
    /// Takes over what only silences.
    pub fn take_over(&mut self, merged: &Self) {
        self.take_over_owners(merged);
        for reply in &merged.person_replies {
            if let Err(place) = self.person_replies.binary_search(reply) {
                self.person_replies.insert(place, reply.clone());
            }
        }
        self.forget_old_replies();
        if let Some(at) = merged.last_person_reply_at {
            raise(&mut self.last_person_reply_at, at);
        }
        if let Some(at) = merged.last_other_ai_message_at {
            raise(&mut self.last_other_ai_message_at, at);
        }
        self.confirm_owners();
        // What was written in either is read only where both were.
        self.messages_read_at = self.messages_read_at.min(merged.messages_read_at);
        if let Some(waiting) = &merged.waiting {
            self.also_waits(waiting);
        }
    }

    /// A person's ownership that the AI's has followed in the merged record is over and done with.
    fn take_over_owners(&mut self, merged: &Self) {
        let counts = |at: &_| merged.last_ai_owner_at <= Some(*at);
        if let Some(at) = merged.last_person_owner_at.filter(counts) {
            raise(&mut self.last_person_owner_at, at);
            // When it was let go of is the merged record's to know: as late as possible here.
            self.let_go_at.clear();
        }
        let unconfirmed = merged.unconfirmed_owners_at.iter().copied();
        for at in unconfirmed.filter(counts) {
            self.add_unconfirmed(at);
        }
    }

    /// Whoever waits on either side still waits.
    fn also_waits(&mut self, merged: &Waiting) {
        let Some(waiting) = &mut self.waiting else {
            self.waiting = Some(merged.clone());
            return;
        };
        if (waiting.newest_at, &waiting.message_id) < (merged.newest_at, &merged.message_id) {
            waiting.newest_at = merged.newest_at;
            waiting.message_id.clone_from(&merged.message_id);
        }
        waiting.since = waiting.since.min(merged.since);
        waiting.all.extend(&merged.all);
        waiting.all.sort_unstable();
        waiting.all.dedup();
        drop_oldest(&mut waiting.all);
    }
}
