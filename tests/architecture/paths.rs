//! Finds every path that code names, `use` groups unfolded: `use a::{b, c::d}` is `a::b` and
//! `a::c::d`. Works on code without comments and literals.

/// A path and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub segments: Vec<String>,
    pub line: usize,
    /// `path!`: a macro, so `std::env!` is not `std::env`.
    pub is_macro: bool,
}

impl Named {
    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    /// `::`
    Then,
    Sign(char),
}

/// Every path of two or more segments, and every path of a `use` or `extern crate`.
pub fn named(code: &str) -> Vec<Named> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    let mut i = 0;
    while let Some((token, line)) = tokens.get(i) {
        let next = tokens.get(i + 1).map(|(next, _)| next);
        match token {
            // `use<'a>` in a bound is something else.
            Token::Word(word) if word == "use" && next != Some(&Token::Sign('<')) => {
                i = unfold(&tokens, i + 1, &[], &mut found);
            }
            Token::Word(word) if word == "extern" && next == Some(&Token::Word("crate".into())) => {
                i = unfold(&tokens, i + 2, &[], &mut found);
            }
            Token::Word(_) => {
                let (segments, end) = path(&tokens, i);
                let is_macro = matches!(tokens.get(end), Some((Token::Sign('!'), _)));
                if segments.len() > 1 {
                    found.push(Named {
                        segments,
                        line: *line,
                        is_macro,
                    });
                }
                i = end;
            }
            Token::Then | Token::Sign(_) => i += 1,
        }
    }
    found
}

/// Whether the code has this word, and on which lines.
pub fn lines_with_word(code: &str, wanted: &str) -> Vec<usize> {
    let is_wanted = |token: &Token| matches!(token, Token::Word(word) if word == wanted);
    tokens(code)
        .iter()
        .filter(|(token, _)| is_wanted(token))
        .map(|(_, line)| *line)
        .collect()
}

fn path(tokens: &[(Token, usize)], start: usize) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let mut i = start;
    while let Some((Token::Word(word), _)) = tokens.get(i) {
        segments.push(word.clone());
        let goes_on = matches!(tokens.get(i + 1), Some((Token::Then, _)))
            && matches!(tokens.get(i + 2), Some((Token::Word(_), _)));
        if !goes_on {
            return (segments, i + 1);
        }
        i += 2;
    }
    (segments, i)
}

/// Unfolds one branch of a `use`; answers where it ends: at its `,`, `}` or after its `;`.
fn unfold(
    tokens: &[(Token, usize)],
    start: usize,
    before: &[String],
    found: &mut Vec<Named>,
) -> usize {
    let mut segments = before.to_vec();
    let mut line = tokens.get(start).map_or(0, |(_, line)| *line);
    let mut is_group = false;
    let mut i = start;
    while let Some((token, at)) = tokens.get(i) {
        match token {
            Token::Word(word) if word == "as" => i += 1,
            // `a::{self}` is `a`.
            Token::Word(word)
                if word == "self" && segments.len() == before.len() && !before.is_empty() => {}
            Token::Word(word) => {
                line = *at;
                segments.push(word.clone());
            }
            Token::Sign('*') => segments.push("*".to_owned()),
            Token::Sign('{') => {
                is_group = true;
                i += 1;
                while !matches!(tokens.get(i), None | Some((Token::Sign('}'), _))) {
                    let is_comma = matches!(tokens.get(i), Some((Token::Sign(','), _)));
                    i = if is_comma {
                        i + 1
                    } else {
                        unfold(tokens, i, &segments, found)
                    };
                }
            }
            Token::Sign(',' | '}' | ';') => break,
            Token::Then | Token::Sign(_) => {}
        }
        i += 1;
    }
    if !is_group {
        found.push(Named {
            segments,
            line,
            is_macro: false,
        });
    }
    let is_end = matches!(tokens.get(i), Some((Token::Sign(';'), _)));
    if is_end { i + 1 } else { i }
}

fn tokens(code: &str) -> Vec<(Token, usize)> {
    let mut found = Vec::new();
    for (index, text) in code.lines().enumerate() {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let token = if c.is_alphanumeric() || c == '_' {
                let mut word = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                Token::Word(word)
            } else if c == ':' && chars.next_if_eq(&':').is_some() {
                Token::Then
            } else if c.is_whitespace() {
                continue;
            } else {
                Token::Sign(c)
            };
            found.push((token, index + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(code: &str) -> Vec<String> {
        named(code).iter().map(Named::text).collect()
    }

    #[test]
    fn a_use_is_unfolded() {
        for (code, paths) in [
            ("use a;", &["a"][..]),
            ("use a::b as c;", &["a::b"]),
            ("pub(crate) use a::*;", &["a::*"]),
            (
                "use a::{b, c::d, e::{f, g as h}, };",
                &["a::b", "a::c::d", "a::e::f", "a::e::g"],
            ),
            ("use {a::b, c};", &["a::b", "c"]),
            ("use a::{self, b};", &["a", "a::b"]),
            ("use ::a::b;", &["a::b"]),
            ("use super::super::a;", &["super::super::a"]),
            ("extern crate a as b;", &["a"]),
            ("use a::b;use c::d;", &["a::b", "c::d"]),
            ("use self::a;", &["self::a"]),
        ] {
            assert_eq!(texts(code), paths, "{code}");
        }
    }

    #[test]
    fn paths_in_code_types_attributes_and_macros_are_found() {
        for (code, paths) in [
            (
                "fn f(x: a::B) -> c::D { e::f(g) }",
                &["a::B", "c::D", "e::f"][..],
            ),
            ("#[derive(a::B)] struct S;", &["a::B"]),
            ("$crate::a::b!(c)", &["crate::a::b"]),
            ("a :: b", &["a::b"]),
            ("a\n    ::b", &["a::b"]),
            ("x.y.z; a: b", &[]),
            ("-> impl A + use<'a>", &[]),
            ("a::B::<c::D>::e()", &["a::B", "c::D"]),
        ] {
            assert_eq!(texts(code), paths, "{code}");
        }
    }

    #[test]
    fn each_path_knows_its_line_and_whether_it_is_a_macro() {
        let found = named("use a::{\n    b,\n    c,\n};\nd::e!(1)");
        let lines: Vec<_> = found
            .iter()
            .map(|n| (n.text(), n.line, n.is_macro))
            .collect();
        let expected = [("a::b", 2, false), ("a::c", 3, false), ("d::e", 5, true)];
        assert_eq!(
            lines,
            expected.map(|(text, line, is)| (text.to_owned(), line, is))
        );
    }

    #[test]
    fn a_word_is_found_as_a_whole() {
        assert_eq!(lines_with_word("unsafe_code\nunsafe { }", "unsafe"), [2]);
    }
}
