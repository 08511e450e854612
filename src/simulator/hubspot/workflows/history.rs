//! The line of a workflow's history about one execution, in the reader's language.

use super::action_file::Action;
use super::enrollment::{Execution, ExecutionResult};
use std::collections::BTreeMap;

/// What placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// What was sent, or filled in.
    pub inputs: &'a BTreeMap<String, String>,
    /// What came back; goes first.
    pub outputs: &'a BTreeMap<String, String>,
}

/// The rule that fits first, if any; outputs that a rule does not mention do not matter.
pub fn rule_of<'a>(action: &'a Action, outputs: &BTreeMap<String, String>) -> Option<&'a str> {
    let fits = |(output, values): (&String, &Vec<String>)| {
        outputs
            .get(output)
            .is_some_and(|value| values.contains(value))
    };
    let mut rules = action.rules.iter();
    let found = rules.find(|rule| rule.conditions.iter().all(fits));
    found.map(|rule| rule.label.as_str())
}

/// What the history says.
pub fn line(action: &Action, execution: &Execution, language: &str) -> String {
    let label = rule_of(action, &execution.outputs);
    let words = label.and_then(|label| {
        let labels = action.labels(language)?;
        labels.execution_rules.get(label)
    });
    match (words, execution.result) {
        (_, ExecutionResult::GivenUp) => {
            "Action failed: no good answer within three days".to_owned()
        }
        (_, ExecutionResult::Expired) => "Action was not completed in time".to_owned(),
        (Some(words), _) => {
            let values = Values {
                inputs: &execution.inputs,
                outputs: &execution.outputs,
            };
            interpolated(words, action, values, language)
        }
        (None, ExecutionResult::Succeeded) => "Action succeeded".to_owned(),
        (None, ExecutionResult::Failed) => match execution.status {
            Some(status) => format!("Action failed: status {status}"),
            None => "Action failed".to_owned(),
        },
    }
}

/// `{{field}}` becomes the output or the input of this name; a value with words of its own becomes
/// these; what has no value becomes nothing.
pub fn interpolated(text: &str, action: &Action, values: Values<'_>, language: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        filled.push_str(before);
        let name = name.trim();
        let output = values.outputs.get(name);
        let input = values.inputs.get(name).map(|value| {
            let labels = action.labels(language);
            let options = labels.and_then(|labels| labels.input_field_option_labels.get(name));
            let words = options.and_then(|options| options.get(value));
            words.unwrap_or(value)
        });
        filled.push_str(output.or(input).map_or("", String::as_str));
        rest = after;
    }
    filled.push_str(rest);
    filled
}
