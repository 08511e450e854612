//! The texts of all languages: complete, short enough, with the placeholders of the English ones.

use super::Mistake;
use crate::domain::language::Language;
use crate::hubspot::action_kind::ActionKind;
use crate::hubspot::definition::input::{self, inputs};
use crate::hubspot::definition::label_file::LabelFile;
use crate::hubspot::definition::labels::Labels;
use crate::hubspot::definition::output::{self, outputs};
use crate::hubspot::definition::rule::rules;
use std::collections::BTreeSet;

/// Longest texts in characters. HubSpot documents no limits; these fit its editor's panels.
const NAME: usize = 60;
const FIELD: usize = 80;
const OPTION: usize = 60;
const SENTENCE: usize = 255;

/// The mistakes in the texts.
pub(super) fn mistakes(labels: &Labels) -> Vec<Mistake> {
    let Some(english) = labels.files.get(&Language::En) else {
        return vec![Mistake::new("labels/en.json", "", "is missing")];
    };
    let of_language = |(language, file): (&Language, &LabelFile)| {
        let path = format!("labels/{}.json", language.tag());
        let mut texts = Texts {
            path,
            mistakes: Vec::new(),
        };
        texts.actions(file, english);
        texts.inputs(file, english);
        texts.outputs(file, english);
        texts.rules(file, english);
        if *language == Language::En {
            texts.output_values(file);
        }
        texts.mistakes
    };
    labels.files.iter().flat_map(of_language).collect()
}

struct Texts {
    path: String,
    mistakes: Vec<Mistake>,
}

impl Texts {
    fn actions(&mut self, file: &LabelFile, english: &LabelFile) {
        for kind in ActionKind::ALL {
            let at = format!("/actions/{}", kind.slug());
            let (text, original) = (
                file.actions.get(kind.slug()),
                english.actions.get(kind.slug()),
            );
            let part =
                |part: fn(&crate::hubspot::definition::label_file::ActionTexts) -> &String| {
                    (text.map(part), original.map(part))
                };
            self.compare(&format!("{at}/name"), part(|it| &it.name), NAME);
            self.compare(
                &format!("{at}/description"),
                part(|it| &it.description),
                SENTENCE,
            );
            self.compare(&format!("{at}/card"), part(|it| &it.card), NAME);
            self.compare(&format!("{at}/not_done"), part(|it| &it.not_done), NAME);
        }
    }

    fn inputs(&mut self, file: &LabelFile, english: &LabelFile) {
        let mut seen = BTreeSet::new();
        for input in ActionKind::ALL.into_iter().flat_map(inputs) {
            if !seen.insert(input.name) {
                continue;
            }
            let at = format!("/inputs/{}", input.name);
            let (text, original) = (file.inputs.get(input.name), english.inputs.get(input.name));
            let part =
                |part: fn(&crate::hubspot::definition::label_file::InputTexts) -> &String| {
                    (text.map(part), original.map(part))
                };
            self.compare(&format!("{at}/label"), part(|it| &it.label), FIELD);
            self.compare(
                &format!("{at}/description"),
                part(|it| &it.description),
                SENTENCE,
            );
            let input::Form::Choice(values) = &input.form else {
                continue;
            };
            for value in values {
                let option = text.and_then(|text| text.options.get(*value));
                let original = original.and_then(|text| text.options.get(*value));
                self.compare(&format!("{at}/options/{value}"), (option, original), OPTION);
            }
        }
        self.only_known("inputs", file.inputs.keys(), &seen);
    }

    fn outputs(&mut self, file: &LabelFile, english: &LabelFile) {
        let known: BTreeSet<_> = ActionKind::ALL
            .into_iter()
            .flat_map(outputs)
            .map(|output| output.name)
            .collect();
        for name in &known {
            let texts = (file.outputs.get(*name), english.outputs.get(*name));
            self.compare(&format!("/outputs/{name}"), texts, FIELD);
        }
        self.only_known("outputs", file.outputs.keys(), &known);
    }

    fn rules(&mut self, file: &LabelFile, english: &LabelFile) {
        let known: BTreeSet<_> = ActionKind::ALL
            .into_iter()
            .flat_map(rules)
            .map(|rule| rule.label)
            .collect();
        for name in &known {
            let texts = (file.rules.get(*name), english.rules.get(*name));
            self.compare(&format!("/rules/{name}"), texts, SENTENCE);
        }
        self.only_known("rules", file.rules.keys(), &known);
    }

    fn output_values(&mut self, file: &LabelFile) {
        for output in ActionKind::ALL.into_iter().flat_map(outputs) {
            let output::Form::Choice(values) = &output.form else {
                continue;
            };
            for value in values {
                let labels = file.output_values.get(output.name);
                let label = labels.and_then(|labels| labels.get(*value));
                let at = format!("/output_values/{}/{value}", output.name);
                self.compare(&at, (label, label), OPTION);
            }
        }
    }

    /// A text must be there, short enough, and have exactly the placeholders of the English one.
    fn compare(&mut self, at: &str, texts: (Option<&String>, Option<&String>), most: usize) {
        let (Some(text), original) = texts else {
            return self.report(at, "the label is missing".to_owned());
        };
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.report(at, "the label is empty".to_owned());
        } else if length > most {
            self.report(
                at,
                format!("the label has {length} characters; at most {most} fit"),
            );
        }
        if text.contains("${") {
            self.report(
                at,
                "'${' would be read as a variable of the profile".to_owned(),
            );
        }
        if let Some(original) = original
            && placeholders(text) != placeholders(original)
        {
            let expected: Vec<_> = placeholders(original).into_iter().collect();
            self.report(
                at,
                format!("has other placeholders than English, which has {expected:?}"),
            );
        }
    }

    fn only_known<'a>(
        &mut self,
        part: &str,
        names: impl Iterator<Item = &'a String>,
        known: &BTreeSet<&str>,
    ) {
        for name in names.filter(|name| !known.contains(name.as_str())) {
            self.report(&format!("/{part}/{name}"), "no action has it".to_owned());
        }
    }

    fn report(&mut self, at: &str, what: String) {
        self.mistakes.push(Mistake::new(&self.path, at, what));
    }
}

/// HubSpot's placeholders in a text. The AI's name may come as often as the language needs it.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let starts = text.split("{{").skip(1);
    starts
        .filter_map(|rest| rest.split_once("}}").map(|(name, _)| name))
        .collect()
}
