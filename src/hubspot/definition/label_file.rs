//! One language's texts as translators write them: `{ai}` stands for the AI's name, `{not_done}` for
//! what an action did not do, `{{field}}` is HubSpot's own placeholder.

use crate::domain::language::Language;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file of one language.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelFile {
    /// Whether a native speaker has read it.
    pub reviewed_by_native_speaker: bool,
    /// By the action's slug.
    pub actions: BTreeMap<String, ActionTexts>,
    /// By the input's name; the same input reads the same in every action.
    pub inputs: BTreeMap<String, InputTexts>,
    /// By the output's name.
    pub outputs: BTreeMap<String, String>,
    /// By the rule's name: sentences of the workflow's history.
    pub rules: BTreeMap<String, String>,
    /// Labels of an output's values, by output and value. Only in English: HubSpot has one text for
    /// them in all languages.
    #[serde(default)]
    pub output_values: BTreeMap<String, BTreeMap<String, String>>,
}

/// What an action is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionTexts {
    /// In the list of actions.
    pub name: String,
    /// Under the name.
    pub description: String,
    /// On the card in the workflow.
    pub card: String,
    /// That it was not done: stands for `{not_done}` in the sentences of the history.
    pub not_done: String,
}

/// What an input is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputTexts {
    /// Beside the field; says what an empty one means.
    pub label: String,
    /// Under the field.
    pub description: String,
    /// By value, for an input that is chosen from a list.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

impl LabelFile {
    /// Reads the texts of a language.
    ///
    /// # Errors
    /// If the file is not what this type describes.
    pub fn of(language: Language) -> serde_json::Result<Self> {
        serde_json::from_str(source(language))
    }
}

/// The texts in a language, as they are kept in `app-config/labels`.
const fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../../app-config/labels/en.json"),
        Language::Fr => include_str!("../../../app-config/labels/fr.json"),
        Language::De => include_str!("../../../app-config/labels/de.json"),
        Language::Ja => include_str!("../../../app-config/labels/ja.json"),
        Language::Es => include_str!("../../../app-config/labels/es.json"),
        Language::PtBr => include_str!("../../../app-config/labels/pt-br.json"),
        Language::Nl => include_str!("../../../app-config/labels/nl.json"),
    }
}
