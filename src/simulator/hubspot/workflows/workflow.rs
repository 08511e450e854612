//! A workflow as its author set it up, as data.

use crate::domain::ids::WorkflowId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A workflow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// HubSpot's id of it.
    pub id: WorkflowId,
    /// Its name.
    pub name: String,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// One of the app's actions.
    Action {
        /// The action's uid.
        uid: String,
        /// A name under which later steps use its outputs; its uid if it is empty.
        #[serde(default)]
        called: String,
        /// What the author filled in.
        #[serde(default)]
        inputs: BTreeMap<String, Input>,
    },
    /// Waits, by the simulation's clock.
    DelaySeconds(u64),
    /// Waits until a moment that an action put out; not at all if it put out none.
    DelayUntil(Output),
    /// HubSpot's own "Edit record".
    Edit {
        /// The ticket's property.
        property: String,
        /// What it becomes; nothing to clear it.
        value: Input,
    },
    /// HubSpot's own internal notification, which says this.
    Notify(Input),
    /// Nothing more is done.
    End,
    /// Goes one of several ways, and then on.
    Branch {
        /// What decides.
        on: Input,
        /// The ways, the first that has the value.
        ways: Vec<Way>,
        /// The way of all other values.
        #[serde(default)]
        otherwise: Vec<Step>,
    },
}

/// A way of a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// The values that take it.
    pub values: Vec<String>,
    /// What is done on it.
    pub steps: Vec<Step>,
}

/// What the author filled into an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Always this.
    Value(String),
    /// A property of the enrolled record.
    Property(String),
    /// An output of an earlier action.
    Output(Output),
}

/// An output of an earlier action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// What the action is called.
    pub of: String,
    /// The output's name.
    pub name: String,
}

impl Step {
    /// An action with fixed inputs, called by its own uid.
    pub fn action(uid: &str, inputs: &[(&str, &str)]) -> Self {
        let own =
            |(name, value): &(&str, &str)| ((*name).to_owned(), Input::Value((*value).to_owned()));
        Self::Action {
            uid: uid.to_owned(),
            called: uid.to_owned(),
            inputs: inputs.iter().map(own).collect(),
        }
    }
}

impl Output {
    /// This output of the action that is called so.
    pub fn of(called: &str, name: &str) -> Self {
        Self {
            of: called.to_owned(),
            name: name.to_owned(),
        }
    }
}
