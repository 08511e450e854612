//! What a private app's token is good for. HubSpot's own tools ask
//! `POST /oauth/v2/private-apps/get/access-token-info`; no page describes it (seen 2026-11-22).

use super::request::{Body, Method, Request};
use crate::domain::ids::PortalId;
use crate::hubspot::lenient;
use serde_json::Value;

/// A private app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateApp {
    /// The account that made it.
    pub portal: PortalId,
    /// The user who made it.
    pub user_id: Option<i64>,
    /// The private app's own id.
    pub app_id: Option<i64>,
    /// What it may do; `None` if the answer does not say.
    pub scopes: Option<Vec<String>>,
}

/// Describes the private app whose token is used. An unknown token is
/// [`Unauthorized`](super::error::HubSpotError::Unauthorized),
/// [`NotFound`](super::error::HubSpotError::NotFound) or
/// [`Refused`](super::error::HubSpotError::Refused): sources disagree.
pub fn describe() -> Request<PrivateApp> {
    let path = "oauth/v2/private-apps/get/access-token-info";
    Request::get("private_app", path, private_app).with(Method::Post, Body::Token)
}

fn private_app(body: &Value) -> Result<PrivateApp, &'static str> {
    let id = |name: &str| body.get(name).and_then(lenient::id);
    let scopes = body.get("scopes").and_then(Value::as_array);
    Ok(PrivateApp {
        portal: id("hubId").map(PortalId).ok_or("it names no hubId")?,
        user_id: id("userId"),
        app_id: id("appId"),
        scopes: scopes.map(|names| {
            let names = names.iter().filter_map(Value::as_str);
            names.map(str::to_owned).collect()
        }),
    })
}
