//! The page with the workflows: what each does, a form to enrol tickets, and a frame with what came
//! of it, in the language the reader chose.

use super::super::call::Call;
use super::super::page::{Framing, page_in};
use super::super::simulation::Simulation;
use super::action_file::ENGLISH;
use super::state::Workflows;
use super::workflow::{Input, Output, Step, Workflow};
use crate::simulator::demo_world;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};

/// Languages of HubSpot, each by its own name.
pub const LANGUAGES: [(&str, &str); 7] = [
    ("en", "English"),
    ("fr", "Français"),
    ("de", "Deutsch"),
    ("ja", "日本語"),
    ("es", "Español"),
    ("pt-br", "Português (Brasil)"),
    ("nl", "Nederlands"),
];

/// Shows it.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let language = language(call);
    let query = call.query_fields();
    let world = simulation.world();
    let content = html! {
        nav.soft { a href="/" { "Simulated HubSpot" } " / Workflows" }
        h1 { "Workflows" }
        div.tabs {
            @for (code, name) in LANGUAGES {
                @if code == language { span.here lang=(code) { (name) } }
                @else { a href={ "/workflows?lang=" (code) } lang=(code) { (name) } }
            }
        }
        @if let Some(refused) = query.get("refused") { p.bad role="alert" { (refused) } }
        @if world.workflows.all().is_empty() { p.soft { "There are none." } }
        div.beside {
            iframe.live src={ "/workflows/live?lang=" (language) } title="History, newest first" {}
            div {
                @for workflow in world.workflows.all() {
                    (card(&world.workflows, workflow, language))
                }
            }
        }
    };
    page_in(StatusCode::OK, "Workflows", Framing::Frames, &content)
}

/// The language that was asked for, if HubSpot has it.
pub fn language(call: &Call) -> &'static str {
    let query = call.query_fields();
    let asked = query.get("lang").unwrap_or(ENGLISH);
    let known = LANGUAGES.iter().find(|(code, _)| *code == asked);
    known.map_or(ENGLISH, |(code, _)| code)
}

fn card(workflows: &Workflows, workflow: &Workflow, language: &str) -> Markup {
    html! {
        form.card method="post" action="/workflows/enroll" {
            h2 { (workflow.name) }
            (list(workflows, &workflow.steps, language))
            input type="hidden" name="workflow" value=(workflow.id);
            input type="hidden" name="lang" value=(language);
            div.row {
                label { "Enrol "
                    select name="object" {
                        option value="ticket" { "ticket" }
                        option value="contact" { "contact" }
                    }
                }
                label { "Number "
                    input type="text" name="id" inputmode="numeric" size="13"
                        value=(demo_world::TICKET);
                }
                label { "How many "
                    input type="text" name="count" inputmode="numeric" size="5" value="1";
                }
                button.main type="submit" aria-label={ "Enrol in " (workflow.name) } { "Enrol" }
            }
        }
    }
}

fn list(workflows: &Workflows, steps: &[Step], language: &str) -> Markup {
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
        Step::Action { uid, .. } => {
            let labels = workflows.action(uid);
            let labels = labels.and_then(|action| action.labels(language));
            html! { (labels.map_or(uid.as_str(), |labels| labels.action_name.as_str())) }
        }
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
            "By " (said(on))
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

fn said(input: &Input) -> Markup {
    match input {
        Input::Value(value) if value.is_empty() => html! { "nothing" },
        Input::Value(value) => html! { "“" (value) "”" },
        Input::Property(name) => html! { code { (name) } },
        Input::Output(output) => html! { code { (named(output)) } },
    }
}

fn named(output: &Output) -> String {
    format!("{}.{}", output.of, output.name)
}
