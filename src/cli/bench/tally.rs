//! What came back, counted: every answer is read, and one that is not an action's answer counts
//! as a failure and never as throughput.

use crate::simulator::action_kind::ActionKind;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How often one action had one outcome for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    /// The action.
    pub kind: ActionKind,
    /// The output `outcome`.
    pub outcome: String,
    /// The output `reason_code`, empty if there was none.
    pub reason_code: String,
    /// How often.
    pub count: u64,
}

/// Counts of one connection, or of all.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// There are few different ones, so a list is searched faster than a map of strings.
    pub outcomes: Vec<OutcomeCount>,
    /// What was wrong with everything else, and how often.
    pub failures: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ActionAnswer<'a> {
    #[serde(borrow)]
    output_fields: Outputs<'a>,
}

#[derive(Deserialize)]
struct Outputs<'a> {
    #[serde(borrow)]
    outcome: Cow<'a, str>,
    #[serde(borrow, default)]
    reason_code: Cow<'a, str>,
    #[serde(borrow)]
    hs_execution_state: Cow<'a, str>,
}

impl Tally {
    /// Reads and counts one answer. Returns whether it was an action's answer.
    pub fn add_answer(&mut self, kind: ActionKind, status: u16, body: &[u8]) -> bool {
        if status != 200 {
            self.add_failure(&format!("status {status}"));
            return false;
        }
        let Ok(ActionAnswer {
            output_fields: outputs,
        }) = serde_json::from_slice(body)
        else {
            self.add_failure("status 200 without an action's outputs");
            return false;
        };
        if outputs.hs_execution_state != "SUCCESS" {
            self.add_failure(&format!(
                "hs_execution_state {}",
                outputs.hs_execution_state
            ));
            return false;
        }
        self.add_outcome(kind, &outputs.outcome, &outputs.reason_code, 1);
        true
    }

    /// Counts a request without a usable answer.
    pub fn add_failure(&mut self, what: &str) {
        match self.failures.get_mut(what) {
            Some(count) => *count += 1,
            None => drop(self.failures.insert(what.to_owned(), 1)),
        }
    }

    /// Adds another connection's counts.
    pub fn merge(&mut self, other: Tally) {
        for one in other.outcomes {
            self.add_outcome(one.kind, &one.outcome, &one.reason_code, one.count);
        }
        for (what, count) in other.failures {
            *self.failures.entry(what).or_default() += count;
        }
    }

    /// All usable answers.
    pub fn answered(&self) -> u64 {
        self.outcomes.iter().map(|one| one.count).sum()
    }

    /// The part of usable answers that were `applied`, from 0 to 1.
    pub fn applied_share(&self) -> f64 {
        let applied = self.outcomes.iter().filter(|one| one.outcome == "applied");
        let applied: u64 = applied.map(|one| one.count).sum();
        applied as f64 / self.answered().max(1) as f64
    }

    /// All requests without a usable answer.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    fn add_outcome(&mut self, kind: ActionKind, outcome: &str, reason_code: &str, count: u64) {
        let same = |one: &&mut OutcomeCount| {
            one.kind == kind && one.outcome == outcome && one.reason_code == reason_code
        };
        match self.outcomes.iter_mut().find(same) {
            Some(one) => one.count += count,
            None => self.outcomes.push(OutcomeCount {
                kind,
                outcome: outcome.to_owned(),
                reason_code: reason_code.to_owned(),
                count,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLIED: &[u8] =
        br#"{"outputFields":{"outcome":"applied","reason_code":"APPLIED","hs_execution_state":"SUCCESS"}}"#;

    #[test]
    fn equal_outcomes_are_counted_together() {
        let (mut all, mut other) = (Tally::default(), Tally::default());
        assert!(all.add_answer(ActionKind::PauseAi, 200, APPLIED));
        assert!(other.add_answer(ActionKind::PauseAi, 200, APPLIED));
        assert!(other.add_answer(ActionKind::ResumeAi, 200, APPLIED));
        all.merge(other);
        assert_eq!(all.outcomes.len(), 2);
        assert_eq!(all.answered(), 3);
        assert_eq!(all.failed(), 0);
    }

    #[test]
    fn what_is_no_action_answer_counts_as_failure_only() {
        let mut tally = Tally::default();
        let failing =
            br#"{"outputFields":{"outcome":"refused","hs_execution_state":"FAIL_CONTINUE"}}"#;
        for (status, body) in [(503, APPLIED), (200, b"{}"), (200, b"ok"), (200, failing)] {
            assert!(!tally.add_answer(ActionKind::PauseAi, status, body));
        }
        assert_eq!(tally.answered(), 0);
        assert_eq!(tally.failed(), 4);
        assert_eq!(tally.failures["status 503"], 1);
    }
}
