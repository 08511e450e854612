//! A workflow's steps as the editor shows them: cards with what its author filled in.

use super::action_file::Action;
use super::history::{Values, interpolated};
use super::state::Workflows;
use super::workflow::{Input, Output, Step};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Shows them.
pub fn list(workflows: &Workflows, steps: &[Step], language: &str) -> Markup {
    html! {
        ol {
            @for step in steps {
                li { (shown(workflows, step, language)) }
            }
        }
    }
}

fn shown(workflows: &Workflows, step: &Step, language: &str) -> Markup {
    match step {
        Step::Action { uid, inputs, .. } => match workflows.action(uid) {
            Some(action) => card(action, inputs, language),
            None => html! { (uid) },
        },
        Step::DelaySeconds(seconds) => html! { "Wait " (seconds / 60) " min" },
        Step::DelayUntil(output) => html! { "Wait until " code { (named(output)) } },
        Step::Edit { property, value } => html! {
            "Edit record: " code { (property) } " becomes " (said(value))
        },
        Step::Notify(text) => html! { "Internal notification: " (said(text)) },
        Step::End => html! { "End" },
        Step::Branch {
            on,
            ways,
            otherwise,
        } => html! {
            "Branch on " (said(on))
            @for way in ways {
                p.soft { (way.values.join(", ")) ":" }
                (list(workflows, &way.steps, language))
            }
            @if !otherwise.is_empty() {
                p.soft { "otherwise:" }
                (list(workflows, otherwise, language))
            }
        },
    }
}

/// HubSpot's card shows the inputs that its text names; the others stand beneath.
fn card(action: &Action, inputs: &BTreeMap<String, Input>, language: &str) -> Markup {
    let shown = |input: &Input| match input {
        Input::Value(value) => value.clone(),
        Input::Property(name) => name.clone(),
        Input::Output(output) => named(output),
    };
    let inputs = inputs
        .iter()
        .map(|(name, input)| (name.clone(), shown(input)));
    let inputs: BTreeMap<String, String> = inputs.collect();
    // A card that ends in a colon looks broken; HubSpot's own is not published.
    let unfilled = |name: &String| (name.clone(), "not filled in".to_owned());
    let outputs = action
        .inputs
        .iter()
        .filter(|name| !inputs.contains_key(*name));
    let outputs = outputs.map(unfilled).collect();
    let values = Values {
        inputs: &inputs,
        outputs: &outputs,
    };
    let text = action
        .labels(language)
        .map(|it| it.action_card_content.as_str());
    let text = text.unwrap_or(action.uid.as_str());
    html! {
        span lang=(language) { (interpolated(text, action, values, language)) }
        @for (name, value) in &inputs {
            @if !text.contains(&format!("{{{{{name}}}}}")) {
                div.soft { code { (name) } ": " (value) }
            }
        }
    }
}

fn said(input: &Input) -> Markup {
    match input {
        Input::Value(value) if value.is_empty() => html! { "nothing" },
        Input::Value(value) => html! { "“" (value) "”" },
        Input::Property(name) => html! { code { (name) } },
        Input::Output(output) => html! { code { (named(output)) } },
    }
}

fn named(output: &Output) -> String {
    format!("{} of {}", output.name, output.of)
}
