//! The outputs that a workflow can branch on: their names are those of `domain::answer`, their
//! types make branches drop-downs and times usable in delays.

use crate::domain::assess::AiState;
use crate::domain::outcome::{Outcome, ReasonCode};
use crate::hubspot::action_kind::ActionKind;
use serde_json::{Value, json};

/// An output of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name in answers.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
}

/// What an output holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// One of these values.
    Choice(Vec<&'static str>),
    /// Milliseconds since 1970.
    Datetime,
    /// A whole number.
    Number,
    /// A text.
    Text,
}

/// The outputs of an action.
pub fn outputs(kind: ActionKind) -> Vec<Output> {
    let states = || Form::Choice(AiState::ALL.map(AiState::name).to_vec());
    let yes_or_no = || Form::Choice(vec!["true", "false"]);
    let outcomes = Form::Choice(Outcome::ALL.map(Outcome::name).to_vec());
    let reasons = ReasonCode::ALL.iter().map(|code| code.name()).collect();
    let mut outputs = vec![
        Output::new("outcome", outcomes),
        Output::new("ai_state", states()),
        Output::new("previous_ai_state", states()),
        Output::new("ai_may_reply", yes_or_no()),
        Output::new("reason_code", Form::Choice(reasons)),
        Output::new("explanation", Form::Text),
        Output::new("observed", yes_or_no()),
        Output::new("would_have_been", states()),
        Output::new("silent_until", Form::Datetime),
        Output::new("thread_id", Form::Text),
        Output::new("threads_affected", Form::Number),
        Output::new("decision_id", Form::Text),
        Output::new("control_version", Form::Number),
    ];
    outputs.extend(match kind {
        ActionKind::PauseAi => vec![Output::new("pause_expires_at", Form::Datetime)],
        ActionKind::ResumeAi => vec![
            Output::new("released_holds", Form::Number),
            Output::new("remaining_holds", Form::Number),
        ],
        ActionKind::SendToAi => vec![Output::new("reply_requested", yes_or_no())],
        ActionKind::RequestHandoff => vec![
            Output::new("handoff_id", Form::Text),
            Output::new("claim_deadline", Form::Datetime),
        ],
    });
    outputs
}

impl Output {
    const fn new(name: &'static str, form: Form) -> Self {
        Self { name, form }
    }

    /// The output's definition. `label_of` names the values of a choice.
    pub(super) fn definition(&self, label_of: impl Fn(&str) -> String) -> Value {
        let mut field = json!({ "name": self.name, "options": [] });
        let (kind, field_type) = match &self.form {
            Form::Choice(values) => {
                field["options"] = values
                    .iter()
                    .enumerate()
                    .map(|(order, value)| {
                        json!({"value": value, "label": label_of(value), "displayOrder": order})
                    })
                    .collect();
                ("enumeration", "select")
            }
            Form::Datetime => ("datetime", "date"),
            Form::Number => ("number", "number"),
            Form::Text => ("string", "text"),
        };
        field["type"] = kind.into();
        field["fieldType"] = field_type.into();
        json!({ "typeDefinition": field })
    }
}
