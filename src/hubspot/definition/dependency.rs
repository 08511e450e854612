//! Which inputs appear only once another has a certain value.

use super::input::{Input, Shown};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The dependencies among an action's inputs, one for each controlling value.
pub(super) fn dependencies(inputs: &[Input]) -> Vec<Value> {
    let mut dependents: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for input in inputs {
        match input.shown {
            Shown::AtOnce => {}
            Shown::When { controller, is } => {
                dependents
                    .entry((controller, is))
                    .or_default()
                    .push(input.name);
            }
        }
    }
    dependents
        .into_iter()
        .map(|((controller, is), names)| {
            json!({
                "dependencyType": "CONDITIONAL_SINGLE_FIELD",
                "controllingFieldName": controller,
                "controllingFieldValue": is,
                "dependentFieldNames": names,
            })
        })
        .collect()
}
