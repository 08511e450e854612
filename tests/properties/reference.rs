//! The reference model: what the commands do to the history, written from the specification.

use crate::fault::Fault;
use crate::history::{Attempt, History, Kind, Placed, Refusal};
use crate::judgement::{Judgement, latest};
use crate::operation::{Asking, MINUTE, News, Place, SECOND, TICKET, Wish};
use baton::domain::actor::Authority;
use baton::domain::hold::{HoldName, OnTimeout};
use baton::domain::outcome::{Outcome, ReasonCode};
use baton::domain::policy::Policies;

pub type Verdict = (Outcome, ReasonCode);

/// When something is asked, on both clocks, and under which policies.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    pub now: i64,
    pub clock: i64,
    pub policies: &'a Policies,
}

/// Which threads are meant and where holds go.
pub struct Meant {
    pub threads: Vec<Place>,
    pub place: Place,
    pub records: Vec<Place>,
}

pub const DONE: Verdict = (Outcome::Applied, ReasonCode::Applied);

pub const fn refused(reason: ReasonCode) -> Verdict {
    (Outcome::Refused, reason)
}

impl History {
    pub fn tell(&mut self, news: News, at: i64, moment: Moment<'_>) {
        let Some(event) = Self::believe(news, at, moment.clock, moment.policies) else {
            return;
        };
        self.undo_for_event(&event, moment.now);
        self.events.push(event);
    }

    pub fn ask(&mut self, asking: &Asking, moment: Moment<'_>) -> Verdict {
        if asking.dry_run {
            let real = Asking {
                dry_run: false,
                ..asking.clone()
            };
            let (_, reason) = self.clone().ask(&real, moment);
            return (Outcome::DryRun, reason);
        }
        if asking.of == SECOND && asking.names_ticket {
            self.link(moment.now);
        }
        let meant = self.meant(asking.of);
        self.count_attempt(asking, &meant, moment);
        let judged: Vec<Judgement> = meant
            .threads
            .iter()
            .map(|thread| self.judge(*thread, moment.now))
            .collect();
        let verdicts = match asking.what {
            Wish::Pause { minutes, replace } => {
                self.pause(asking.by, &meant, &judged, (minutes, replace), moment)
            }
            Wish::Resume { cancel } => self.resume(asking.by, &meant, &judged, cancel, moment),
            Wish::Send { take_over } => self.send(asking.by, &meant, &judged, take_over, moment),
            Wish::Handoff { on_timeout } => {
                self.handoff(asking.by, &meant, &judged, on_timeout, moment)
            }
            Wish::Lock => self.lock(asking.by, &meant, &judged, moment),
            Wish::Unlock => self.unlock(asking.by, &meant, &judged),
        };
        let after = meant
            .threads
            .iter()
            .map(|thread| self.judge(*thread, moment.now));
        // The most silent one's; of those equally silent, one's for which something was done.
        let mut answer: Option<(Option<HoldName>, bool, Verdict)> = None;
        for (judged, verdict) in after.zip(verdicts) {
            let rank = (judged.strongest(), verdict.0 != Outcome::Already);
            if answer.is_none_or(|(strongest, is_done, _)| rank > (strongest, is_done)) {
                answer = Some((rank.0, rank.1, verdict));
            }
        }
        answer.expect("something was asked").2
    }

    fn meant(&self, of: Place) -> Meant {
        let threads = self.threads(of);
        let mut records = threads.clone();
        if of != SECOND || self.second_is_linked {
            records.push(TICKET);
        }
        Meant {
            threads,
            place: of,
            records,
        }
    }

    fn place(&mut self, kind: Kind, by: Authority, place: Place, ends: Option<i64>, at: i64) {
        self.placed.push(Placed {
            kind,
            place,
            by,
            clock: at,
            ends,
            on_timeout: OnTimeout::Notify,
            deadline: None,
            claims_after: 0,
            asked_at: 0,
            is_spent: false,
            is_lifted: false,
        });
    }

    /// Lifts what `by` may lift of a kind in these records, and says which.
    pub fn lift(&mut self, kind: Kind, by: Authority, records: &[Place], now: i64) -> Vec<usize> {
        let lapsed: Vec<bool> = self
            .placed
            .iter()
            .map(|it| self.has_lapsed(it, now))
            .collect();
        let mut lifted = Vec::new();
        for (index, hold) in self.placed.iter_mut().enumerate() {
            let belongs_to_admin = kind != Kind::Damped && hold.by == Authority::Admin;
            let may_lift = by == Authority::Admin || !belongs_to_admin;
            let is_there = hold.kind == kind && records.contains(&hold.place);
            if is_there && may_lift && !hold.is_lifted && !lapsed[index] {
                hold.is_lifted = true;
                lifted.push(index);
            }
        }
        lifted
    }

