//! HubSpot's rules for a project's files: names, places, uids, counts
//! (package `@hubspot/project-parsing-lib` 0.23.0, read 2026-11-22).

use super::Mistake;
use serde_json::Value;
use std::collections::BTreeMap;

/// HubSpot refuses longer uids.
const MAX_UID_CHARS: usize = 64;

/// What may stand at the top of a component's file.
const TOP_LEVEL: &[&str] = &["uid", "type", "config", "dependencies"];

/// The types this project has, and where HubSpot looks for them.
const PLACES: &[(&str, &str)] = &[
    ("app", "src/app"),
    ("webhooks", "src/app/webhooks"),
    ("workflow-action", "src/app/workflow-actions"),
];

/// The mistakes in where components are and how they are named.
pub(super) fn mistakes(components: &BTreeMap<String, Value>) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut uids: BTreeMap<&str, &str> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, component) in components {
        let Some(fields) = component.as_object() else {
            mistakes.push(Mistake::new(path, "", "is no JSON object"));
            continue;
        };
        for name in fields
            .keys()
            .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        {
            let expected = TOP_LEVEL.join(", ");
            let what = format!("HubSpot knows only {expected} here");
            mistakes.push(Mistake::new(path, format!("/{name}"), what));
        }
        if !component["config"].is_object() {
            mistakes.push(Mistake::new(path, "/config", "is missing"));
        }
        match component["uid"].as_str() {
            None => mistakes.push(Mistake::new(path, "/uid", "is missing")),
            Some(uid) if !is_uid(uid) => {
                let what = format!(
                    "'{uid}' is refused by HubSpot; expected 1 to {MAX_UID_CHARS} letters, \
                     digits, '_', '-' or '.'"
                );
                mistakes.push(Mistake::new(path, "/uid", what));
            }
            Some(uid) => {
                if let Some(other) = uids.insert(uid, path) {
                    let what = format!("'{uid}' is the uid of {other} too; each must be its own");
                    mistakes.push(Mistake::new(path, "/uid", what));
                }
            }
        }
        mistakes.extend(misplaced(path, component, &mut counts));
    }
    for (kind, expected) in [("app", 1), ("webhooks", 1)] {
        let count = counts.get(kind).copied().unwrap_or_default();
        if count > expected {
            let what =
                format!("the project has {count} components of type {kind}; HubSpot takes one");
            mistakes.push(Mistake::new("src", "", what));
        }
    }
    mistakes
}

fn is_uid(uid: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    (1..=MAX_UID_CHARS).contains(&uid.len()) && uid.bytes().all(fits)
}

fn misplaced<'a>(
    path: &str,
    component: &'a Value,
    counts: &mut BTreeMap<&'a str, usize>,
) -> Option<Mistake> {
    let Some(kind) = component["type"].as_str() else {
        return Some(Mistake::new(path, "/type", "is missing"));
    };
    *counts.entry(kind).or_default() += 1;
    let Some((_, folder)) = PLACES.iter().find(|(name, _)| *name == kind) else {
        let known: Vec<_> = PLACES.iter().map(|(name, _)| *name).collect();
        let what = format!(
            "'{kind}' is no type of this project; expected {}",
            known.join(", ")
        );
        return Some(Mistake::new(path, "/type", what));
    };
    let actual = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    (actual != *folder).then(|| {
        let what = format!("a {kind} belongs into {folder}, where HubSpot looks for it");
        Mistake::new(path, "", what)
    })
}
