//! The check of a whole project.

use super::difference::differences;
use super::{Mistake, actions, app, labels, profiles, structure};
use crate::hubspot::definition::labels::Labels;
use crate::hubspot::definition::project::{self, ProjectFile};
use serde_json::Value;
use std::collections::BTreeMap;

/// The project's JSON files as they were found, by path; what could not be read instead.
pub type Found = BTreeMap<String, Result<Value, String>>;

/// Everything that is wrong with a project, by file. `ai_name` is the name it was rendered with.
pub fn check(found: &Found, labels: &Labels, ai_name: &str) -> Vec<Mistake> {
    let expected = project::shared_files(labels, ai_name);
    let mut mistakes: Vec<Mistake> = found
        .iter()
        .filter_map(|(path, content)| Some((path, content.as_ref().err()?)))
        .map(|(path, error)| Mistake::new(path, "", format!("is no JSON: {error}")))
        .collect();
    let readable: BTreeMap<String, Value> = found
        .iter()
        .filter_map(|(path, content)| Some((path.clone(), content.clone().ok()?)))
        .collect();
    let components: BTreeMap<String, Value> = readable
        .iter()
        .filter(|(path, _)| path.ends_with("-hsmeta.json"))
        .map(|(path, content)| (path.clone(), content.clone()))
        .collect();
    mistakes.extend(structure::mistakes(&components));
    mistakes.extend(check_labels(labels));
    for file in &expected {
        mistakes.extend(of_file(file, found, &readable));
    }
    mistakes.extend(of_profiles(&readable));
    mistakes.extend(unexpected(&components, &expected));
    mistakes.sort();
    mistakes.dedup();
    mistakes
}

/// Everything that is wrong with the texts.
pub fn check_labels(labels: &Labels) -> Vec<Mistake> {
    labels::mistakes(labels)
}

fn of_file(
    expected: &ProjectFile,
    found: &Found,
    readable: &BTreeMap<String, Value>,
) -> Vec<Mistake> {
    let path = expected.path.as_str();
    let Some(content) = readable.get(path) else {
        let is_there = found.contains_key(path);
        return (!is_there)
            .then(|| Mistake::new(path, "", "is missing"))
            .into_iter()
            .collect();
    };
    let mut free: &[&str] = &[];
    let mut mistakes = match path {
        project::APP_PATH => {
            free = app::FREE;
            app::mistakes(path, content)
        }
        _ if content["type"] == "workflow-action" => actions::mistakes(path, content),
        _ => Vec::new(),
    };
    if path == project::PROJECT_PATH {
        // The project's name in the developer account is the vendor's own.
        free = &["/name"];
    }
    mistakes.extend(differences(path, &expected.content, content, free));
    mistakes
}

fn of_profiles(readable: &BTreeMap<String, Value>) -> Vec<Mistake> {
    let is_profile = |path: &str| path.starts_with("src/hsprofile.") && path.ends_with(".json");
    let profiles: Vec<_> = readable
        .iter()
        .filter(|(path, _)| is_profile(path))
        .collect();
    if profiles.is_empty() {
        let what =
            "there is no profile; expected a file src/hsprofile.<name>.json with the public URL";
        return vec![Mistake::new("src", "", what)];
    }
    let mistakes = |(path, content): (&String, &Value)| profiles::mistakes(path, content);
    profiles.into_iter().flat_map(mistakes).collect()
}

/// Components that the code knows nothing of would call it in ways that it does not expect.
fn unexpected(components: &BTreeMap<String, Value>, expected: &[ProjectFile]) -> Vec<Mistake> {
    components
        .keys()
        .filter(|path| !expected.iter().any(|file| file.path == **path))
        .map(|path| Mistake::new(path, "", "the code knows nothing of this component"))
        .collect()
}
