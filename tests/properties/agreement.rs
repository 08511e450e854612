//! Every sequence is played to the domain and to the reference model; after every step both must
//! say the same, and what must always hold is looked at.

use crate::fault::Fault;
use crate::history::History;
use crate::operation::{
    FIRST, HOUR, MINUTE, News, Op, Place, SECOND, SECOND_MS, Step, TICKET, Telling, Wish, sequence,
};
use crate::reference::Moment;
use crate::runs::{drawn, runner, sequences};
use crate::service::{Service, thread_id};
use baton::domain::actor::Authority;
use baton::domain::assess::AiState;
use baton::domain::decide::Row;
use baton::domain::owner::Owner;
use baton::domain::time::Timestamp;
use proptest::test_runner::TestCaseError;

const BEGINNING: i64 = 1_000_000_000_000;
/// No sequence lasts longer, so that no reply is forgotten on the way.
const LONGEST: i64 = 40 * HOUR;

/// A domain and a reference model that live through the same.
struct Pair {
    service: Service,
    reference: History,
    /// Events told so far, for repeats.
    told: Vec<(News, i64)>,
    /// Whose waiting was told of, and since when they waited.
    alerts: Vec<(Place, i64)>,
    now: i64,
    offset: i64,
}

/// No sequence changes this policy.
const UNATTENDED_AFTER: i64 = 15 * MINUTE;

type Difference = String;

impl Pair {
    fn new(offset: i64, fault: Option<Fault>) -> Self {
        Self {
            service: Service::new(BEGINNING),
            reference: History {
                fault,
                ..History::default()
            },
            told: Vec::new(),
            alerts: Vec::new(),
            now: BEGINNING,
            offset,
        }
    }

