//! Takes out of Rust code what only looks like code: comments, literals, and what is compiled only
//! for tests. Everything becomes spaces, so that every line keeps its number.

/// Blanks comments and the insides of string and character literals.
pub fn without_comments(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::new();
    let mut i = 0;
    while i < chars.len() {
        let is_word_before = i > 0 && (at(i - 1).is_alphanumeric() || at(i - 1) == '_');
        let end = match at(i) {
            '/' if at(i + 1) == '/' => (i..chars.len())
                .find(|&j| at(j) == '\n')
                .unwrap_or(chars.len()),
            '/' if at(i + 1) == '*' => block_comment_end(&chars, i),
            '"' => string_end(&chars, i),
            'r' | 'b' | 'c' if !is_word_before => prefixed_string_end(&chars, i),
            '\'' => character_end(&chars, i),
            _ => i,
        };
        if end == i {
            out.push(at(i));
            i += 1;
        } else {
            out.extend((i..end).map(|j| if at(j) == '\n' { '\n' } else { ' ' }));
            i = end;
        }
    }
    out
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut i = start;
    while i < chars.len() {
        match chars.get(i..i + 2) {
            Some(['/', '*']) => (depth, i) = (depth + 1, i + 2),
            Some(['*', '/']) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    chars.len()
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while let Some(c) = chars.get(i) {
        match c {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"`; the same place if it is no string (`r#type`, `b'x'`).
fn prefixed_string_end(chars: &[char], start: usize) -> usize {
    let letters = chars
        .iter()
        .skip(start)
        .take_while(|c| matches!(c, 'r' | 'b' | 'c'))
        .count();
    let hashes = chars
        .iter()
        .skip(start + letters)
        .take_while(|c| **c == '#')
        .count();
    let quote = start + letters + hashes;
    if letters > 2 || chars.get(quote) != Some(&'"') {
        return start;
    }
    let is_raw = chars.iter().skip(start).take(letters).any(|c| *c == 'r');
    if !is_raw {
        return if hashes == 0 {
            string_end(chars, quote)
        } else {
            start
        };
    }
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    (quote + 1..chars.len())
        .find(|&j| chars.get(j..j + closing.len()) == Some(&closing))
        .map_or(chars.len(), |j| j + closing.len())
}

/// `'x'` or `'\n'`; the same place for a lifetime.
fn character_end(chars: &[char], start: usize) -> usize {
    if chars.get(start + 1) == Some(&'\\') {
        let closing = (start + 3..chars.len()).find(|&j| chars.get(j) == Some(&'\''));
        return closing.map_or(chars.len(), |j| j + 1);
    }
    if chars.get(start + 2) == Some(&'\'') {
        start + 3
    } else {
        start
    }
}

/// Blanks each item under `#[cfg(test)]` and answers how many lines they took. Takes code without
/// comments.
pub fn without_tests(code: &str) -> (String, usize) {
    let mut out = code.to_owned();
    let mut lines = 0;
    while let Some(start) = find_test_attribute(&out) {
        let end = item_end(&out, start);
        let item = &out[start..end];
        lines += item.lines().count();
        let blank: String = item
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        out.replace_range(start..end, &blank);
    }
    (out, lines)
}

fn find_test_attribute(code: &str) -> Option<usize> {
    code.match_indices("#[cfg(").map(|(at, _)| at).find(|&at| {
        let condition = code[at..].split(']').next().unwrap_or_default();
        let has_test = condition
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|w| w == "test");
        // `not(test)` is shipped, and `any(test, …)` may be.
        has_test && !condition.contains("not(") && !condition.contains("any(")
    })
}

/// The end of the item whose attributes begin here: its `;`, or the brace that closes its first.
fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    let mut is_in_attribute = 0_usize;
    for (offset, c) in code[start..].char_indices() {
        match c {
            '[' | '(' => is_in_attribute += 1,
            ']' | ')' => is_in_attribute = is_in_attribute.saturating_sub(1),
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return start + offset + 1;
                }
            }
            ';' if depth == 0 && is_in_attribute == 0 => return start + offset + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squeezed(code: &str) -> String {
        code.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn comments_and_literals_are_blanked_and_code_stays() {
        for (text, code) in [
            ("a // b\nc", "a c"),
            ("a /* b /* c */ d */ e", "a e"),
            ("//! use x;\nfn f() {}", "fn f() {}"),
            ("f(\"use x; \\\" y\", 1)", "f( , 1)"),
            ("r#\"a \" b\"# c", "c"),
            ("br\"a\\\" c", "c"),
            ("b\"\\\"\" c", "c"),
            ("let r#type = 1;", "let r#type = 1;"),
            ("('\"', '\\'', '\\u{1}', x)", "( , , , x)"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            ("bar\"x\"", "bar"),
        ] {
            assert_eq!(squeezed(&without_comments(text)), code, "{text}");
        }
    }

    #[test]
    fn lines_keep_their_numbers() {
        let text = "/* a\nb */ \"c\nd\" r#\"\n\"# x\n#[cfg(test)]\nmod t {\n}\ny";
        let (blanked, lines_of_tests) = without_tests(&without_comments(text));
        assert_eq!(blanked.lines().count(), text.lines().count());
        assert_eq!(blanked.lines().last(), Some("y"));
        assert_eq!(lines_of_tests, 3);
    }

    #[test]
    fn only_what_is_compiled_for_tests_is_taken_out() {
        for (code, shipped) in [
            ("a; #[cfg(test)] mod t { x { y } } b", "a; b"),
            ("#[cfg(test)] mod t; b", "b"),
            ("#[cfg(test)] #[allow(x)] use a::{b, c}; d", "; d"),
            ("#[cfg(test)] const A: [u8; 2] = [1; 2]; d", "d"),
            ("#[cfg(all(test, unix))] fn f() { ; } d", "d"),
            (
                "#[cfg(not(test))] fn f() {} d",
                "#[cfg(not(test))] fn f() {} d",
            ),
            (
                "#[cfg(any(test, unix))] fn f() {} d",
                "#[cfg(any(test, unix))] fn f() {} d",
            ),
            (
                "#[cfg(feature)] fn testing() {}",
                "#[cfg(feature)] fn testing() {}",
            ),
        ] {
            assert_eq!(squeezed(&without_tests(code).0), shipped, "{code}");
        }
    }
}
