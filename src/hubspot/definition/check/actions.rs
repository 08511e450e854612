//! HubSpot's rules for an action's definition (OpenAPI file of `automation/actions/2026-03`, read
//! 2026-11-22): fields, types, dependencies.

use super::Mistake;
use super::difference::escaped;
use crate::domain::language::Language;
use serde_json::Value;
use std::collections::BTreeSet;

/// `PublicFieldTypeDefinition.type`
const TYPES: &[&str] = &[
    "bool",
    "date",
    "datetime",
    "enumeration",
    "json",
    "number",
    "object_coordinates",
    "phone_number",
    "string",
];

/// `PublicFieldTypeDefinition.fieldType`
const FIELD_TYPES: &[&str] = &[
    "booleancheckbox",
    "calculation_equation",
    "checkbox",
    "date",
    "file",
    "html",
    "number",
    "phonenumber",
    "radio",
    "select",
    "text",
    "textarea",
];

/// `PublicInputFieldDefinition.supportedValueTypes`
const VALUE_TYPES: &[&str] = &["STATIC_VALUE", "OBJECT_PROPERTY"];

/// The object types this project offers its actions for.
const OBJECT_TYPES: &[&str] = &["TICKET", "CONTACT"];

/// The mistakes in one action's file.
pub(super) fn mistakes(file: &str, component: &Value) -> Vec<Mistake> {
    let config = &component["config"];
    let mut action = Action {
        file,
        config,
        mistakes: Vec::new(),
    };
    action.fields("inputFields");
    action.fields("outputFields");
    action.inputs();
    action.dependencies();
    action.rules();
    action.object_types();
    action.languages();
    action.mistakes
}

struct Action<'a> {
    file: &'a str,
    config: &'a Value,
    mistakes: Vec<Mistake>,
}

impl<'a> Action<'a> {
    fn report(&mut self, pointer: String, what: impl Into<String>) {
        self.mistakes.push(Mistake::new(self.file, pointer, what));
    }

