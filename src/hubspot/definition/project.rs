//! The whole developer project: which file holds what.

use super::labels::Labels;
use super::{action, app, webhooks};
use crate::hubspot::action_kind::ActionKind;
use serde_json::{Value, json};

/// The variable that the profiles set to the public URL.
pub const PUBLIC_URL_VARIABLE: &str = "BATON_PUBLIC_URL";

/// HubSpot's platform version that the project is written for.
pub const PLATFORM_VERSION: &str = "2026.03";

/// A file of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectFile {
    /// Its path in the project, with `/`.
    pub path: String,
    /// What it holds.
    pub content: Value,
}

/// An account that the project is uploaded to, and the URL that the app there calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The profile's name.
    pub name: &'static str,
    /// The developer account.
    pub account_id: u64,
    /// The public URL, https.
    pub public_url: String,
}

impl Profile {
    /// The name of its file.
    pub fn path(&self) -> String {
        format!("src/hsprofile.{}.json", self.name)
    }
}

/// Where an action is defined.
pub fn action_path(kind: ActionKind) -> String {
    format!("src/app/workflow-actions/{}-hsmeta.json", kind.slug())
}

/// Where the app is defined.
pub const APP_PATH: &str = "src/app/app-hsmeta.json";

/// Where the webhooks are defined.
pub const WEBHOOKS_PATH: &str = "src/app/webhooks/webhooks-hsmeta.json";

/// The project's own file.
pub const PROJECT_PATH: &str = "hsproject.json";

/// The files that do not depend on an account.
pub fn shared_files(labels: &Labels, ai_name: &str) -> Vec<ProjectFile> {
    let public_url = format!("${{{PUBLIC_URL_VARIABLE}}}");
    let mut files = vec![
        ProjectFile {
            path: PROJECT_PATH.to_owned(),
            content: json!({
                "name": "baton",
                "srcDir": "src",
                "platformVersion": PLATFORM_VERSION,
            }),
        },
        ProjectFile {
            path: APP_PATH.to_owned(),
            content: app::component(&public_url, ai_name),
        },
        ProjectFile {
            path: WEBHOOKS_PATH.to_owned(),
            content: webhooks::component(&public_url),
        },
    ];
    files.extend(ActionKind::ALL.map(|kind| ProjectFile {
        path: action_path(kind),
        content: action::component(kind, &public_url, labels),
    }));
    files
}

/// The file of a profile.
pub fn profile_file(profile: &Profile) -> ProjectFile {
    ProjectFile {
        path: profile.path(),
        content: json!({
            "accountId": profile.account_id,
            "variables": { PUBLIC_URL_VARIABLE: profile.public_url },
        }),
    }
}

/// The definitions for the older API, one file for each action, with the URL written out.
pub fn legacy_files(labels: &Labels, public_url: &str) -> Vec<ProjectFile> {
    let file = |kind: ActionKind| ProjectFile {
        path: format!("legacy/{}.json", kind.slug()),
        content: action::legacy(kind, public_url, labels),
    };
    ActionKind::ALL.map(file).into()
}
