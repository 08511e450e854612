//! Who changed a field, by an event's `changeSource` and `sourceId`. HubSpot lists no values
//! (page "Webhooks", read 2026-11-22); what is not known counts as by hand, which silences most.

use crate::hubspot::lenient;
use serde_json::Value;

/// Who changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangedBy {
    /// A person, or a source that is not known.
    Hand,
    /// A workflow, a rotation or routing.
    Automation,
    /// The app that the event was sent to: ourselves.
    ThisApp,
}

/// Sources of changes that nobody makes by hand: a word that one of these is part of.
const AUTOMATIC: [&str; 6] = [
    "AUTOMATION",
    "WORKFLOW",
    "ROUTING",
    "ROTAT",
    "CHATFLOW",
    "BOT",
];
/// Sources of changes made through the API.
const THROUGH_API: [&str; 2] = ["INTEGRATION", "API"];

impl ChangedBy {
    /// Reads the fields of an event.
    pub fn read(source: Option<&Value>, source_id: Option<&Value>, app: Option<i64>) -> Self {
        let source = source.and_then(lenient::text).unwrap_or_default();
        let source = source.trim().to_ascii_uppercase();
        let source_id = source_id.and_then(lenient::text).unwrap_or_default();
        // Whatever the source: a change that names a user was made by that user.
        if source_id.to_ascii_lowercase().starts_with("userid:") {
            return Self::Hand;
        }
        if AUTOMATIC.iter().any(|word| source.contains(word)) {
            return Self::Automation;
        }
        let id = source_id.rsplit(':').next().unwrap_or_default().trim();
        let is_this_app = app.is_some_and(|app| id == app.to_string());
        if THROUGH_API.contains(&source.as_str()) && is_this_app {
            return Self::ThisApp;
        }
        Self::Hand
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(source: Value, source_id: Value) -> ChangedBy {
        ChangedBy::read(Some(&source), Some(&source_id), Some(2_438_001))
    }

    #[test]
    fn a_source_that_is_not_known_counts_as_by_hand() {
        for source in [
            json!("USER"),
            json!("CRM_UI"),
            json!("HELP_DESK"),
            json!(""),
            json!(null),
            json!("AUTO"),
            json!(7),
            json!({}),
            json!("API"),
            json!("INTEGRATION"),
        ] {
            assert_eq!(
                read(source.clone(), json!(null)),
                ChangedBy::Hand,
                "{source}"
            );
        }
        assert_eq!(ChangedBy::read(None, None, None), ChangedBy::Hand);
    }

    #[test]
    fn workflows_and_routing_are_automation() {
        for source in [
            "AUTOMATION_PLATFORM",
            "WORKFLOWS",
            "workflow",
            "CONVERSATION_ROUTING",
            "RECORD_ROTATION",
            "BOT",
        ] {
            assert_eq!(
                read(json!(source), json!("actionId:1")),
                ChangedBy::Automation,
                "{source}"
            );
        }
    }

    #[test]
    fn a_change_that_names_a_user_was_made_by_that_user() {
        let by = read(json!("AUTOMATION_PLATFORM"), json!("userId:3892001"));
        assert_eq!(by, ChangedBy::Hand);
        assert_eq!(read(json!("API"), json!("userId:2438001")), ChangedBy::Hand);
    }

    #[test]
    fn only_the_very_app_that_is_told_is_this_app() {
        for id in [json!(2_438_001), json!("2438001"), json!("appId:2438001")] {
            assert_eq!(
                read(json!("INTEGRATION"), id.clone()),
                ChangedBy::ThisApp,
                "{id}"
            );
        }
        for id in [json!("2438002"), json!("12438001"), json!("")] {
            assert_eq!(
                read(json!("INTEGRATION"), id.clone()),
                ChangedBy::Hand,
                "{id}"
            );
        }
        let unnamed = ChangedBy::read(Some(&json!("API")), Some(&json!("0")), None);
        assert_eq!(unnamed, ChangedBy::Hand);
        assert_eq!(read(json!("CRM_UI"), json!("2438001")), ChangedBy::Hand);
    }
}
