//! The part of the page with the workflows that refreshes itself: the newest passages.

use super::super::call::Call;
use super::super::page::{Framing, page_in};
use super::super::simulation::Simulation;
use super::enrollment::{Enrollment, Execution, Stage};
use super::history::line;
use super::show::language;
use super::state::Workflows;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{Markup, html};

const SHOWN: usize = 40;

/// Shows it.
pub fn show(simulation: &Simulation, call: &Call) -> HttpResponse {
    let language = language(call);
    let world = simulation.world();
    let workflows = &world.workflows;
    let newest = workflows.enrollments().rev().take(SHOWN);
    let (total, ended) = workflows.enrollments().fold((0, 0), |(total, ended), one| {
        (total + 1, ended + usize::from(one.stage == Stage::Ended))
    });
    let content = html! {
        p.soft { (total) " enrolled, " (ended) " ended" }
        ol.threads {
            @for enrollment in newest { (passage(workflows, enrollment, language)) }
        }
    };
    page_in(StatusCode::OK, "History", Framing::Framed(2), &content)
}

fn passage(workflows: &Workflows, enrollment: &Enrollment, language: &str) -> Markup {
    let workflow = workflows.workflow(enrollment.workflow);
    let stage = match enrollment.stage {
        Stage::Working => "working",
        Stage::Delayed => "waits for its delay",
        Stage::Blocked => "waits for a completion",
        Stage::Retrying => "will be tried again",
        Stage::Ended => "ended",
    };
    html! {
        li {
            strong { (workflow.map_or("A workflow", |workflow| workflow.name.as_str())) }
            p.soft { (enrollment.object) ", " (stage) }
            @for execution in &enrollment.executions {
                p lang=(language) { (sentence(workflows, execution, language)) }
            }
            @for text in &enrollment.notified {
                p { span.soft { "Internal notification: " } (text) }
            }
        }
    }
}

fn sentence(workflows: &Workflows, execution: &Execution, language: &str) -> Markup {
    let Some(action) = workflows.action(&execution.action) else {
        return html! { (execution.action) };
    };
    let labels = action.labels(language);
    html! {
        span.soft { (labels.map_or(action.uid.as_str(), |labels| labels.action_name.as_str())) ": " }
        (line(action, execution, language))
        @if execution.attempts > 1 { span.soft { " (" (execution.attempts) " attempts)" } }
    }
}
