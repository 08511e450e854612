//! Enrolling: the form of the page, and the control routes for scripts.

use super::super::api_error::ApiError;
use super::super::call::{Call, Fields};
use super::super::control::with_body;
use super::super::simulation::Simulation;
use super::history::line;
use super::object::Object;
use super::show::language;
use super::workflow::Workflow;
use crate::domain::ids::{PortalId, TicketId, WorkflowId};
use crate::simulator::demo_world;
use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::Range;
use std::time::Duration;
use url::form_urlencoded::byte_serialize;

/// A form enrols no more at once.
const MOST_AT_ONCE: i64 = 10_000;

/// A week: as long as a blocked action waits.
const MOST_MINUTES: u64 = 7 * 24 * 60;

/// The form: a ticket or a contact, and how many from it upwards.
pub fn enroll(simulation: &Simulation, call: &Call) -> HttpResponse {
    let Ok(form) = call.form() else {
        return ApiError::invalid("a form is expected").into_response();
    };
    let workflow = form.get("workflow").and_then(|id| id.parse().ok());
    let id = form.get("id").and_then(|id| id.trim().parse().ok());
    let object: fn(i64) -> Object = match form.get("object") {
        Some("contact") => Object::Contact,
        Some(_) | None => |id| Object::Ticket(TicketId(id)),
    };
    let count = form
        .get("count")
        .map_or(Ok(1), |count| count.trim().parse());
    let refused = match (workflow, id, count) {
        (Some(workflow), Some(id), Ok(count)) if (1..=MOST_AT_ONCE).contains(&count) => {
            let objects: Vec<Object> = counted_from(id, count).map(object).collect();
            let enrolled = simulation.enroll(demo_world::PORTAL, workflow, &objects);
            enrolled.err().map(|error| error.to_string())
        }
        _ => {
            Some("expected the number of a ticket or contact, and how many: 1 to 10000".to_owned())
        }
    };
    back(&form, refused)
}

/// The form that lets simulated time pass.
pub fn pass(simulation: &Simulation, call: &Call) -> HttpResponse {
    let Ok(form) = call.form() else {
        return ApiError::invalid("a form is expected").into_response();
    };
    let minutes = form.get("minutes").and_then(|minutes| minutes.parse().ok());
    let refused = match minutes {
        Some(minutes) if (1..=MOST_MINUTES).contains(&minutes) => {
            simulation.advance(Duration::from_secs(minutes * 60));
            None
        }
        _ => Some(format!("expected minutes: 1 to {MOST_MINUTES}")),
    };
    back(&form, refused)
}

fn back(form: &Fields, refused: Option<String>) -> HttpResponse {
    let mut page = "/workflows?lang=".to_owned();
    page.extend(byte_serialize(form.get("lang").unwrap_or("en").as_bytes()));
    if let Some(refused) = refused {
        page.push_str("&refused=");
        page.extend(byte_serialize(refused.as_bytes()));
    }
    HttpResponse::SeeOther()
        .insert_header((LOCATION, page))
        .finish()
}

/// `{"portal": 50001, "workflow": 1791000001, "tickets": [15384000001], "contacts": [301]}`.
pub fn enroll_all(simulation: &Simulation, call: &Call) -> HttpResponse {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        portal: PortalId,
        workflow: WorkflowId,
        #[serde(default)]
        tickets: Vec<TicketId>,
        #[serde(default)]
        contacts: Vec<i64>,
    }
    with_body(call, |asked: Asked| {
        let tickets = asked.tickets.into_iter().map(Object::Ticket);
        let contacts = asked.contacts.into_iter().map(Object::Contact);
        let objects: Vec<Object> = tickets.chain(contacts).collect();
        match simulation.enroll(asked.portal, asked.workflow, &objects) {
            Ok(enrollments) => HttpResponse::Ok().json(json!({ "enrollments": enrollments })),
            Err(error) => ApiError::invalid(&error.to_string()).into_response(),
        }
    })
}

/// One more workflow, or a new version of one.
pub fn publish(simulation: &Simulation, call: &Call) -> HttpResponse {
    with_body(call, |workflow: Workflow| {
        match simulation.world().workflows.publish(workflow) {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(error) => ApiError::invalid(&error.to_string()).into_response(),
        }
    })
}

/// Every workflow and every passage, with the history in the language of `?lang=`.
pub fn all(simulation: &Simulation, call: &Call) -> HttpResponse {
    let language = language(call);
    let world = simulation.world();
    let workflows = &world.workflows;
    let shown: Vec<&Workflow> = workflows.all().iter().map(AsRef::as_ref).collect();
    let enrollments = workflows.enrollments().map(|enrollment| {
        let executions = enrollment.executions.iter();
        let lines = executions.filter_map(|execution| {
            let action = workflows.action(&execution.action)?;
            Some(line(action, execution, language))
        });
        let lines: Vec<String> = lines.collect();
        json!({ "enrollment": enrollment, "history": lines })
    });
    let enrollments: Vec<Value> = enrollments.collect();
    let body = json!({ "workflows": shown, "enrollments": enrollments });
    HttpResponse::Ok().json(body)
}

/// An id and those after it.
pub fn counted_from(id: i64, count: i64) -> Range<i64> {
    id..id.saturating_add(count)
}
