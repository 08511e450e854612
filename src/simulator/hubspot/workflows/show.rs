//! The page with the workflows: what each does, a form to enrol tickets, and a frame with what came
//! of it, in the language the reader chose.

use super::super::call::Call;
use super::super::page::{Framing, page_in};
use super::super::simulation::Simulation;
use super::action_file::ENGLISH;
use super::state::Workflows;
use super::steps::list;
use super::workflow::Workflow;
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

/// What somebody who looks at a delay may skip, in minutes.
const PASSES: [(u32, &str); 3] = [(1, "1 minute"), (16, "16 minutes"), (61, "61 minutes")];

/// Shows it.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let language = language(call);
    let query = call.query_fields();
    let world = simulation.world();
    let content = html! {
        nav.soft { a href="/" { "Simulated HubSpot" } " / Workflows" }
        h1 { "Workflows" }
        p {
            "Enrol a ticket or a contact in a workflow on the right: its actions call Baton with real \
             signatures, and the history on the left shows what HubSpot would show. The actions, their \
             cards and the history's lines are read from the files in app-config."
        }
        p.soft {
            "Read them in each of HubSpot's languages; what follows a line's first words is Baton's \
             explanation, in the language that the account's settings in Baton have."
        }
        div.tabs {
            @for (code, name) in LANGUAGES {
                @if code == language { span.here lang=(code) { (name) } }
                @else { a href={ "/workflows?lang=" (code) } lang=(code) { (name) } }
            }
        }
        @if let Some(refused) = query.get("refused") { p.bad role="alert" { (refused) } }
        @if world.workflows.all().is_empty() { p.soft { "There are none." } }
        form.row method="post" action="/workflows/pass" {
            input type="hidden" name="lang" value=(language);
            span { "Delays and retries need not be waited for. Let pass:" }
            @for (minutes, name) in PASSES {
                button type="submit" name="minutes" value=(minutes) { (name) }
            }
        }
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
            p.soft { "Tickets from " (demo_world::TICKET) " on, contacts from 301 on." }
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
                label { "How many, counted upwards "
                    input type="text" name="count" inputmode="numeric" size="5" value="1";
                }
                button.main type="submit" aria-label={ "Enrol in " (workflow.name) } { "Enrol" }
            }
        }
    }
}
