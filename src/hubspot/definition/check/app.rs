//! HubSpot's rules for the app component, beside what the code compares: what a vendor fills in.

use super::Mistake;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a vendor words as they like, as JSON pointers.
pub(super) const FREE: &[&str] = &[
    "/config/name",
    "/config/description",
    "/config/logo",
    "/config/distribution",
    "/config/support",
    "/config/permittedUrls",
];

/// How the app may be distributed.
const DISTRIBUTIONS: &[&str] = &["marketplace", "private"];

/// Where a scope may be listed.
const SCOPE_LISTS: &[&str] = &[
    "requiredScopes",
    "conditionallyRequiredScopes",
    "optionalScopes",
];

/// The mistakes in the app's file.
pub(super) fn mistakes(file: &str, component: &Value) -> Vec<Mistake> {
    let config = &component["config"];
    let mut mistakes = Vec::new();
    let mut report = |pointer: &str, what: String| {
        mistakes.push(Mistake::new(file, pointer, what));
    };
    if config["name"].as_str().is_none_or(str::is_empty) {
        report(
            "/config/name",
            "is missing; admins see it when they install".to_owned(),
        );
    }
    let distribution = config["distribution"].as_str().unwrap_or_default();
    if !DISTRIBUTIONS.contains(&distribution) {
        let expected = DISTRIBUTIONS.join(" or ");
        report(
            "/config/distribution",
            format!("'{distribution}' is unknown to HubSpot; expected {expected}"),
        );
    }
    let email = config["support"]["supportEmail"]
        .as_str()
        .unwrap_or_default();
    if !email.contains('@') {
        report(
            "/config/support/supportEmail",
            format!("'{email}' is no e-mail address"),
        );
    }
    for key in ["documentationUrl", "supportUrl"] {
        let url = config["support"][key].as_str().unwrap_or_default();
        if !url.starts_with("https://") {
            report(
                &format!("/config/support/{key}"),
                format!("'{url}' is no https address"),
            );
        }
    }
    let mut listed: BTreeMap<&str, &str> = BTreeMap::new();
    for list in SCOPE_LISTS {
        let scopes = config["auth"][list].as_array().into_iter().flatten();
        for scope in scopes.filter_map(Value::as_str) {
            if let Some(other) = listed.insert(scope, list) {
                let what = format!("'{scope}' is in {other} too; HubSpot takes it once");
                report(&format!("/config/auth/{list}"), what);
            }
        }
    }
    mistakes
}
