//! The inputs that a workflow author sees, in their order: what each holds and when it shows.
//! None is required; an empty one means its default, and its label says which.

use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::asks::{MESSAGE_CHARS, MOST_MINUTES, NOTE_CHARS};
use crate::hubspot::choices;
use serde_json::{Value, json};

/// An input of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in calls.
    pub name: &'static str,
    /// What it holds.
    pub form: Form,
    /// When it shows.
    pub shown: Shown,
}

/// What an input holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// One of these values.
    Choice(Vec<&'static str>),
    /// A whole number from 1 up to this.
    Number {
        /// The largest that fits.
        most: i64,
    },
    /// A text of at most this many characters.
    Text {
        /// The longest that fits.
        most_chars: usize,
    },
    /// One of a list that HubSpot asks us for while the author types.
    Searched,
}

/// When an input shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// At once.
    AtOnce,
    /// Once another input has this value.
    When {
        /// The other input.
        controller: &'static str,
        /// Its value.
        is: &'static str,
    },
}

/// Shown only after `more_options` = yes.
const FOR_EXPERTS: Shown = Shown::When {
    controller: "more_options",
    is: "yes",
};

/// Inputs that the server reads and no definition offers, each for a reason.
pub const NOT_OFFERED: &[(&str, &str)] = &[
    (
        "thread_id",
        "a workflow author does not know conversations' ids",
    ),
    ("dry_run", "for tests and for `baton trigger`"),
    ("reason_code", "for callers that are programs"),
    ("wait_for_claim", HELD_BACK),
    ("wait_for_result", HELD_BACK),
    ("max_wait_minutes", HELD_BACK),
];

/// Why the inputs that make a workflow wait are not offered.
const HELD_BACK: &str = "held back until a workflow can be kept waiting";

/// The inputs of an action, as its author sees them.
pub fn inputs(kind: ActionKind) -> Vec<Input> {
    let choice = |values: Vec<&'static str>| Form::Choice(values);
    let yes_or_no = || Form::Choice(choices::values(choices::YES_OR_NO));
    let message = || Form::Text {
        most_chars: MESSAGE_CHARS,
    };
    let minutes = || Form::Number { most: MOST_MINUTES };
    let note = |shown| {
        let most_chars = NOTE_CHARS;
        Input::new("note", Form::Text { most_chars }, shown)
    };
    let more_options = Input::new(
        "more_options",
        choice(choices::values(choices::MORE_OPTIONS)),
        Shown::AtOnce,
    );
    let reach = |kind| {
        let values = match kind {
            ActionKind::PauseAi | ActionKind::ResumeAi => choices::values(choices::REACHES_OF_MANY),
            ActionKind::SendToAi | ActionKind::RequestHandoff => {
                choices::values(choices::REACHES_OF_ONE)
            }
        };
        Input::new("conversations", choice(values), FOR_EXPERTS)
    };
    match kind {
        ActionKind::PauseAi => vec![
            Input::new(
                "duration",
                choice(choices::values(choices::DURATIONS)),
                Shown::AtOnce,
            ),
            Input::new("duration_minutes", minutes(), when("duration", "custom")),
            note(Shown::AtOnce),
            more_options,
            Input::new("replace", yes_or_no(), FOR_EXPERTS),
            reach(kind),
        ],
        ActionKind::ResumeAi => vec![
            note(Shown::AtOnce),
            more_options,
            Input::new("cancel_pending_handoff", yes_or_no(), FOR_EXPERTS),
            reach(kind),
        ],
        ActionKind::SendToAi => vec![
            Input::new(
                "response_mode",
                choice(choices::values(choices::RESPONSE_MODES)),
                Shown::AtOnce,
            ),
            Input::new(
                "message_text",
                message(),
                when("response_mode", "fixed_message"),
            ),
            Input::new(
                "instruction",
                message(),
                when("response_mode", "answer_with_instruction"),
            ),
            more_options,
            Input::new(
                "if_human_owned",
                choice(choices::values(choices::IF_HUMAN_OWNED)),
                FOR_EXPERTS,
            ),
            Input::new("reopen", yes_or_no(), FOR_EXPERTS),
            reach(kind),
            note(FOR_EXPERTS),
        ],
        ActionKind::RequestHandoff => vec![
            Input::new("target", Form::Searched, Shown::AtOnce),
            note(Shown::AtOnce),
            Input::new("customer_message", message(), Shown::AtOnce),
            more_options,
            Input::new(
                "priority",
                choice(choices::values(choices::PRIORITIES)),
                FOR_EXPERTS,
            ),
            Input::new("claim_timeout_minutes", minutes(), FOR_EXPERTS),
            Input::new(
                "on_timeout",
                choice(choices::values(choices::ON_TIMEOUT)),
                FOR_EXPERTS,
            ),
            reach(kind),
        ],
    }
}

const fn when(controller: &'static str, is: &'static str) -> Shown {
    Shown::When { controller, is }
}

impl Input {
    const fn new(name: &'static str, form: Form, shown: Shown) -> Self {
        Self { name, form, shown }
    }

    /// The input's definition. `label_of` names the values of a choice, in English.
    pub(super) fn definition(&self, options_url: &str, label_of: impl Fn(&str) -> String) -> Value {
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
            Form::Number { .. } => ("number", "number"),
            Form::Text { .. } => ("string", "textarea"),
            Form::Searched => {
                field["optionsUrl"] = options_url.into();
                ("enumeration", "select")
            }
        };
        field["type"] = kind.into();
        field["fieldType"] = field_type.into();
        json!({
            "typeDefinition": field,
            "supportedValueTypes": self.value_types(),
            "isRequired": false,
        })
    }

    /// A text or a number may also come from a property or from an earlier action's output.
    fn value_types(&self) -> &'static [&'static str] {
        match self.form {
            Form::Choice(_) | Form::Searched => &["STATIC_VALUE"],
            Form::Number { .. } | Form::Text { .. } => &["STATIC_VALUE", "OBJECT_PROPERTY"],
        }
    }
}
