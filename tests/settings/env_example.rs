//! `.env.example` and the table of settings say the same, in both directions.

use super::world::{settings, source};
use baton::config::{Settings, table};
use std::collections::BTreeSet;

const FILE: &str = include_str!("../../.env.example");

/// A setting as the file shows it: the line above says what it is for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    name: &'static str,
    default: &'static str,
    doc: &'static str,
}

fn shown_in_the_file() -> Vec<Shown> {
    let settings = FILE
        .lines()
        .zip(FILE.lines().skip(1))
        .filter_map(|(above, line)| {
            let (name, default) = line.strip_prefix('#')?.split_once('=')?;
            let is_letter = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
            let doc = above.strip_prefix("# ").unwrap_or("");
            name.bytes()
                .all(is_letter)
                .then_some(Shown { name, default, doc })
        });
    settings.collect()
}

fn listed_in_the_table() -> Vec<Shown> {
    table::all()
        .map(|s| Shown {
            name: s.name,
            default: s.default.unwrap_or(""),
            doc: s.doc,
        })
        .collect()
}

#[test]
fn the_example_lists_every_setting_with_its_line_and_default_in_the_tables_order() {
    assert_eq!(shown_in_the_file(), listed_in_the_table());
}

#[test]
fn the_example_holds_comments_only() {
    let others: Vec<&str> = FILE
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn the_example_with_every_line_switched_on_changes_nothing() {
    fn example(_: &std::path::Path) -> std::io::Result<String> {
        let on = FILE.lines().map(|line| match line.strip_prefix('#') {
            // The file cannot name itself.
            Some(setting) if setting.starts_with(|c: char| c.is_ascii_uppercase()) => {
                if setting.starts_with("BATON_CONFIG=") {
                    ""
                } else {
                    setting
                }
            }
            _ => line,
        });
        Ok(on.collect::<Vec<_>>().join("\n"))
    }
    let mut source = source(&[("BATON_CONFIG", "settings.env")]);
    source.read_file = example;

    let read = Settings::read(&source, &[]).unwrap();

    assert_eq!(format!("{read:?}"), format!("{:?}", settings(&[])));
}

#[test]
fn no_setting_is_listed_twice_and_none_looks_like_anothers_file_form() {
    let names: BTreeSet<&str> = table::all().map(|setting| setting.name).collect();
    assert_eq!(names.len(), table::all().count());
    for name in names {
        assert_eq!(table::find_file_form(name), None, "{name}");
    }
}
