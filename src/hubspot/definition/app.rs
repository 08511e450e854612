//! The app itself: how it is installed, and which permissions it asks for, which are those that the
//! install link asks for.

use crate::domain::scopes::{Need, Scope};
use serde_json::{Value, json};

/// The app's uid in the project.
pub const UID: &str = "baton_app";

/// How a rendered name begins.
const NAME: &str = "Baton for ";
/// How a rendered description begins.
const DESCRIPTION: &str = "Settles for every conversation who may answer: ";

/// The app component of a developer project.
pub(super) fn component(public_url: &str, ai_name: &str) -> Value {
    json!({
        "uid": UID,
        "type": "app",
        "config": {
            "name": format!("{NAME}{ai_name}"),
            "description": format!(
                "{DESCRIPTION}{ai_name} or a person. \
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

/// What a vendor filled in before stays; a name and a description that were rendered, perhaps for
/// another AI's name, do not.
pub fn keep_wording(rendered: &mut Value, before: &Value) {
    for key in ["distribution", "logo", "permittedUrls", "support"] {
        if let Some(worded) = before["config"].get(key) {
            rendered["config"][key] = worded.clone();
        }
    }
    for (key, start) in [("name", NAME), ("description", DESCRIPTION)] {
        let worded = before["config"][key].as_str();
        if let Some(worded) = worded.filter(|text| !text.starts_with(start)) {
            rendered["config"][key] = worded.into();
        }
    }
}

fn scopes(need: Need) -> Vec<&'static str> {
    let wanted = Scope::ALL.into_iter().filter(|scope| scope.need() == need);
    wanted.map(Scope::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendors_words_stay_and_rendered_ones_do_not() {
        let before = {
            let mut before = component("https://old.example.com", "Old AI");
            before["config"]["support"]["supportEmail"] = "help@acme.example".into();
            before["config"]["distribution"] = "private".into();
            before["config"]["logo"] = "/app/logo.png".into();
            before
        };
        let fresh = || component("https://new.example.com", "New AI");

        let mut rendered = fresh();
        keep_wording(&mut rendered, &before);

        let config = &rendered["config"];
        assert_eq!(config["support"]["supportEmail"], "help@acme.example");
        assert_eq!(config["distribution"], "private");
        assert_eq!(config["logo"], "/app/logo.png");
        assert_eq!(config["name"], "Baton for New AI");
        assert_eq!(config["description"], fresh()["config"]["description"]);
        assert_eq!(config["auth"], fresh()["config"]["auth"]);

        let mut own = before.clone();
        own["config"]["name"] = "Acme Support".into();
        own["config"]["description"] = "Ours".into();
        let mut rendered = fresh();
        keep_wording(&mut rendered, &own);
        assert_eq!(rendered["config"]["name"], "Acme Support");
        assert_eq!(rendered["config"]["description"], "Ours");
    }

    #[test]
    fn a_file_that_says_nothing_takes_nothing_away() {
        let fresh = component("https://new.example.com", "AI");
        for before in [Value::Null, json!({}), json!({ "config": [] })] {
            let mut rendered = fresh.clone();
            keep_wording(&mut rendered, &before);
            assert_eq!(rendered, fresh);
        }
    }
}
