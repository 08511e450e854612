//! One mistake at a time in the texts.

use super::project::labels;
use baton::domain::language::Language;
use baton::hubspot::definition::check::check_labels;
use baton::hubspot::definition::label_file::LabelFile;

#[track_caller]
fn expect(language: Language, change: impl FnOnce(&mut LabelFile), pointer: &str, words: &str) {
    let mut labels = labels();
    change(labels.files.get_mut(&language).unwrap());
    let mistakes = check_labels(&labels);
    let file = format!("labels/{}.json", language.tag());
    let found = mistakes
        .iter()
        .any(|it| it.file == file && it.pointer == pointer && it.what.contains(words));
    assert!(
        found,
        "expected {file} at {pointer}: {words}; found {mistakes:#?}"
    );
}

#[test]
fn a_missing_label() {
    let change = |file: &mut LabelFile| drop(file.inputs.remove("duration"));
    expect(Language::Ja, change, "/inputs/duration/label", "is missing");
}

#[test]
fn an_empty_label() {
    let change = |file: &mut LabelFile| file.inputs.get_mut("note").unwrap().label.clear();
    expect(Language::Nl, change, "/inputs/note/label", "is empty");
}

#[test]
fn a_label_that_is_too_long() {
    let change = |file: &mut LabelFile| {
        file.inputs.get_mut("note").unwrap().label = "long ".repeat(30);
    };
    expect(
        Language::Fr,
        change,
        "/inputs/note/label",
        "has 150 characters; at most 80 fit",
    );
}

#[test]
fn a_missing_value() {
    let change = |file: &mut LabelFile| {
        file.inputs
            .get_mut("duration")
            .unwrap()
            .options
            .remove("1h");
    };
    expect(
        Language::Es,
        change,
        "/inputs/duration/options/1h",
        "is missing",
    );
}

#[test]
fn a_sentence_without_its_placeholder() {
    let change = |file: &mut LabelFile| {
        file.rules
            .insert("APPLIED".to_owned(), "Erledigt".to_owned());
    };
    expect(
        Language::De,
        change,
        "/rules/APPLIED",
        "other placeholders than English",
    );
}

#[test]
fn a_reason_without_a_sentence() {
    let change = |file: &mut LabelFile| drop(file.rules.remove("HUMAN_OWNS_CONVERSATION"));
    expect(
        Language::PtBr,
        change,
        "/rules/HUMAN_OWNS_CONVERSATION",
        "is missing",
    );
}

#[test]
fn a_text_that_no_action_has() {
    let change = |file: &mut LabelFile| {
        file.outputs.insert("mood".to_owned(), "Humeur".to_owned());
    };
    expect(Language::Fr, change, "/outputs/mood", "no action has it");
}

#[test]
fn an_action_that_cannot_say_that_it_was_not_done() {
    let change = |file: &mut LabelFile| {
        file.actions.get_mut("resume-ai").unwrap().not_done.clear();
    };
    expect(
        Language::Es,
        change,
        "/actions/resume-ai/not_done",
        "is empty",
    );
}

#[test]
fn a_value_of_an_output_without_a_label() {
    let change = |file: &mut LabelFile| {
        file.output_values
            .get_mut("outcome")
            .unwrap()
            .remove("queued");
    };
    expect(
        Language::En,
        change,
        "/output_values/outcome/queued",
        "is missing",
    );
}

#[test]
fn a_text_that_looks_like_a_variable() {
    let change = |file: &mut LabelFile| {
        file.actions.get_mut("pause-ai").unwrap().name = "Pause ${AI}".to_owned();
    };
    expect(
        Language::En,
        change,
        "/actions/pause-ai/name",
        "read as a variable",
    );
}

#[test]
fn the_texts_say_whether_a_native_speaker_has_read_them() {
    for (language, file) in &labels().files {
        assert_eq!(
            file.reviewed_by_native_speaker,
            *language == Language::En,
            "{language:?}"
        );
    }
}
