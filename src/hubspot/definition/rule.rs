//! The sentences of a workflow's history: which one shows for which outputs. HubSpot takes the first
//! that fits (page "Custom workflow actions", execution rules, read 2026-11-22).

use crate::domain::outcome::{Outcome, ReasonCode};
use crate::hubspot::action_kind::ActionKind;
use serde_json::{Value, json};

/// A sentence and when it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name among the labels.
    pub label: &'static str,
    /// Outputs that must have these values.
    pub conditions: Vec<(&'static str, &'static str)>,
}

/// Nothing happened, so nothing else is worth saying.
const DRY_RUN: &str = "dry_run";
/// It will happen.
const QUEUED: &str = "queued";
/// What is refused for a reason that may also leave something kept for later.
const REFUSED: &str = "refused";
const TWO_SIDED: [ReasonCode; 3] = [
    ReasonCode::AdminLock,
    ReasonCode::HandoffPending,
    ReasonCode::LoopDamped,
];
/// "Resumed" must never be mistaken for "will speak".
const DONE_BUT_SILENT: &str = "done_but_silent";

/// The rules of an action, in the order in which HubSpot tries them.
pub fn rules(kind: ActionKind) -> Vec<Rule> {
    let mut rules = vec![
        Rule::new(DRY_RUN, vec![("outcome", Outcome::DryRun.name())]),
        Rule::new(QUEUED, vec![("outcome", Outcome::Queued.name())]),
    ];
    match kind {
        ActionKind::ResumeAi | ActionKind::SendToAi => rules.push(Rule::new(
            DONE_BUT_SILENT,
            vec![
                ("outcome", Outcome::Applied.name()),
                ("ai_may_reply", "false"),
            ],
        )),
        ActionKind::PauseAi | ActionKind::RequestHandoff => {}
    }
    let refused = |code: ReasonCode| {
        let outcome = ("outcome", Outcome::Refused.name());
        Rule::new(REFUSED, vec![outcome, ("reason_code", code.name())])
    };
    rules.extend(TWO_SIDED.map(refused));
    let by_reason = |code: &ReasonCode| Rule::new(code.name(), vec![("reason_code", code.name())]);
    rules.extend(ReasonCode::ALL.iter().map(by_reason));
    rules
}

impl Rule {
    const fn new(label: &'static str, conditions: Vec<(&'static str, &'static str)>) -> Self {
        Self { label, conditions }
    }

    pub(super) fn definition(&self) -> Value {
        let conditions: serde_json::Map<String, Value> = self
            .conditions
            .iter()
            .map(|(output, value)| ((*output).to_owned(), json!(value)))
            .collect();
        json!({ "labelName": self.label, "conditions": conditions })
    }
}
