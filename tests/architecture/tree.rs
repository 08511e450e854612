//! The files of `src`.

use crate::blanking::{without_comments, without_tests};
use std::fs;
use std::path::Path;

/// One file, as the checks want it.
pub struct Source {
    /// From the package's root: `src/http/routes.rs`.
    pub path: String,
    /// The file as it is.
    pub text: String,
    /// Comments and the insides of literals blanked; lines stay where they are.
    pub code: String,
    /// The same without what is compiled only for tests.
    pub shipped: String,
    /// How many lines that leaves out.
    pub test_lines: usize,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let code = without_comments(text);
        // A file of tests: `mod tests;` under cfg(test) in its parent.
        let is_tests = path.ends_with("/tests.rs") || path.contains("/tests/");
        let (shipped, test_lines) = if is_tests {
            (String::new(), text.lines().count())
        } else {
            without_tests(&code)
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            shipped,
            test_lines,
        }
    }

    /// Its module's path from the root; `main.rs` is `main`, `lib.rs` the root itself.
    pub fn module(&self) -> Vec<&str> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let mut module: Vec<&str> = inside.split('/').collect();
        let is_named_by_its_folder = module.last() == Some(&"mod") || inside == "lib";
        if is_named_by_its_folder {
            module.pop();
        }
        module
    }

    /// Whether it is `module` or inside it.
    pub fn is_in(&self, module: &str) -> bool {
        begins_with(&self.module(), module)
    }

    /// `file:line`.
    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

/// Whether `path` is `start`, written with `::`, or inside it.
pub fn begins_with<S: AsRef<str>>(path: &[S], start: &str) -> bool {
    let mut path = path.iter().map(AsRef::as_ref);
    start
        .split("::")
        .all(|segment| path.next() == Some(segment))
}

pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    collect(root, &root.join("src"), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            found.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn a_file_knows_its_module() {
    for (path, module) in [
        ("src/lib.rs", &[][..]),
        ("src/main.rs", &["main"]),
        ("src/http/mod.rs", &["http"]),
        ("src/http/routes/action.rs", &["http", "routes", "action"]),
    ] {
        assert_eq!(Source::new(path, "").module(), module, "{path}");
    }
    assert!(Source::new("src/cli/bench.rs", "").is_in("cli::bench"));
    assert!(Source::new("src/cli/bench/load.rs", "").is_in("cli::bench"));
    assert!(!Source::new("src/cli/benchmark.rs", "").is_in("cli::bench"));
}
