//! What was given: the environment and the settings file laid over each other, the environment on
//! top, names checked, values not yet.

use super::mistake::Mistake;
use super::source::Source;
use super::{config_file, table, unknown};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

/// The settings that were given, `name -> value`; `_FILE` forms under their own names.
pub(super) type Given = BTreeMap<String, OsString>;

/// Gathers them, with every mistake in names and lines. An empty value counts as unset.
pub(super) fn gather(source: &Source) -> (Given, Vec<Mistake>) {
    let mut mistakes: Vec<Mistake> = source
        .variables
        .iter()
        .filter_map(|(name, value)| unknown::in_environment(name, value))
        .collect();
    let mut given = known_and_set(source.variables.clone());
    let from_file = settings_file(source, &given, &mut mistakes);
    let mut below = known_and_set(from_file);
    below.retain(|name, _| !is_set(&given, name));
    given.extend(below);
    (given, mistakes)
}

fn known_and_set(mut values: Given) -> Given {
    values.retain(|name, value| {
        let is_known = table::find(name).is_some() || table::find_file_form(name).is_some();
        is_known && !value.is_empty()
    });
    values
}

fn settings_file(source: &Source, given: &Given, mistakes: &mut Vec<Mistake>) -> Given {
    let Some(path) = given.get(table::CONFIG.name) else {
        return Given::new();
    };
    let text = match (source.read_file)(&source.working_dir.join(Path::new(path))) {
        Ok(text) => text,
        Err(error) => {
            let shown = Path::new(path).display();
            let expected = format!("a settings file that can be read; {shown}: {error}");
            mistakes.push(Mistake::of(table::CONFIG.name, expected));
            return Given::new();
        }
    };
    let (entries, wrong_lines) = config_file::parse(&text);
    mistakes.extend(wrong_lines);
    mistakes.extend(entries.keys().filter_map(|name| unknown::in_file(name)));
    entries
        .into_iter()
        .map(|(name, value)| (name, OsString::from(value)))
        .collect()
}

/// A secret set in the environment in one form hides both of its forms in the file.
fn is_set(given: &Given, name: &str) -> bool {
    let base = table::find_file_form(name).map_or(name, |setting| setting.name);
    given.contains_key(base) || given.contains_key(&format!("{base}_FILE"))
}