    fn play(&mut self, steps: &[Step]) -> Result<(), Difference> {
        for (number, step) in steps.iter().enumerate() {
            let told = |difference| format!("step {number}, {:?}: {difference}", step.op);
            self.step(step).map_err(told)?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), Difference> {
        let is_late = self.now - BEGINNING > LONGEST;
        self.now += if is_late { SECOND_MS } else { step.wait };
        self.service.at(self.now, self.now + self.offset);
        let before = self.service.clone();
        let rows = self.happen(&step.op)?;
        let is_look = matches!(step.op, Op::Look);
        for place in [FIRST, SECOND] {
            self.agrees(place)?;
            if !is_look {
                self.version_follows(place, &before, &rows)?;
            }
            self.has_reason(place)?;
            self.keeps_silent(place, &step.op, &before)?;
        }
        self.gates_leave_no_trace()
    }

    fn happen(&mut self, op: &Op) -> Result<Vec<Row>, Difference> {
        let policies = self.service.portal.policies.clone();
        let moment = Moment {
            now: self.now,
            clock: self.now + self.offset,
            policies: &policies,
        };
        match op {
            Op::Ask(asking) => {
                let (verdict, rows) = self.service.ask(asking);
                let expected = self.reference.ask(asking, moment);
                if verdict != expected {
                    return Err(format!("answered {verdict:?}, expected {expected:?}"));
                }
                Ok(rows)
            }
            Op::Tell(Telling { news, late }) => {
                let at = self.now + self.offset - late;
                self.told.push((news.clone(), at));
                self.reference.tell(news.clone(), at, moment);
                Ok(self.service.tell(news, at))
            }
            Op::AtOnce(news) => {
                let last = self.told.last().map(|(_, at)| *at);
                let at = last.unwrap_or(moment.clock);
                self.told.push((news.clone(), at));
                self.reference.tell(news.clone(), at, moment);
                Ok(self.service.tell(news, at))
            }
            Op::Repeat(which) => {
                let Some((news, at)) = self.told.get(*which).cloned() else {
                    return Ok(Vec::new());
                };
                self.reference.tell(news.clone(), at, moment);
                Ok(self.service.tell(&news, at))
            }
            Op::Link => {
                self.reference.link(self.now);
                Ok(self.service.link(SECOND))
            }
            Op::Timer {
                handoff,
                other_epoch,
            } => {
                self.reference.timer(*handoff, *other_epoch, moment);
                Ok(self.service.timer(*handoff, *other_epoch))
            }
            // Several decisions at once: each is looked at by itself.
            Op::Look => self.look(moment).map(|()| Vec::new()),
            Op::Policy(change) => {
                self.service.change(*change);
                Ok(Vec::new())
            }
        }
    }

    /// A timer looks and does what is due. Then nothing is due any more, and the next look is yet
    /// to come; whoever waits too long has been told of, once.
    fn look(&mut self, moment: Moment<'_>) -> Result<(), Difference> {
        for due in self.service.due() {
            let before = self.service.clone();
            let (rows, alerts) = self.service.act(due);
            for place in [FIRST, SECOND] {
                self.version_follows(place, &before, &rows)?;
            }
            for alert in alerts {
                self.is_justified(alert)?;
                self.alerts.push(alert);
            }
        }
        self.reference.all_timers(moment);
        let left = self.service.due();
        let next = self.service.next_check();
        if !left.is_empty() || next.is_some_and(|next| next <= self.now) {
            return Err(format!("left {left:?} at {}, next at {next:?}", self.now));
        }
        for place in [FIRST, SECOND] {
            let since = self.reference.waits_since(place);
            let due = since.filter(|since| since + UNATTENDED_AFTER <= self.now);
            let told = |since: i64| self.alerts.iter().any(|it| it.0 == place && it.1 >= since);
            if due.is_some_and(|since| !told(since)) {
                return Err(format!(
                    "{place} waits since {since:?}, and nobody was told"
                ));
            }
        }
        Ok(())
    }

    fn is_justified(&self, (place, since): (Place, i64)) -> Result<(), Difference> {
        let waits = self.reference.waits_since(place);
        let is_due = since + UNATTENDED_AFTER <= self.now;
        if waits == Some(since) && is_due && !self.alerts.contains(&(place, since)) {
            Ok(())
        } else {
            Err(format!(
                "an alert for {place} since {since}, it waits since {waits:?}"
            ))
        }
    }

    fn agrees(&self, place: Place) -> Result<(), Difference> {
        let found = self.service.silences(place, self.now);
        let expected = self.reference.judge(place, self.now).0;
        if found == expected {
            return Ok(());
        }
        Err(format!("{place} has {found:?}, expected {expected:?}"))
    }

    /// Versions are 1..n without a gap, one for each line that changed something, and grow only if
    /// something did.
    fn version_follows(
        &self,
        place: Place,
        before: &Service,
        rows: &[Row],
    ) -> Result<(), Difference> {
        let (was, is) = (before.thread(place), self.service.thread(place));
        let own: Vec<&Row> = rows
            .iter()
            .filter(|row| row.thread == Some(thread_id(place)))
            .collect();
        let changes = own.iter().filter(|row| row.changed).count() as i64;
        let mut silenced_at = was.silenced_at_version;
        if own
            .iter()
            .any(|row| row.changed && row.after != AiState::AiActive)
        {
            silenced_at = is.control_version;
        }
        let follows = own.len() <= 1
            && is.control_version == was.control_version + changes
            && is.position == was.position + own.len() as i64
            && is.silenced_at_version == silenced_at;
        if !follows {
            return Err(format!("{place} went from {was:?} to {is:?} by {rows:?}"));
        }
        // Compared with what the last line told: what lapsed since and was placed again is as then.
        let told_at = was.decided_at.map_or(self.now, Timestamp::as_millis);
        let told = before.silences(place, told_at);
        let just_before = before.silences(place, self.now);
        let shown = self.service.silences(place, self.now);
        if changes == 0 && told != shown && just_before != shown {
            return Err(format!("{place} changed without a version"));
        }
        let ends_shown = own.iter().all(|row| row.after == self.state(place));
        let tickets = rows.iter().filter(|row| row.thread.is_none()).count() as i64;
        if !ends_shown || self.service.ticket.position != before.ticket.position + tickets {
            return Err(format!("the lines {rows:?} do not tell what happened"));
        }
        Ok(())
    }

    fn state(&self, place: Place) -> AiState {
        self.service.state(place, self.now)
    }

    /// Whoever is not active says why.
    fn has_reason(&self, place: Place) -> Result<(), Difference> {
        let is_active = self.state(place) == AiState::AiActive;
        if is_active == self.service.silences(place, self.now).is_empty() {
            Ok(())
        } else {
            Err(format!("{place} is silent without a reason"))
        }
    }

    /// While a person owns, or a lock is live, no workflow, no AI and no timer frees the AI.
    fn keeps_silent(&self, place: Place, op: &Op, before: &Service) -> Result<(), Difference> {
        let is_bound = match op {
            Op::Ask(asking) => asking.by != Authority::Admin,
            Op::Timer { .. } | Op::Look => true,
            Op::Tell(_) | Op::AtOnce(_) | Op::Repeat(_) | Op::Link | Op::Policy(_) => false,
        };
        let must_stay = [AiState::HumanActive, AiState::AiLocked];
        let was = before.state(place, self.now);
        let owned = self.reference.person_owns(place);
        let freed = was == AiState::AiLocked && self.state(place) != was
            || owned && !must_stay.contains(&self.state(place));
        if is_bound && freed && !matches!(op, Op::Ask(asking) if asking.what == Wish::Lock) {
            return Err(format!("{place} was freed from {was:?}"));
        }
        Ok(())
    }

    fn gates_leave_no_trace(&self) -> Result<(), Difference> {
        let mut shut = self.service.clone();
        shut.portal.ai_enabled = false;
        let before = self.service.gates(FIRST, self.now);
        let while_shut = shut.gates(FIRST, self.now);
        shut.portal.ai_enabled = true;
        let restored = shut.gates(FIRST, self.now) == before
            && shut.silences(FIRST, self.now) == self.service.silences(FIRST, self.now);
        if restored && while_shut.len() == before.len() + 1 {
            Ok(())
        } else {
            Err("a gate left a trace".to_owned())
        }
    }
}

fn first_difference((offset, steps): &(i64, Vec<Step>), fault: Option<Fault>) -> Option<String> {
    Pair::new(*offset, fault).play(steps).err()
}

#[test]
fn the_domain_and_the_reference_agree_on_every_step() {
    let outcome = runner().run(&sequence(), |sequence| {
        first_difference(&sequence, None).map_or(Ok(()), |found| Err(TestCaseError::fail(found)))
    });
    if let Err(found) = outcome {
        panic!("{found}");
    }
}

#[test]
fn every_seeded_fault_is_found_within_as_many_sequences() {
    let drawn = drawn(&sequence(), sequences());
    for fault in Fault::ALL {
        let found = drawn
            .iter()
            .position(|sequence| first_difference(sequence, Some(fault)).is_some());
        println!("{fault:?}: found by sequence {found:?}");
        assert!(found.is_some(), "{fault:?} would go unnoticed");
    }
}

#[test]
fn the_same_decisions_fold_into_the_same_records() {
    for (offset, steps) in drawn(&sequence(), 200) {
        let (mut once, mut again) = (Pair::new(offset, None), Pair::new(offset, None));
        once.play(&steps).expect("they agree");
        again.play(&steps).expect("they agree");
        assert_eq!(once.service.ticket, again.service.ticket);
        assert_eq!(once.service.first, again.service.first);
        assert_eq!(once.service.second, again.service.second);
    }
}

#[test]
fn sequences_reach_what_they_are_meant_to() {
    let drawn = drawn(&sequence(), 2_000);
    let all = || drawn.iter().flat_map(|(_, steps)| steps);
    let owners = all().filter(|step| {
        matches!(
            &step.op,
            Op::Tell(Telling {
                news: News::Owner(TICKET, Owner::Person(_), _),
                ..
            })
        )
    });
    assert!(all().count() > 20_000);
    assert!(owners.count() > 500);
}