    fn entries(&self, name: &str) -> Vec<&'a Value> {
        self.config[name].as_array().into_iter().flatten().collect()
    }

    fn names(&self, list: &str) -> BTreeSet<&'a str> {
        let name = |field: &&'a Value| field["typeDefinition"]["name"].as_str();
        self.entries(list).iter().filter_map(name).collect()
    }

    /// Types that HubSpot knows, names that are there once.
    fn fields(&mut self, list: &str) {
        let mut seen = BTreeSet::new();
        for (index, field) in self.entries(list).into_iter().enumerate() {
            let at = format!("/config/{list}/{index}/typeDefinition");
            let field = &field["typeDefinition"];
            let Some(name) = field["name"].as_str() else {
                self.report(format!("{at}/name"), "is missing");
                continue;
            };
            if !seen.insert(name) {
                self.report(format!("{at}/name"), format!("'{name}' is there twice"));
            }
            for (key, known) in [("type", TYPES), ("fieldType", FIELD_TYPES)] {
                let value = field[key].as_str().unwrap_or_default();
                if !known.contains(&value) {
                    let what = format!(
                        "'{value}' of {name} is unknown to HubSpot; expected {}",
                        known.join(", ")
                    );
                    self.report(format!("{at}/{key}"), what);
                }
            }
            let has_choice = !field["options"].as_array().is_none_or(Vec::is_empty)
                || field["optionsUrl"].is_string();
            if field["type"] == "enumeration" && !has_choice {
                let what = format!("{name} is an enumeration without a choice");
                self.report(format!("{at}/options"), what);
            }
        }
    }

    /// Where values may come from; that nothing hidden is required.
    fn inputs(&mut self) {
        let hidden: BTreeSet<&str> = self
            .entries("inputFieldDependencies")
            .iter()
            .filter_map(|dependency| dependency["dependentFieldNames"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (index, field) in self.entries("inputFields").into_iter().enumerate() {
            let at = format!("/config/inputFields/{index}");
            let name = field["typeDefinition"]["name"].as_str().unwrap_or_default();
            if field["isRequired"] == true && hidden.contains(name) {
                let what = format!("{name} shows only at times, so it cannot be required");
                self.report(format!("{at}/isRequired"), what);
            }
            let types = field["supportedValueTypes"].as_array();
            if types.is_none_or(Vec::is_empty) {
                self.report(
                    format!("{at}/supportedValueTypes"),
                    format!("{name} can have no value"),
                );
            }
            for value_type in types.into_iter().flatten() {
                if !VALUE_TYPES.iter().any(|known| value_type == known) {
                    let what = format!(
                        "{value_type} is unknown to HubSpot; expected {}",
                        VALUE_TYPES.join(" or ")
                    );
                    self.report(format!("{at}/supportedValueTypes"), what);
                }
            }
        }
    }

    /// That dependencies name inputs, and values of theirs.
    fn dependencies(&mut self) {
        let inputs = self.names("inputFields");
        for (index, dependency) in self
            .entries("inputFieldDependencies")
            .into_iter()
            .enumerate()
        {
            let at = format!("/config/inputFieldDependencies/{index}");
            let controller = dependency["controllingFieldName"]
                .as_str()
                .unwrap_or_default();
            if !inputs.contains(controller) {
                let what = format!("'{controller}' is no input of this action");
                self.report(format!("{at}/controllingFieldName"), what);
            }
            let value = &dependency["controllingFieldValue"];
            let field = self
                .entries("inputFields")
                .into_iter()
                .find(|field| field["typeDefinition"]["name"] == controller);
            let options = field.and_then(|field| field["typeDefinition"]["options"].as_array());
            let is_option = |options: &Vec<Value>| options.iter().any(|it| it["value"] == *value);
            if options.is_some_and(|options| !is_option(options)) {
                let what = format!("{value} is no value of {controller}");
                self.report(format!("{at}/controllingFieldValue"), what);
            }
            for name in dependency["dependentFieldNames"]
                .as_array()
                .into_iter()
                .flatten()
            {
                if !name.as_str().is_some_and(|name| inputs.contains(name)) {
                    let what = format!("{name} is no input of this action");
                    self.report(format!("{at}/dependentFieldNames"), what);
                }
            }
        }
    }

    /// That rules name outputs, and values of theirs, and sentences that exist.
    fn rules(&mut self) {
        let outputs = self.names("outputFields");
        for (index, rule) in self.entries("executionRules").into_iter().enumerate() {
            let at = format!("/config/executionRules/{index}");
            let label = rule["labelName"].as_str().unwrap_or_default();
            if self.config["labels"]["en"]["executionRules"][label].is_null() {
                let what = format!("'{label}' has no sentence in English");
                self.report(format!("{at}/labelName"), what);
            }
            for name in rule["conditions"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, _)| name)
            {
                if !outputs.contains(name.as_str()) {
                    let what = format!("'{name}' is no output of this action");
                    self.report(format!("{at}/conditions/{}", escaped(name)), what);
                }
            }
        }
    }

    fn object_types(&mut self) {
        for (index, name) in self.entries("objectTypes").into_iter().enumerate() {
            if !OBJECT_TYPES.iter().any(|known| name == known) {
                let what = format!(
                    "{name} cannot be enrolled; expected {}",
                    OBJECT_TYPES.join(" or ")
                );
                self.report(format!("/config/objectTypes/{index}"), what);
            }
        }
    }

    /// That every language is there, and none that HubSpot does not show.
    fn languages(&mut self) {
        let known = Language::ALL.map(Language::tag);
        let languages = self.config["labels"].as_object();
        for name in languages.into_iter().flatten().map(|(name, _)| name) {
            if !known.contains(&name.as_str()) {
                let what = format!(
                    "HubSpot shows no labels in it; expected {}",
                    known.join(", ")
                );
                self.report(format!("/config/labels/{}", escaped(name)), what);
            }
        }
        for name in known {
            if languages.is_none_or(|languages| !languages.contains_key(name)) {
                self.report(format!("/config/labels/{name}"), "the language is missing");
            }
        }
    }
}
