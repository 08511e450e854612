//! The lines of a settings file: `NAME=value`, `#` comments, optional quotes, `export ` tolerated.
//! No escapes and no variables inside values: what is written is what counts.

use super::mistake::Mistake;
use std::collections::BTreeMap;

/// Reads the lines into `name -> value`. A mistake names its line and never shows it, since any
/// line may hold a secret.
pub(super) fn parse(text: &str) -> (BTreeMap<String, String>, Vec<Mistake>) {
    let mut entries = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let place = || format!("BATON_CONFIG line {}", index + 1);
        match entry(line) {
            Ok(None) => {}
            Ok(Some((name, value))) => {
                if entries.insert(name.to_owned(), value.to_owned()).is_some() {
                    mistakes.push(Mistake::of(
                        place(),
                        format!("{name} only once in the file"),
                    ));
                }
            }
            Err(expected) => mistakes.push(Mistake::of(place(), expected)),
        }
    }
    (entries, mistakes)
}

fn entry(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line
        .split_once('=')
        .ok_or("NAME=value, or # before a comment")?;
    let name = name.trim_start();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err("a name of letters, digits and _ directly before the =");
    }
    Ok(Some((name, unquoted(value.trim())?)))
}

fn unquoted(value: &str) -> Result<&str, &'static str> {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            let (inside, after) = rest.split_once(quote).ok_or("a closing quote")?;
            let after = after.trim_start();
            if !after.is_empty() && !after.starts_with('#') {
                return Err("nothing but a comment after the closing quote");
            }
            return Ok(inside);
        }
    }
    if value.starts_with('#') {
        return Ok("");
    }
    // A # counts as a comment only after a space, so that secrets may contain one.
    let end = value
        .find(" #")
        .or_else(|| value.find("\t#"))
        .unwrap_or(value.len());
    Ok(value.get(..end).unwrap_or(value).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value_of(line: &str) -> String {
        let (entries, mistakes) = parse(line);
        assert_eq!(mistakes, [], "{line}");
        entries["A"].clone()
    }

    fn mistake_in(text: &str) -> String {
        let (_, mistakes) = parse(text);
        assert_eq!(mistakes.len(), 1, "{text}: {mistakes:?}");
        mistakes[0].to_string()
    }

    #[test]
    fn a_value_is_what_is_written_without_quotes_and_comments() {
        for (line, value) in [
            ("A=b", "b"),
            ("  A= b  ", "b"),
            ("export A=b", "b"),
            ("A=\"b c\"", "b c"),
            ("A='b \"c\"' # why", "b \"c\""),
            ("A=b#c", "b#c"),
            ("A=b # c", "b"),
            ("A=b=c", "b=c"),
            ("A=", ""),
            ("A= # c", ""),
            ("\u{feff}A=b", "b"),
            ("# x\r\n\r\nA=b\r\n", "b"),
        ] {
            assert_eq!(value_of(line), value, "{line}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_by_its_number_and_never_shown() {
        for (text, expected) in [
            (
                "\nhunter2",
                "BATON_CONFIG line 2: expected NAME=value, or # before a comment",
            ),
            (
                "=hunter2",
                "BATON_CONFIG line 1: expected a name of letters, digits and _",
            ),
            (
                "A =hunter2",
                "BATON_CONFIG line 1: expected a name of letters, digits and _",
            ),
            (
                "A B=hunter2",
                "BATON_CONFIG line 1: expected a name of letters, digits and _",
            ),
            (
                "A=\"hunter2",
                "BATON_CONFIG line 1: expected a closing quote",
            ),
            (
                "A=\"hunter2\"x",
                "BATON_CONFIG line 1: expected nothing but a comment after",
            ),
            (
                "A=1\nA=hunter2",
                "BATON_CONFIG line 2: expected A only once in the file",
            ),
        ] {
            let mistake = mistake_in(text);
            assert!(mistake.starts_with(expected), "{mistake}");
            assert!(!mistake.contains("hunter2"), "{mistake}");
        }
    }
}
