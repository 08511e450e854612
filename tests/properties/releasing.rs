//! The reference model's releases: Resume, Send to AI, and the note of what they lifted.

use crate::fault::Fault;
use crate::history::{History, Kind, Mark, Refusal, Release};
use crate::judgement::Judgement;
use crate::operation::{Place, TICKET};
use crate::reference::{DONE, Meant, Moment, Verdict, refused};
use baton::domain::actor::Authority;
use baton::domain::hold::HoldName;
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::policy::Policies;

impl History {
    pub fn resume(
        &mut self,
        by: Authority,
        meant: &Meant,
        judged: &[Judgement],
        cancel: bool,
        moment: Moment<'_>,
    ) -> Vec<Verdict> {
        let is_admin = by == Authority::Admin;
        let lifts_handoffs = cancel || self.has(Fault::ResumeLiftsHandoffs);
        let verdict = |judged: &Judgement| {
            let is_damped = judged.has(HoldName::Damped) && !is_admin;
            match judged.strongest() {
                None => (Outcome::Already, ReasonCode::AlreadyInState),
                Some(HoldName::AdminLock) => refused(ReasonCode::AdminLock),
                Some(HoldName::PersonOwns) => refused(ReasonCode::HumanOwnsConversation),
                Some(HoldName::PersonReplied) => refused(ReasonCode::HumanRecentlyReplied),
                Some(HoldName::Handoff) if !lifts_handoffs => refused(ReasonCode::HandoffPending),
                Some(name) if judged.is_admins(name) && !is_admin => refused(ReasonCode::AdminLock),
                Some(_) if is_damped => refused(ReasonCode::LoopDamped),
                Some(_) => DONE,
            }
        };
        let mut verdicts: Vec<Verdict> = judged.iter().map(verdict).collect();
        let beneath_locks = self.has(Fault::ResumeReachesBeneathALock);
        let threads = meant.threads.iter().zip(judged);
        let mut records: Vec<Place> = threads
            .filter(|(_, judged)| beneath_locks || !judged.has(HoldName::AdminLock))
            .map(|(thread, _)| *thread)
            .collect();
        if !records.is_empty() {
            records.extend(meant.records.iter().filter(|place| **place == TICKET));
            self.lift(Kind::Pause, by, &records, moment.now);
            if is_admin {
                self.lift(Kind::Damped, by, &records, moment.now);
            }
        }
        if !lifts_handoffs {
            return verdicts;
        }
        let is_pending = judged
            .iter()
            .any(|judged| judged.strongest() == Some(HoldName::Handoff));
        if verdicts.iter().any(|it| it.0 == Outcome::Refused) {
            // The ticket's handoff concerns all its threads: if one keeps it, all do.
            for verdict in &mut verdicts {
                if is_pending && verdict.0 == Outcome::Applied {
                    *verdict = refused(ReasonCode::HandoffPending);
                }
            }
            return verdicts;
        }
        let lifted = self.lift(Kind::Handoff, by, &meant.records, moment.now);
        let marks = self.handoff_marks(meant, moment.now);
        let refusal = if is_admin {
            Refusal::Nothing
        } else {
            Refusal::OpenWindows
        };
        self.release(meant, lifted, marks, refusal, moment);
        verdicts
    }

    pub fn send(
        &mut self,
        by: Authority,
        meant: &Meant,
        judged: &[Judgement],
        take_over: bool,
        moment: Moment<'_>,
    ) -> Vec<Verdict> {
        let grace_began = moment.now - moment.policies.human_grace.as_millis();
        let verdicts: Vec<Verdict> = meant
            .threads
            .iter()
            .zip(judged)
            .map(|(thread, judged)| {
                let replies = self.counting_replies(*thread);
                let in_grace = replies.iter().any(|(at, _)| *at > grace_began)
                    && !self.has(Fault::SendIgnoresTheGrace);
                send_verdict(by, judged, take_over, in_grace, moment.policies)
            })
            .collect();
        if verdicts
            .iter()
            .any(|it| it.1 == ReasonCode::TakeoverRequested)
        {
            return verdicts;
        }
        if verdicts.iter().any(|it| it.0 == Outcome::Refused) {
            if verdicts.iter().any(|it| it.1 == ReasonCode::LoopDamped) {
                self.lift(Kind::Pause, by, &meant.records, moment.now);
            }
            return verdicts;
        }
        let mut marks = self.handoff_marks(meant, moment.now);
        for thread in &meant.threads {
            if self.person_replied(*thread, moment.now).is_some() {
                let newest = self.counting_replies(*thread).into_iter().max();
                marks.extend(newest.map(|(at, _)| (*thread, Mark::Replies(at))));
            }
        }
        let mut lifted = self.lift(Kind::Handoff, by, &meant.records, moment.now);
        lifted.extend(self.lift(Kind::Pause, by, &meant.records, moment.now));
        if by != Authority::Admin {
            let refusal = Refusal::RepliesAfter(grace_began);
            self.release(meant, lifted, marks, refusal, moment);
            return verdicts;
        }
        self.lift(Kind::Damped, by, &meant.records, moment.now);
        for thread in &meant.threads {
            if self.person_owns(*thread) {
                for of in self.records(*thread) {
                    let owner = self.owner(of).map(|event| Mark::Owner {
                        of,
                        at: event.at,
                        owner: event.owner,
                    });
                    marks.extend(owner.map(|mark| (*thread, mark)));
                }
            }
        }
        // Nothing that was lifted before comes back behind an admin's word.
        for release in &mut self.releases {
            release.parts.retain(|(of, _)| !meant.records.contains(of));
        }
        self.release(meant, lifted, marks, Refusal::Nothing, moment);
        verdicts
    }

