//! The inputs of one execution: what the author filled in, without what the editor hides.

use super::action_file::{Action, Dependency};
use super::enrollment::Outputs;
use super::workflow::Input;
use std::collections::BTreeMap;

/// What an author filled in, and what it is filled from.
pub struct Filled<'a> {
    pub inputs: &'a BTreeMap<String, Input>,
    pub properties: &'a BTreeMap<String, String>,
    pub outputs: &'a BTreeMap<String, Outputs>,
}

/// Every value is text; what is empty, unknown to the action or hidden is left out.
pub fn render(action: &Action, filled: &Filled<'_>) -> BTreeMap<String, String> {
    let known = action.inputs.iter().filter_map(|name| {
        let value = filled.value(name)?;
        (!value.is_empty()).then(|| (name.clone(), value))
    });
    let mut rendered: BTreeMap<String, String> = known.collect();
    // An input that goes may hide another, so until nothing goes any more.
    loop {
        let hidden = |dependency: &&Dependency| {
            let controlling = rendered.get(&dependency.controlling_field_name);
            match (&dependency.controlling_field_value, controlling) {
                (Some(wanted), Some(value)) => wanted != value,
                (None, Some(_)) => false,
                (_, None) => true,
            }
        };
        let dependencies = action.dependencies.iter().filter(hidden);
        let goes: Vec<&String> = dependencies
            .flat_map(|dependency| &dependency.dependent_field_names)
            .filter(|name| rendered.contains_key(*name))
            .collect();
        if goes.is_empty() {
            return rendered;
        }
        for name in goes {
            rendered.remove(name);
        }
    }
}

impl Filled<'_> {
    fn value(&self, name: &str) -> Option<String> {
        match self.inputs.get(name)? {
            Input::Value(value) => Some(value.clone()),
            Input::Property(property) => self.properties.get(property).cloned(),
            Input::Output(output) => self.outputs.get(&output.of)?.get(&output.name).cloned(),
        }
    }
}
