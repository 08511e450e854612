//! The pages of `app-config/recipes`: held to the workflows beside them, which run in `recipes`, and
//! to what the definitions know.

use crate::enrolling::{folder, workflows};
use baton::hubspot::action_kind::ActionKind;
use baton::hubspot::definition::input::{self, inputs};
use baton::hubspot::definition::output::{self, outputs};
use baton::simulator::hubspot::workflows::workflow::{Input, Step};
use std::collections::BTreeSet;

/// The one property of HubSpot's own that a recipe looks at.
const LAST_FROM_VISITOR: &str = "hs_last_message_from_visitor";

fn pages() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let entries = entries.map(|it| it.unwrap().path());
    let entries = entries.filter(|path| path.extension().is_some_and(|it| it == "md"));
    let mut pages: Vec<(String, String)> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

#[test]
fn every_recipe_is_listed_and_has_all_its_parts() {
    let pages = pages();
    let (_, list) = pages.iter().find(|(name, _)| name == "README.md").unwrap();
    let recipes: Vec<_> = pages
        .iter()
        .filter(|(name, _)| name != "README.md")
        .collect();
    assert_eq!(recipes.len(), 8);
    for (name, text) in recipes {
        assert!(list.contains(&format!("({name})")), "{name} is not listed");
        let parts: Vec<&str> = text
            .lines()
            .filter_map(|it| it.strip_prefix("## "))
            .collect();
        let expected = ["Trigger", "Steps", "What to expect", "What can go wrong"];
        assert_eq!(parts, expected, "{name}");
        for held_back in ["wait_for_claim", "wait_for_result", "max_wait_minutes"] {
            assert!(!text.contains(held_back), "{name} waits");
        }
    }
}

/// What a choice named so can be; none if its values are free.
fn values_of(name: &str) -> Option<Option<BTreeSet<&'static str>>> {
    let mut found = None;
    for kind in ActionKind::ALL {
        for input in inputs(kind).into_iter().filter(|it| it.name == name) {
            found = Some(match input.form {
                input::Form::Choice(values) => Some(values.into_iter().collect()),
                input::Form::Number { .. } | input::Form::Text { .. } | input::Form::Searched => {
                    None
                }
            });
        }
        for output in outputs(kind).into_iter().filter(|it| it.name == name) {
            found = Some(match output.form {
                output::Form::Choice(values) => Some(values.into_iter().collect()),
                output::Form::Datetime | output::Form::Number | output::Form::Text => None,
            });
        }
    }
    found
}

