//! An action's definition, in the form of a developer project and in that of the older API.

use super::dependency::dependencies;
use super::input::inputs;
use super::labels::Labels;
use super::output::{Form, outputs};
use super::rule::{Rule, rules};
use crate::hubspot::action_kind::ActionKind;
use serde_json::{Value, json};

/// The objects whose workflows offer the actions.
const OBJECT_TYPES: &[&str] = &["TICKET", "CONTACT"];

/// What HubSpot puts into each call beside the inputs: it names the ticket's conversation.
const PROPERTIES: &[&str] = &["hs_conversations_originating_thread_id"];

/// An action's uid in the project: the actions' names in calls, in HubSpot's alphabet.
pub fn uid(kind: ActionKind) -> String {
    kind.slug().replace('-', "_")
}

/// The component of a developer project. `public_url` may be a variable of its profiles.
pub(super) fn component(kind: ActionKind, public_url: &str, labels: &Labels) -> Value {
    json!({
        "uid": uid(kind),
        "type": "workflow-action",
        "config": {
            "actionUrl": action_url(kind, public_url),
            "isPublished": true,
            "supportedClients": [{ "client": "WORKFLOWS" }],
            "objectTypes": OBJECT_TYPES,
            "objectRequestOptions": { "properties": PROPERTIES },
            "inputFields": input_fields(kind, public_url, labels),
            "inputFieldDependencies": dependencies(&inputs(kind)),
            "outputFields": output_fields(kind, labels),
            "executionRules": execution_rules(kind),
            "labels": labels.of_action(kind),
        }
    })
}

/// The body with which the older API creates the same action
/// (`POST /automation/v4/actions/{appId}`, schema `PublicActionDefinitionEgg`).
pub fn legacy(kind: ActionKind, public_url: &str, labels: &Labels) -> Value {
    json!({
        "actionUrl": action_url(kind, public_url),
        "published": true,
        "functions": [],
        "objectTypes": OBJECT_TYPES,
        "objectRequestOptions": { "properties": PROPERTIES },
        "inputFields": input_fields(kind, public_url, labels),
        "inputFieldDependencies": dependencies(&inputs(kind)),
        "outputFields": legacy_output_fields(kind, labels),
        "executionRules": execution_rules(kind),
        "labels": labels.of_action(kind),
    })
}

fn action_url(kind: ActionKind, public_url: &str) -> String {
    format!("{public_url}/hubspot/actions/{}", kind.slug())
}

fn input_fields(kind: ActionKind, public_url: &str, labels: &Labels) -> Vec<Value> {
    let definition = |input: &super::input::Input| {
        let options_url = format!("{public_url}/hubspot/actions/options/{}", input.name);
        input.definition(&options_url, |value| labels.input_value(input.name, value))
    };
    inputs(kind).iter().map(definition).collect()
}

fn output_fields(kind: ActionKind, labels: &Labels) -> Vec<Value> {
    let definition = |output: &super::output::Output| {
        output.definition(|value| labels.output_value(output.name, value))
    };
    outputs(kind).iter().map(definition).collect()
}

/// The older API's schema demands of an output what HubSpot itself fills in elsewhere.
fn legacy_output_fields(kind: ActionKind, labels: &Labels) -> Vec<Value> {
    let mut fields = output_fields(kind, labels);
    for (field, output) in fields.iter_mut().zip(outputs(kind)) {
        let field = &mut field["typeDefinition"];
        field["externalOptions"] = false.into();
        field["useChirp"] = false.into();
        field["schema"] = match output.form {
            Form::Choice(_) | Form::Text => json!({ "type": "STRING" }),
            Form::Datetime | Form::Number => json!({ "type": "LONG" }),
        };
        for option in field["options"].as_array_mut().into_iter().flatten() {
            option["description"] = "".into();
            option["doubleData"] = json!(0.0);
            option["hidden"] = false.into();
            option["readOnly"] = false.into();
        }
    }
    fields
}

fn execution_rules(kind: ActionKind) -> Vec<Value> {
    rules(kind).iter().map(Rule::definition).collect()
}
