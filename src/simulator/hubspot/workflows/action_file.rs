//! One action as the app describes it to HubSpot: a file `*-hsmeta.json` of type `workflow-action`
//! ("Custom workflow actions" in HubSpot's documentation, read 2026-11-22), read with code of its
//! own. What HubSpot would not need to carry an action out is passed over.

use crate::simulator::action_kind::ActionKind;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Stands in the files for the address of the service.
const BASE_VARIABLE: &str = "${BATON_PUBLIC_URL}";
/// The language that every action has.
pub const ENGLISH: &str = "en";

/// An action.
#[derive(Clone, Debug)]
pub struct Action {
    /// Its id in the project.
    pub uid: String,
    /// Which of the four it is, by the end of its address.
    pub kind: ActionKind,
    /// Properties of the enrolled object that are sent along.
    pub object_properties: Vec<String>,
    /// Names of the inputs, in the editor's order.
    pub inputs: Vec<String>,
    /// Inputs that only show under a condition.
    pub dependencies: Vec<Dependency>,
    /// What the history says, the first that fits.
    pub rules: Vec<Rule>,
    /// Words, by language.
    pub labels: BTreeMap<String, Labels>,
}

/// Inputs that show only if another has a value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dependency {
    /// The other.
    pub controlling_field_name: String,
    /// The value it must have; any if absent.
    pub controlling_field_value: Option<String>,
    /// Those that show.
    pub dependent_field_names: Vec<String>,
}

/// A line of the history, and when it is shown.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Names the line in each language.
    pub label: String,
    /// Outputs and the values of which each must have one.
    pub conditions: BTreeMap<String, Vec<String>>,
}

/// Words of one language.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Labels {
    /// The action's name in the editor.
    pub action_name: String,
    /// The card in the editor.
    pub action_card_content: String,
    /// Lines of the history, by the rule's label.
    pub execution_rules: BTreeMap<String, String>,
    /// Words for the values of inputs.
    pub input_field_option_labels: BTreeMap<String, BTreeMap<String, String>>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ActionFileError {
    /// It cannot be read at all.
    #[error("{name} cannot be read: {source}")]
    Unreadable {
        /// The file.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON of the expected form.
    #[error("{name} is no workflow action: {source}")]
    NotAnAction {
        /// The file.
        name: String,
        /// What is missing or wrong.
        source: serde_json::Error,
    },
    /// HubSpot would refuse it.
    #[error("{name}: {what}")]
    Refused {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
struct File {
    uid: String,
    config: Config,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    action_url: String,
    #[serde(default)]
    is_published: bool,
    input_fields: Vec<Field>,
    #[serde(default)]
    input_field_dependencies: Vec<Dependency>,
    #[serde(default)]
    object_request_options: ObjectRequestOptions,
    #[serde(default)]
    execution_rules: Vec<RawRule>,
    labels: BTreeMap<String, Labels>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    type_definition: TypeDefinition,
}

#[derive(Deserialize)]
struct TypeDefinition {
    name: String,
}

#[derive(Default, Deserialize)]
struct ObjectRequestOptions {
    properties: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRule {
    label_name: String,
    conditions: BTreeMap<String, Value>,
}

impl Action {
    /// Reads one.
    ///
    /// # Errors
    /// If it is not a workflow action, or one that HubSpot would refuse.
    pub fn read(name: &str, text: &str) -> Result<Self, ActionFileError> {
        let file: File =
            serde_json::from_str(text).map_err(|source| ActionFileError::NotAnAction {
                name: name.to_owned(),
                source,
            })?;
        let refused = |what: String| ActionFileError::Refused {
            name: name.to_owned(),
            what,
        };
        let config = file.config;
        if !config.is_published {
            return Err(refused("it is not published".to_owned()));
        }
        if !config.labels.contains_key(ENGLISH) {
            return Err(refused("it has no English labels".to_owned()));
        }
        let kind = kind_at(&config.action_url)
            .ok_or_else(|| refused(format!("no action is at {}", config.action_url)))?;
        let rules = config.execution_rules.into_iter().map(|rule| {
            let conditions = rule.conditions.into_iter();
            let conditions = conditions.map(|(output, value)| (output, any_of(&value)));
            Rule {
                label: rule.label_name,
                conditions: conditions.collect(),
            }
        });
        Ok(Self {
            uid: file.uid,
            kind,
            object_properties: config.object_request_options.properties,
            inputs: config
                .input_fields
                .into_iter()
                .map(|field| field.type_definition.name)
                .collect(),
            dependencies: config.input_field_dependencies,
            rules: rules.collect(),
            labels: config.labels,
        })
    }

    /// Words of a language; English where it has none.
    pub fn labels(&self, language: &str) -> Option<&Labels> {
        let own = self.labels.get(language);
        own.or_else(|| self.labels.get(ENGLISH))
    }
}

/// The variable or an address that was filled in stands before the path; whichever it is, the
/// simulation calls its own service.
fn kind_at(url: &str) -> Option<ActionKind> {
    let base = |kind: &ActionKind| url.strip_suffix(kind.path().as_str());
    let is_base = |base: &str| base == BASE_VARIABLE || base.starts_with("https://");
    let mut kinds = ActionKind::ALL.into_iter();
    kinds.find(|kind| base(kind).is_some_and(is_base))
}

/// A condition is one value, or a list of which one must be met.
fn any_of(value: &Value) -> Vec<String> {
    let text = |value: &Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    match value.as_array() {
        Some(values) => values.iter().map(text).collect(),
        None => vec![text(value)],
    }
}
