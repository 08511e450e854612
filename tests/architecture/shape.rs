//! How a file looks: its first line, its length, its name, and that `mod.rs` only declares.

use crate::table::{EMPTY_NAMES, MAX_LINES};
use crate::tree::Source;

/// Everything about this file's looks that breaks a rule.
pub fn offences(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if !source.text.starts_with("//!") {
        found.push(format!(
            "{}: begin with a //! comment that says what it is for",
            source.at(1)
        ));
    }
    let lines = source
        .text
        .lines()
        .count()
        .saturating_sub(source.test_lines);
    if lines > MAX_LINES {
        let at = source.at(MAX_LINES + 1);
        found.push(format!(
            "{at}: {lines} lines outside its tests; {MAX_LINES} are the limit"
        ));
    }
    let names = source.path.trim_end_matches(".rs").split('/');
    found.extend(
        names
            .filter(|name| EMPTY_NAMES.contains(name))
            .map(|name| format!("{}: `{name}` says nothing; name the one idea", source.at(1))),
    );
    if source.path.ends_with("/mod.rs") || source.path == "src/lib.rs" {
        found.extend(first_code(&source.code).map(|(line, text)| {
            format!(
                "{}: {text}: this file only declares; move the code out",
                source.at(line)
            )
        }));
    }
    found
}

/// The first statement that is no declaration: not `mod x;`, not `use …;`.
fn first_code(code: &str) -> Option<(usize, String)> {
    let code = without_attributes(code);
    let mut start = 0;
    for (end, _) in code.match_indices(';').chain([(code.len(), "")]) {
        let statement = code[start..end].trim();
        if !statement.is_empty() && !is_declaration(statement, end < code.len()) {
            let at = start
                + code[start..]
                    .find(|c: char| !c.is_whitespace())
                    .unwrap_or(0);
            let line = code[..at].matches('\n').count() + 1;
            return Some((
                line,
                statement.lines().next().unwrap_or_default().to_owned(),
            ));
        }
        start = end + 1;
    }
    None
}

fn is_declaration(statement: &str, has_semicolon: bool) -> bool {
    let statement = statement.strip_prefix("pub").map_or(statement, |rest| {
        let rest = rest.trim_start();
        let is_narrowed = rest.starts_with('(');
        if is_narrowed {
            rest.split_once(')').map_or(rest, |(_, rest)| rest)
        } else {
            rest
        }
    });
    let mut words = statement.split_whitespace();
    let is_module = words.next() == Some("mod") && words.count() == 1 && !statement.contains('{');
    let is_use = statement.trim_start().starts_with("use ") && !statement.contains("fn ");
    has_semicolon && (is_module || is_use)
}

fn without_attributes(code: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '#' if depth == 0 => {
                let _ = chars.next_if_eq(&'!');
                depth = usize::from(chars.next_if_eq(&'[').is_some());
            }
            '[' if depth > 0 => depth += 1,
            ']' if depth > 0 => depth -= 1,
            '\n' => out.push('\n'),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        offences(&Source::new(path, text))
    }

    #[test]
    fn a_file_begins_by_saying_what_it_is_for() {
        assert_eq!(found("src/a/b.rs", "//! Says.\nfn f() {}"), [""; 0]);
        for text in ["", "fn f() {}", "// no\n", "\n//! late"] {
            assert_eq!(found("src/a/b.rs", text).len(), 1, "{text:?}");
        }
    }

    #[test]
    fn a_file_of_more_than_400_lines_outside_its_tests_is_an_offence() {
        let lines = |n: usize| "//! Says.\n".to_owned() + &"fn f() {}\n".repeat(n - 1);
        let tests = format!(
            "#[cfg(test)]\nmod tests {{\n{}}}\n",
            "    // x\n\n    g();\n".repeat(200)
        );

        assert_eq!(found("src/a/b.rs", &lines(400)), [""; 0]);
        assert_eq!(found("src/a/b.rs", &(lines(400) + &tests)), [""; 0]);
        assert_eq!(found("src/a/tests.rs", &lines(900)), [""; 0]);
        assert_eq!(found("src/a/b.rs", &lines(401)).len(), 1);
        assert_eq!(found("src/a/b.rs", &(lines(401) + &tests)).len(), 1);
        assert_eq!(
            found("src/a/b.rs", &(tests + &lines(401))).len(),
            2,
            "first line and length"
        );
        let comments = "//! Says.\n".to_owned() + &"// x\n".repeat(400);
        assert_eq!(found("src/a/b.rs", &comments).len(), 1);
    }

    #[test]
    fn a_name_that_says_nothing_is_an_offence() {
        for path in [
            "src/a/utils.rs",
            "src/helpers/b.rs",
            "src/common/mod.rs",
            "src/a/misc.rs",
            "src/a/types.rs",
            "src/manager.rs",
        ] {
            assert_eq!(found(path, "//! x").len(), 1, "{path}");
        }
        assert_eq!(found("src/a/commons.rs", "//! x"), [""; 0]);
    }

    #[test]
    fn mod_rs_declares_and_holds_no_code() {
        let declaring = "//! x\n#![allow(a)]\n\npub mod a;\nmod b;\n#[cfg(test)]\nmod tests;\npub use a::{B, C};\nuse d::E as F;\npub(crate) mod g;\npub(in crate::x) use h::*;\n// fn f() {}\n";
        assert_eq!(found("src/a/mod.rs", declaring), [""; 0]);
        for code in [
            "fn f() {}",
            "pub mod a { }",
            "mod a { fn f() { x; } }",
            "struct S;",
            "pub const A: u8 = 1;",
            "macro_rules! m { () => {} }",
            "impl A for B {}",
            "m!();",
            "#[cfg(test)] mod tests { use super::*; }",
            "mod a; fn f() {}",
        ] {
            let text = format!("//! x\nmod first;\n{code}\n");
            let offences = found("src/a/mod.rs", &text);
            assert_eq!(offences.len(), 1, "{code}");
            assert!(
                offences.iter().all(|o| o.starts_with("src/a/mod.rs:3: ")),
                "{offences:?}"
            );
            assert_eq!(found("src/a/b.rs", &text), [""; 0]);
        }
    }
}
