//! What admins, and HubSpot, changed of a portal lately.

use super::shown_time::moment;
use crate::domain::time::Timestamp;
use crate::store::portal_changes::Change;
use maud::{Markup, html};
use serde_json::Value;

/// The card; nothing without changes.
pub(super) fn changes_card(changes: &[Change], now: Timestamp) -> Markup {
    html! {
        @if !changes.is_empty() {
            section.card aria-labelledby="changes" {
                h2 #changes { "Recent changes" }
                ul.changes {
                    @for change in changes {
                        li {
                            span { (sentence(change)) }
                            span.small.muted { (change.actor) ", " (moment(change.changed_at.into(), now)) }
                        }
                    }
                }
            }
        }
    }
}

/// A change in words.
fn sentence(change: &Change) -> String {
    match change.change.as_str() {
        "ai_enabled" if change.after == Value::Bool(true) => "AI switched on".to_owned(),
        "ai_enabled" => "AI switched off".to_owned(),
        "ai_sender" => {
            let name = change.after.get("name").and_then(Value::as_str);
            format!("AI sender set to {}", name.unwrap_or("nobody"))
        }
        "settings" => {
            let names: Vec<String> = change
                .after
                .as_object()
                .map(|settings| settings.keys().map(|name| name.replace('_', " ")).collect())
                .unwrap_or_default();
            format!("Settings changed: {}", names.join(", "))
        }
        "connection" => connection(&change.after),
        other => other.replace('_', " "),
    }
}

fn connection(after: &Value) -> String {
    let text = |name: &str| after.get(name).and_then(Value::as_str);
    let said = match (text("connection"), text("by")) {
        (Some("connected"), Some("private_app")) => "Connected by a private app",
        (Some("connected"), _) => "Connected by the app",
        (Some("unavailable"), _) => "Connection ended",
        (_, _) => "Connection changed",
    };
    match text("why") {
        Some(why) => format!("{said}: {why}"),
        None => said.to_owned(),
    }
}
