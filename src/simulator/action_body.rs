//! The JSON of an action's execution, field by field in HubSpot's order.

use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(i64),
    Text(String),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    pub(super) callback_id: String,
    pub(super) origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<Context>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) object: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fields: Option<&'a BTreeMap<String, String>>,
    pub(super) input_fields: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) typed_inputs: Option<BTreeMap<&'a str, TypedInput<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Origin {
    pub(super) portal_id: Id,
    pub(super) action_definition_id: Id,
    pub(super) action_definition_version: i64,
    #[serde(flatten)]
    pub(super) full: Option<OriginExtras>,
}

/// Undocumented, but in every capture. A null user and a null index are written out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OriginExtras {
    pub(super) user_id: Option<i64>,
    pub(super) action_execution_index_identifier: Option<ExecutionIndex>,
    pub(super) extension_definition_version_id: i64,
    pub(super) extension_definition_id: Id,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExecutionIndex {
    pub(super) enrollment_id: Id,
    pub(super) action_execution_index: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Context {
    pub(super) workflow_id: Id,
    #[serde(flatten)]
    pub(super) full: Option<ContextExtras>,
    pub(super) source: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContextExtras {
    pub(super) action_id: Id,
    pub(super) action_execution_index_identifier: Option<ExecutionIndex>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Object {
    pub(super) object_id: Id,
    pub(super) object_type: &'static str,
    pub(super) properties: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
pub(super) struct TypedInput<'a> {
    pub(super) value: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}
