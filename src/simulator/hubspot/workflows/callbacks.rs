//! `POST /automation/actions/callbacks/2026-03/{callbackId}/complete`, its batch, and the older paths:
//! an app completes actions that blocked. What an unknown, repeated or expired id is answered is
//! documented nowhere; here it is 404.

use super::super::api_error::ApiError;
use super::super::bearer;
use super::super::call::Call;
use super::super::conversations::threads::read_json;
use super::super::simulation::Simulation;
use super::enrollment::Outputs;
use actix_web::HttpResponse;
use serde::Deserialize;
use serde_json::{Map, Value};

const SCOPES: &[&str] = &["automation"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Completion {
    output_fields: Outputs,
    /// Required by the OpenAPI file.
    #[serde(rename = "typedOutputs")]
    _typed_outputs: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    inputs: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    callback_id: String,
    #[serde(flatten)]
    completion: Completion,
}

/// Completes one.
pub fn complete(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let completion: Completion = read_json(call)?;
        let outputs = completion.output_fields;
        let workflows = &mut world.workflows;
        if workflows.complete(caller.portal, call.part(4), outputs) {
            Ok(HttpResponse::NoContent().finish())
        } else {
            Err(unknown())
        }
    })
}

/// Completes several, or none if one of them does not wait.
pub fn complete_batch(simulation: &Simulation, call: &Call) -> HttpResponse {
    bearer::answer(simulation, call, SCOPES, |world, caller| {
        let batch: Batch = read_json(call)?;
        let waits = |one: &Named| world.workflows.waits(caller.portal, &one.callback_id);
        if !batch.inputs.iter().all(waits) {
            return Err(unknown());
        }
        for one in batch.inputs {
            let outputs = one.completion.output_fields;
            let workflows = &mut world.workflows;
            workflows.complete(caller.portal, &one.callback_id, outputs);
        }
        Ok(HttpResponse::NoContent().finish())
    })
}

fn unknown() -> ApiError {
    ApiError::not_found("no execution waits under this callbackId")
}