    /// More than six turns within ten minutes damp; while damped every attempt renews it.
    fn count_attempt(&mut self, asking: &Asking, meant: &Meant, moment: Moment<'_>) {
        let is_speech = match asking.what {
            Wish::Pause { .. } | Wish::Handoff { .. } => false,
            Wish::Resume { .. } | Wish::Send { .. } => true,
            Wish::Lock | Wish::Unlock => return,
        };
        if asking.by != Authority::Workflow || !moment.policies.loop_guard {
            return;
        }
        // One for the whole ticket contradicts what was asked for each of its threads.
        let of_threads = meant.threads.iter().filter(|_| meant.place == TICKET);
        let places = [meant.place].into_iter().chain(of_threads.copied());
        let mut damped: Vec<Place> = places.collect();
        damped.retain(|place| self.count_in(*place, is_speech, moment.now));
        if damped.contains(&meant.place) {
            damped = vec![meant.place];
        }
        for place in damped {
            let ends = Some(moment.now + 10 * MINUTE);
            self.place(Kind::Damped, asking.by, place, ends, moment.clock);
        }
    }

    fn count_in(&mut self, place: Place, is_speech: bool, now: i64) -> bool {
        self.attempts.push(Attempt {
            place,
            now,
            is_speech,
        });
        let here: Vec<&Attempt> = self
            .attempts
            .iter()
            .filter(|attempt| attempt.place == place)
            .collect();
        let turns = here.windows(2).filter(|pair| {
            pair[0].is_speech != pair[1].is_speech
                && pair[1].now - pair[0].now < 10 * MINUTE
                && now - pair[1].now < 10 * MINUTE
        });
        let closed = match place {
            TICKET => self.closed(TICKET),
            thread => self.newest(thread, |place| self.closed(place)),
        };
        let is_damped = self.placed.iter().any(|hold| {
            hold.kind == Kind::Damped
                && hold.place == place
                && !hold.is_lifted
                && !self.has_lapsed(hold, now)
                && closed <= Some(hold.clock)
        });
        turns.count() > 6 || is_damped
    }

    fn pause(
        &mut self,
        by: Authority,
        meant: &Meant,
        judged: &[Judgement],
        (minutes, replace): (Option<i64>, bool),
        moment: Moment<'_>,
    ) -> Vec<Verdict> {
        let ends = minutes.map(|minutes| moment.now + minutes * MINUTE);
        let may_replace = by == Authority::Admin || self.has(Fault::WorkflowReplacesAnAdminsPause);
        let verdict = |judged: &Judgement| {
            let shadowed = |reason| (Outcome::AppliedShadowed, reason);
            match judged.strongest() {
                None => DONE,
                Some(HoldName::AdminLock) => shadowed(ReasonCode::AdminLock),
                Some(HoldName::PersonOwns | HoldName::PersonReplied) => {
                    shadowed(ReasonCode::HumanAlreadyActive)
                }
                Some(HoldName::Handoff) => shadowed(ReasonCode::HandoffPending),
                Some(HoldName::Damped) => shadowed(ReasonCode::LoopDamped),
                Some(HoldName::Pause) => {
                    let until = judged.find(HoldName::Pause).and_then(|it| it.until);
                    let covers = latest([until, ends].into_iter()) == until;
                    let is_admins = judged.is_admins(HoldName::Pause);
                    if replace && covers && is_admins && !may_replace {
                        refused(ReasonCode::AdminLock)
                    } else if replace {
                        DONE
                    } else if covers {
                        (Outcome::Already, ReasonCode::AlreadyInState)
                    } else {
                        (Outcome::Extended, ReasonCode::PauseExtended)
                    }
                }
            }
        };
        let verdicts: Vec<Verdict> = judged.iter().map(verdict).collect();
        // Refused for one thread, it still pauses the others.
        if verdicts
            .iter()
            .any(|(outcome, _)| *outcome != Outcome::Refused)
        {
            if replace {
                let lifts_as = if may_replace { Authority::Admin } else { by };
                self.lift(Kind::Pause, lifts_as, &[meant.place], moment.now);
            }
            self.place(Kind::Pause, by, meant.place, ends, moment.clock);
        }
        verdicts
    }