    /// What a release lifts of handoffs that nobody placed.
    fn handoff_marks(&self, meant: &Meant, now: i64) -> Vec<(Place, Mark)> {
        let mut marks = Vec::new();
        for thread in &meant.threads {
            if self.derived_handoff(*thread, now).is_none() {
                continue;
            }
            for of in self.records(*thread) {
                let owned = self.last_person(of);
                let owned = owned.filter(|at| self.handoff_lifted(*thread, of) < Some(*at));
                marks.extend(owned.map(|through| (*thread, Mark::Handoff { of, through })));
            }
            let opened = self.reopened(*thread).map(|(at, _)| at);
            let opened = opened.filter(|at| self.opening_lifted(*thread) < Some(*at));
            marks.extend(opened.map(|at| (*thread, Mark::Opening(at))));
        }
        marks
    }

    pub fn release(
        &mut self,
        meant: &Meant,
        holds: Vec<usize>,
        marks: Vec<(Place, Mark)>,
        refusal: Refusal,
        moment: Moment<'_>,
    ) {
        let is_final =
            matches!(refusal, Refusal::Nothing) || (holds.is_empty() && marks.is_empty());
        let parts = if is_final { &[] } else { &meant.records[..] };
        let ended = |of: &Place| {
            let to_ai = match *of {
                TICKET => self.last_ai(TICKET),
                thread => self.newest(thread, |place| self.last_ai(place)),
            };
            let closed = (*of != TICKET).then(|| self.closed(*of)).flatten();
            (*of, to_ai.max(closed))
        };
        let ended = parts.iter().map(ended).collect();
        self.releases.push(Release {
            now: moment.now,
            clock: moment.clock,
            holds,
            marks,
            parts: parts
                .iter()
                .map(|of| (*of, self.owner(*of).map(|event| event.at)))
                .collect(),
            ended,
            of_all_threads: meant.place == TICKET,
            refusal,
        });
    }
}

fn send_verdict(
    by: Authority,
    judged: &Judgement,
    take_over: bool,
    in_grace: bool,
    policies: &Policies,
) -> Verdict {
    let withdrawn = if judged.has(HoldName::Handoff) {
        (Outcome::Applied, ReasonCode::HandoffWithdrawn)
    } else {
        DONE
    };
    match judged.strongest() {
        None => (Outcome::Already, ReasonCode::AlreadyInState),
        Some(HoldName::AdminLock) => refused(ReasonCode::AdminLock),
        Some(_) if by == Authority::Admin => withdrawn,
        Some(HoldName::PersonOwns) if !take_over => refused(ReasonCode::HumanOwnsConversation),
        Some(HoldName::PersonOwns) if policies.allow_workflow_takeover => {
            (Outcome::Queued, ReasonCode::TakeoverRequested)
        }
        Some(HoldName::PersonOwns) => refused(ReasonCode::TakeoverNotPermitted),
        Some(HoldName::PersonReplied) if in_grace => refused(ReasonCode::HumanRecentlyReplied),
        Some(_) if judged.has(HoldName::Damped) => refused(ReasonCode::LoopDamped),
        Some(_) if judged.is_admins(HoldName::Handoff) || judged.is_admins(HoldName::Pause) => {
            refused(ReasonCode::AdminLock)
        }
        Some(_) => withdrawn,
    }
}
