//! The texts of all languages together, with the AI's name in them.

use super::input;
use super::label_file::LabelFile;
use super::output;
use super::rule;
use crate::domain::language::Language;
use crate::hubspot::action_kind::ActionKind;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Every text a workflow author or an admin reads in HubSpot.
#[derive(Clone, Debug)]
pub struct Labels {
    /// The texts by language. Every language of [`Language::ALL`] is there.
    pub files: BTreeMap<Language, LabelFile>,
    ai_name: String,
}

/// Texts of a language that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the labels in app-config/labels/{language}.json cannot be read: {source}")]
pub struct UnreadableLabels {
    language: &'static str,
    source: serde_json::Error,
}

/// What translators write where the AI's name belongs.
const AI_NAME: &str = "{ai}";
/// And where the action says that it was not done.
const NOT_DONE: &str = "{not_done}";

impl Labels {
    /// The texts, with this name for the AI.
    ///
    /// # Errors
    /// If a language's texts cannot be read.
    pub fn load(ai_name: &str) -> Result<Self, UnreadableLabels> {
        let read = |language: Language| {
            let file = LabelFile::of(language).map_err(|source| UnreadableLabels {
                language: language.tag(),
                source,
            })?;
            Ok((language, file))
        };
        Ok(Self {
            files: Language::ALL
                .into_iter()
                .map(read)
                .collect::<Result<_, _>>()?,
            ai_name: ai_name.to_owned(),
        })
    }

    /// The `labels` of an action's definition, every language.
    pub(super) fn of_action(&self, kind: ActionKind) -> Value {
        let of_language = |(language, file): (&Language, &LabelFile)| {
            (language.tag().to_owned(), self.labels(file, kind))
        };
        self.files
            .iter()
            .map(of_language)
            .collect::<Map<_, _>>()
            .into()
    }

    /// The English label of an input's value; the value itself if there is none.
    pub(super) fn input_value(&self, input: &str, value: &str) -> String {
        let texts = self.english().and_then(|file| file.inputs.get(input));
        let label = texts.and_then(|texts| texts.options.get(value));
        label.map_or_else(|| value.to_owned(), |label| self.named(label))
    }

    /// The label of an output's value; the value itself if there is none.
    pub(super) fn output_value(&self, output: &str, value: &str) -> String {
        let labels = self
            .english()
            .and_then(|file| file.output_values.get(output));
        let label = labels.and_then(|labels| labels.get(value));
        label.map_or_else(|| value.to_owned(), |label| self.named(label))
    }

    fn english(&self) -> Option<&LabelFile> {
        self.files.get(&Language::En)
    }

    fn labels(&self, file: &LabelFile, kind: ActionKind) -> Value {
        let mut labels = Map::new();
        if let Some(action) = file.actions.get(kind.slug()) {
            labels.insert("actionName".to_owned(), self.text(&action.name));
            labels.insert(
                "actionDescription".to_owned(),
                self.text(&action.description),
            );
            labels.insert("actionCardContent".to_owned(), self.text(&action.card));
        }
        let inputs = input::inputs(kind);
        let texts = || {
            let found = |input: &input::Input| Some((input.name, file.inputs.get(input.name)?));
            inputs.iter().filter_map(found)
        };
        let named = |name: &str, text: &str| (name.to_owned(), self.text(text));
        let label_of: Map<_, _> = texts().map(|(name, it)| named(name, &it.label)).collect();
        let described: Map<_, _> = texts()
            .map(|(name, it)| named(name, &it.description))
            .collect();
        let offered = |form: &input::Form| match form {
            input::Form::Choice(values) => values.clone(),
            input::Form::Number { .. } | input::Form::Text { .. } | input::Form::Searched => vec![],
        };
        let options: Map<_, _> = inputs
            .iter()
            .filter_map(|input| {
                let texts = &file.inputs.get(input.name)?.options;
                let of_value = |value: &str| Some(named(value, texts.get(value)?));
                let labels: Map<_, _> = offered(&input.form)
                    .into_iter()
                    .filter_map(of_value)
                    .collect();
                (!labels.is_empty()).then(|| (input.name.to_owned(), Value::from(labels)))
            })
            .collect();
        let outputs: Map<_, _> = output::outputs(kind)
            .iter()
            .filter_map(|output| Some(named(output.name, file.outputs.get(output.name)?)))
            .collect();
        let not_done = file.actions.get(kind.slug()).map(|action| &action.not_done);
        let sentence = |rule: &rule::Rule| {
            let text = file.rules.get(rule.label)?;
            let text = text.replace(NOT_DONE, not_done.map_or("", String::as_str));
            Some(named(rule.label, &text))
        };
        let rules: Map<_, _> = rule::rules(kind).iter().filter_map(sentence).collect();
        labels.insert("appDisplayName".to_owned(), json!("Baton"));
        labels.insert("inputFieldLabels".to_owned(), label_of.into());
        labels.insert("inputFieldDescriptions".to_owned(), described.into());
        labels.insert("inputFieldOptionLabels".to_owned(), options.into());
        labels.insert("outputFieldLabels".to_owned(), outputs.into());
        labels.insert("executionRules".to_owned(), rules.into());
        labels.into()
    }

    fn text(&self, text: &str) -> Value {
        self.named(text).into()
    }

    fn named(&self, text: &str) -> String {
        text.replace(AI_NAME, &self.ai_name)
    }
}
