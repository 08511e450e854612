//! The shape of the code, kept by a test: which layer may import which, which crate is used where,
//! how long a file may be. The rules are data in `table.rs`; the matchers are tested on small
//! strings beside them, so that a rule that cannot fail is noticed.
#![allow(clippy::unwrap_used, reason = "a failing test is the answer")]

mod blanking;
mod fences;
mod imports;
mod paths;
mod shape;
mod table;
mod tree;

#[track_caller]
fn assert_none(offences: Vec<String>) {
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn every_import_goes_downward() {
    assert_none(tree::sources().iter().flat_map(imports::offences).collect());
}

#[test]
fn every_framework_stays_behind_its_fence() {
    assert_none(tree::sources().iter().flat_map(fences::offences).collect());
}

#[test]
fn every_file_is_short_named_for_one_idea_and_says_what_it_is_for() {
    assert_none(tree::sources().iter().flat_map(shape::offences).collect());
}

#[test]
fn the_sources_are_found() {
    let found: Vec<String> = tree::sources()
        .into_iter()
        .map(|source| source.path)
        .collect();
    for path in ["src/lib.rs", "src/main.rs", "src/domain/ids.rs"] {
        assert!(
            found.iter().any(|known| known == path),
            "{path} is missing in {found:?}"
        );
    }
}
