//! The repository's own project, as `baton app-config check` reads it.

use baton::hubspot::definition::check::{Found, Mistake, check};
use baton::hubspot::definition::labels::Labels;
use serde_json::Value;
use std::path::Path;

/// The name that the repository's files were rendered with.
pub const AI_NAME: &str = "AI";

/// The project's files.
pub fn found() -> Found {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("app-config");
    let mut found = Found::new();
    let mut folders = vec![root.join("src")];
    let mut files = vec![root.join("hsproject.json")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    for file in files {
        let content = serde_json::from_str(&std::fs::read_to_string(&file).unwrap());
        let path = file
            .strip_prefix(&root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        found.insert(
            path,
            content.map_err(|error: serde_json::Error| error.to_string()),
        );
    }
    found
}

/// The texts as they are.
pub fn labels() -> Labels {
    Labels::load(AI_NAME).unwrap()
}

/// What is wrong after a change to one file.
pub fn mistakes_after(path: &str, change: impl FnOnce(&mut Value)) -> Vec<Mistake> {
    let mut found = found();
    let content = found
        .get_mut(path)
        .expect("the file")
        .as_mut()
        .expect("JSON");
    change(content);
    check(&found, &labels(), AI_NAME)
}

#[test]
fn the_repositorys_project_has_no_mistake() {
    assert_eq!(check(&found(), &labels(), AI_NAME), []);
}
