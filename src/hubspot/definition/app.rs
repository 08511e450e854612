//! The app itself: how it is installed, and which permissions it asks for, which are those that the
//! install link asks for.

use crate::domain::scopes::{Need, Scope};
use serde_json::{Value, json};

/// The app's uid in the project.
pub const UID: &str = "baton_app";

/// The app component of a developer project.
pub(super) fn component(public_url: &str, ai_name: &str) -> Value {
    json!({
        "uid": UID,
        "type": "app",
        "config": {
            "name": format!("Baton for {ai_name}"),
            "description": format!(
                "Settles for every conversation who may answer: {ai_name} or a person. \
                 Workflows pause and resume {ai_name}, send it conversations and request handoffs."
            ),
            "distribution": "marketplace",
            "auth": {
                "type": "oauth",
                "redirectUrls": [format!("{public_url}/hubspot/oauth/callback")],
                "requiredScopes": scopes(Need::Required),
                "conditionallyRequiredScopes": scopes(Need::Conditional),
                "optionalScopes": scopes(Need::Optional),
            },
            "permittedUrls": { "fetch": [], "iframe": [], "img": [] },
            "support": {
                "supportEmail": "support@example.com",
                "documentationUrl": "https://example.com/docs",
                "supportUrl": "https://example.com/support",
                "supportPhone": "+15550100"
            }
        }
    })
}

fn scopes(need: Need) -> Vec<&'static str> {
    let wanted = Scope::ALL.into_iter().filter(|scope| scope.need() == need);
    wanted.map(Scope::name).collect()
}
