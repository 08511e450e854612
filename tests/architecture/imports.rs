//! Imports go downward only.

use crate::paths::{self, Named};
use crate::table::{LAYERS, MAIN_IMPORTS, REFUSED, SIDES};
use crate::tree::{Source, begins_with};

/// Every import of this file that its layer does not allow.
pub fn offences(source: &Source) -> Vec<String> {
    let module = source.module();
    let Some(&layer) = module.first() else {
        return Vec::new();
    };
    if layer != "main" && !is_known(layer) {
        return vec![format!(
            "{}: `{layer}` is in no layer; add it to the table",
            source.at(1)
        )];
    }
    paths::named(&source.shipped)
        .iter()
        .filter_map(|named| {
            let target = target(named, &module)?;
            let why = refusal(source, layer, &target)?;
            Some(format!(
                "{}: {}: {why}",
                source.at(named.line),
                named.text()
            ))
        })
        .collect()
}

/// What of ours a path names, from the root; `None` if it is not ours or is relative to its file.
fn target(named: &Named, module: &[&str]) -> Option<Vec<String>> {
    let mut place: Vec<String> = module.iter().map(|&segment| segment.to_owned()).collect();
    let mut rest = named.segments.iter().map(String::as_str).peekable();
    match rest.next()? {
        "crate" | "baton" => place.clear(),
        "self" => {}
        "super" => {
            place.pop();
        }
        _ => return None,
    }
    while rest.next_if_eq(&"super").is_some() {
        place.pop();
    }
    place.extend(rest.map(str::to_owned));
    Some(place)
}

fn refusal(source: &Source, layer: &str, target: &[String]) -> Option<String> {
    let Some(to) = target.first().map(String::as_str) else {
        return Some("names the whole crate, which hides what is imported".to_owned());
    };
    if to == layer {
        return None;
    }
    if !is_known(to) {
        return Some(format!("`{to}` is in no layer; add it to the table"));
    }
    let refused = REFUSED
        .iter()
        .find(|(from, to, _)| source.is_in(from) && begins_with(target, to));
    if let Some((from, to, why)) = refused {
        return Some(format!("`{from}` must not import `{to}`: {why}"));
    }
    (!is_allowed(layer, to, target)).then(|| format!("`{layer}` must not import `{to}`"))
}

fn is_allowed(layer: &str, to: &str, target: &[String]) -> bool {
    if layer == "main" {
        return MAIN_IMPORTS.contains(&to);
    }
    if let Some(side) = SIDES.iter().find(|side| side.name == layer) {
        return side
            .imports
            .iter()
            .any(|allowed| begins_with(target, allowed));
    }
    if let Some(side) = SIDES.iter().find(|side| side.name == to) {
        return side.imported_by.contains(&layer);
    }
    height(layer) < height(to)
}

/// How far from the top.
fn height(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&layer))
}

fn is_known(name: &str) -> bool {
    height(name).is_some() || SIDES.iter().any(|side| side.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        offences(&Source::new(path, text))
    }

    #[test]
    fn an_import_upward_is_an_offence_however_it_is_written() {
        for (path, text) in [
            ("src/domain/ids.rs", "use crate::config::Settings;"),
            (
                "src/domain/ids.rs",
                "use crate::{config::Settings, domain::time};",
            ),
            ("src/domain/ids.rs", "fn f() { crate::config::read() }"),
            ("src/domain/ids.rs", "use super::super::config;"),
            ("src/domain/mod.rs", "use super::config::Settings;"),
            (
                "src/domain/a/b.rs",
                "use super::super::super::config::Settings;",
            ),
            ("src/domain/ids.rs", "use baton::config::Settings;"),
            ("src/domain/ids.rs", "pub(in crate::config) fn f() {}"),
            (
                "src/domain/ids.rs",
                "macro_rules! m { () => { $crate::config::x() } }",
            ),
            ("src/http/mod.rs", "use crate::startup;"),
            ("src/store/pool.rs", "use crate::hubspot::token;"),
            ("src/hubspot/client.rs", "use crate::store::pool;"),
            ("src/startup/mod.rs", "use crate::cli;"),
            ("src/main.rs", "use baton::startup;"),
        ] {
            assert_eq!(found(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn an_import_downward_or_within_is_none() {
        for (path, text) in [
            ("src/config/portals.rs", "use crate::domain::ids::PortalId;"),
            (
                "src/config/portals.rs",
                "use super::table; use crate::config::reader;",
            ),
            (
                "src/http/routes/a.rs",
                "use super::super::error; use crate::{domain, store, service::x};",
            ),
            (
                "src/cli/demo.rs",
                "use crate::{embedded, simulator, startup};",
            ),
            ("src/main.rs", "fn main() { baton::cli::run() }"),
            (
                "src/simulator/threads.rs",
                "use crate::domain::ids::{PortalId, ThreadId};",
            ),
            (
                "src/domain/ids.rs",
                "use std::fmt; use serde::Serialize; // use crate::config;",
            ),
            (
                "src/domain/ids.rs",
                "#[cfg(test)] mod tests { use crate::config::Settings; }",
            ),
            ("src/domain/ids/tests.rs", "use crate::config::Settings;"),
            ("src/lib.rs", "pub mod config;"),
        ] {
            assert_eq!(found(path, text), [""; 0], "{path}: {text}");
        }
    }

    #[test]
    fn the_modules_beside_the_layers_keep_apart() {
        for (path, text) in [
            ("src/embedded/start.rs", "use crate::domain::ids::PortalId;"),
            ("src/embedded/start.rs", "use crate::config;"),
            ("src/simulator/sign.rs", "use crate::hubspot::signature;"),
            ("src/simulator/sign.rs", "use crate::domain::time;"),
            ("src/simulator/sign.rs", "use crate::domain;"),
            ("src/service/pause.rs", "use crate::simulator;"),
            ("src/store/pool.rs", "use crate::embedded;"),
            ("src/cli/trigger.rs", "use crate::hubspot::signature;"),
            ("src/cli/trigger/sign.rs", "use crate::hubspot;"),
            ("src/cli/bench/load.rs", "use crate::hubspot;"),
        ] {
            assert_eq!(found(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn what_the_table_does_not_know_is_an_offence() {
        let offence = "src/shared/mod.rs:1: `shared` is in no layer; add it to the table";
        assert_eq!(found("src/shared/mod.rs", ""), [offence]);
        assert_eq!(found("src/cli/run.rs", "use crate::shared::x;").len(), 1);
        assert_eq!(found("src/cli/run.rs", "use crate::*;").len(), 1);
        assert_eq!(found("src/cli/run.rs", "use crate as all;").len(), 1);
        assert_eq!(found("src/cli/mod.rs", "use super::*;").len(), 1);
    }

    #[test]
    fn an_offence_names_the_file_the_line_and_the_text() {
        let offence = found(
            "src/domain/ids.rs",
            "//! x\n\nuse crate::{\n    domain::time,\n    store,\n};",
        );
        assert_eq!(
            offence,
            ["src/domain/ids.rs:5: crate::store: `domain` must not import `store`"]
        );
    }
}