    fn handoff(
        &mut self,
        by: Authority,
        meant: &Meant,
        judged: &[Judgement],
        on_timeout: OnTimeout,
        moment: Moment<'_>,
    ) -> Vec<Verdict> {
        let verdicts = judged.iter().map(|judged| match judged.strongest() {
            Some(HoldName::AdminLock) => (Outcome::AppliedShadowed, ReasonCode::AdminLock),
            Some(HoldName::PersonOwns | HoldName::PersonReplied) => {
                (Outcome::AppliedShadowed, ReasonCode::HumanAlreadyActive)
            }
            Some(HoldName::Handoff) => (Outcome::Merged, ReasonCode::HandoffMerged),
            Some(HoldName::Damped | HoldName::Pause) | None => DONE,
        });
        let has_person = judged
            .iter()
            .any(|it| it.has(HoldName::PersonOwns) || it.has(HoldName::PersonReplied));
        self.place(Kind::Handoff, by, meant.place, None, moment.clock);
        let hold = self.placed.last_mut().expect("just placed");
        hold.on_timeout = on_timeout;
        hold.asked_at = moment.now;
        hold.claims_after = moment.clock.min(moment.now) - moment.policies.reply_window.as_millis();
        let timeout = moment.policies.claim_timeout.as_millis();
        hold.deadline = (!has_person).then_some(moment.now + timeout);
        verdicts.collect()
    }

    fn lock(
        &mut self,
        by: Authority,
        meant: &Meant,
        judged: &[Judgement],
        moment: Moment<'_>,
    ) -> Vec<Verdict> {
        self.place(Kind::Lock, by, meant.place, None, moment.clock);
        let verdicts = judged.iter().map(|judged| {
            if judged.has(HoldName::AdminLock) {
                (Outcome::Already, ReasonCode::AlreadyInState)
            } else {
                DONE
            }
        });
        verdicts.collect()
    }

    fn unlock(&mut self, by: Authority, meant: &Meant, judged: &[Judgement]) -> Vec<Verdict> {
        let is_admin = by == Authority::Admin;
        if is_admin {
            self.lift(Kind::Lock, by, &meant.records, i64::MIN);
        }
        let verdicts = judged.iter().map(|judged| {
            if !judged.has(HoldName::AdminLock) {
                (Outcome::Already, ReasonCode::AlreadyInState)
            } else if is_admin {
                DONE
            } else {
                refused(ReasonCode::AdminLock)
            }
        });
        verdicts.collect()
    }

    /// The clocks of all handoffs.
    pub fn all_timers(&mut self, moment: Moment<'_>) {
        let handoffs = self.placed.iter().filter(|it| it.kind == Kind::Handoff);
        for handoff in 0..handoffs.count() {
            self.timer(handoff, false, moment);
        }
    }

    /// The claim clock of a handoff, by its number among the handoffs.
    pub fn timer(&mut self, handoff: usize, other_epoch: bool, moment: Moment<'_>) {
        if other_epoch && !self.has(Fault::TimerIgnoresItsEpoch) {
            return;
        }
        let mut handoffs = self.placed.iter().enumerate();
        let found = handoffs
            .by_ref()
            .filter(|(_, hold)| hold.kind == Kind::Handoff)
            .nth(handoff);
        let Some((index, hold)) = found.map(|(index, hold)| (index, hold.clone())) else {
            return;
        };
        let meant = self.meant(hold.place);
        let threads = &meant.threads;
        let is_live = threads
            .iter()
            .any(|thread| self.is_live(&hold, *thread, moment.now));
        let is_due = hold.deadline.is_some_and(|deadline| deadline <= moment.now);
        let is_claimed = self.is_claimed(&hold) && !self.has(Fault::ClaimedHandoffTimesOut);
        if !is_live || !is_due || hold.is_spent || is_claimed {
            return;
        }
        let is_beneath = threads
            .iter()
            .any(|thread| self.judge(*thread, moment.now).strongest() > Some(HoldName::Handoff));
        if is_beneath && self.has(Fault::DeadlineUnderAPersonIsPostponed) {
            return;
        }
        self.placed[index].is_spent = true;
        if is_beneath || hold.on_timeout != OnTimeout::ReturnToAi {
            return;
        }
        self.placed[index].is_lifted = true;
        let refusal = Refusal::Claims {
            clock: hold.clock,
            asked_at: hold.asked_at,
            after: hold.claims_after,
        };
        self.release(&meant, vec![index], Vec::new(), refusal, moment);
    }
}