#[test]
fn every_value_a_recipe_names_is_one_that_the_definitions_have() {
    let mut seen = 0;
    for (page, text) in pages().iter().filter(|(name, _)| name != "README.md") {
        let parts: Vec<&str> = text.split('`').collect();
        for around in parts.windows(3).filter(|it| it[1] == " = ") {
            let (name, value) = (around[0], around[2]);
            if name == LAST_FROM_VISITOR {
                continue;
            }
            let values = values_of(name).unwrap_or_else(|| panic!("{page}: {name} is not known"));
            let is_known = values.is_none_or(|values| values.contains(value));
            assert!(is_known, "{page}: {name} is never {value}");
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} were found");
}

/// What a page's steps tell, in their order.
fn told(page: &str) -> Vec<String> {
    let begin = page.find("## Steps").unwrap();
    let end = page.find("## What to expect").unwrap();
    let (mut told, mut rest) = (Vec::new(), &page[begin..end]);
    while let Some(letter) = rest.chars().next() {
        let (found, taken) = first_of(rest);
        told.extend(found);
        rest = &rest[taken.max(letter.len_utf8())..];
    }
    in_order(told)
}

/// What the text begins with, and how long that is.
fn first_of(text: &str) -> (Option<String>, usize) {
    let actions = [
        ("**Pause AI**", "pause_ai"),
        ("**Resume AI**", "resume_ai"),
        ("**Send to AI**", "send_to_ai"),
        ("**Request handoff**", "request_handoff"),
        ("internal notification", "notify"),
    ];
    if let Some((words, uid)) = actions.iter().find(|(words, _)| text.starts_with(words)) {
        return (Some((*uid).to_owned()), words.len());
    }
    if let Some(after) = text.strip_prefix("Delay ") {
        let minutes: String = after.chars().take_while(char::is_ascii_digit).collect();
        if let Ok(minutes) = minutes.parse::<u64>() {
            return (Some(format!("delay {} s", minutes * 60)), 6);
        }
    }
    if let Some(ends) = text.strip_prefix(" ends") {
        let is_word = !ends.starts_with(char::is_alphabetic);
        return (is_word.then(|| "end".to_owned()), 5);
    }
    if let Some((name, _)) = text.strip_prefix('*').and_then(|it| it.split_once('*')) {
        return (None, name.len() + 2);
    }
    let Some((quoted, after)) = text.strip_prefix('`').and_then(|it| it.split_once('`')) else {
        return (None, 0);
    };
    let value = after.strip_prefix(" = `").and_then(|it| it.split_once('`'));
    match value {
        Some((value, _)) => {
            let pair = format!("{quoted} = {value}");
            let taken = pair.len() + 4;
            (Some(pair), taken)
        }
        None => (Some(quoted.to_owned()), quoted.len() + 2),
    }
}

/// What a workflow's steps do, in the same words.
fn done(steps: &[Step]) -> Vec<String> {
    let mut all = Vec::new();
    for step in steps {
        match step {
            Step::Action { uid, inputs, .. } => {
                all.push(uid.clone());
                all.extend(inputs.iter().map(|(name, value)| match value {
                    Input::Value(value) => format!("{name} = {value}"),
                    Input::Property(from) => format!("{name} = {from}"),
                    Input::Output(from) => format!("{name} = {}", from.name),
                }));
            }
            Step::DelaySeconds(seconds) => all.push(format!("delay {seconds} s")),
            Step::DelayUntil(output) => all.push(output.name.clone()),
            Step::Edit { property, .. } => all.push(property.clone()),
            Step::Notify(_) => all.push("notify".to_owned()),
            Step::End => all.push("end".to_owned()),
            Step::Branch {
                on,
                ways,
                otherwise,
            } => {
                let on = match on {
                    Input::Output(output) => &output.name,
                    Input::Property(name) | Input::Value(name) => name,
                };
                for way in ways {
                    all.extend(way.values.iter().map(|value| format!("{on} = {value}")));
                    all.extend(done(&way.steps));
                }
                all.extend(done(otherwise));
            }
        }
    }
    all
}

/// Inputs stand in the page's order of sense, and in the file's of letters.
fn in_order(mut told: Vec<String>) -> Vec<String> {
    let is_pair = |one: &String| one.contains(" = ");
    for run in told.chunk_by_mut(|one, next| is_pair(one) && is_pair(next)) {
        run.sort();
    }
    told
}

#[test]
fn every_page_tells_what_its_workflows_do() {
    let mut seen = 0;
    for (page, text) in pages().iter().filter(|(name, _)| name != "README.md") {
        let recipe = page.strip_suffix(".md").unwrap();
        let steps: Vec<String> = workflows(recipe)
            .iter()
            .flat_map(|workflow| done(&workflow.steps))
            .collect();
        assert_eq!(told(text), in_order(steps), "{page}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn a_page_that_leaves_its_workflows_is_noticed() {
    let (page, text) = pages()
        .into_iter()
        .find(|(name, _)| name == "back-to-ai.md")
        .unwrap();
    for (is, becomes) in [
        ("**Resume AI** again", "**Pause AI** again"),
        ("Delay 1 minute", "Delay 2 minutes"),
        (
            "`cancel_pending_handoff` = `true`",
            "`cancel_pending_handoff` = `false`",
        ),
        ("`reason_code` = `ADMIN_LOCK`", "`reason_code` = `SPAM`"),
        ("(`hubspot_owner_id`)", ""),
    ] {
        let drifted = text.replacen(is, becomes, 1);
        assert_ne!(drifted, text, "{page} has no {is}");
        assert_ne!(told(&drifted), told(&text), "{becomes}");
    }
}
