//! A wrong setting, in words that let its owner mend it. All of them are reported together.

use super::table::Setting;
use std::borrow::Cow;
use std::fmt;

/// The exit code of a process whose settings are wrong: `EX_CONFIG` of sysexits.h.
pub const EXIT_CONFIG: u8 = 78;

/// More of a wrong value would hide the message behind it.
const SHOWN_CHARACTERS: usize = 80;

/// What a value should have been; the reader adds which setting it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expected {
    text: Cow<'static, str>,
    is_value_private: bool,
}

impl Expected {
    /// `expected` and then this text.
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            is_value_private: false,
        }
    }

    /// For a value that may hold a password in the wrong place: it is not shown.
    pub(super) fn without_value(self) -> Self {
        Self {
            is_value_private: true,
            ..self
        }
    }
}

/// One wrong setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    name: String,
    found: Found,
    expected: Cow<'static, str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Text(String),
    Private,
}

impl Mistake {
    /// A setting that is needed and absent.
    pub(super) fn missing(setting: &Setting) -> Self {
        Self {
            name: setting.name.to_owned(),
            found: Found::Nothing,
            expected: Cow::Borrowed(setting.doc.trim_end_matches('.')),
        }
    }

    /// A value that does not fit its setting.
    pub(super) fn unfit(setting: &Setting, value: &str, expected: Expected) -> Self {
        let is_private = setting.is_secret || expected.is_value_private;
        let found = if is_private {
            Found::Private
        } else {
            Found::Text(shortened(value))
        };
        Self {
            name: setting.name.to_owned(),
            found,
            expected: expected.text,
        }
    }

    /// Something wrong with `name` whose value may be a secret, or does not matter.
    pub(super) fn of(name: impl Into<String>, expected: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            found: Found::Private,
            expected: expected.into(),
        }
    }

    /// The variable, or the place in the settings file, that is wrong.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn shortened(value: &str) -> String {
    let mut characters = value.chars();
    let mut shown: String = characters.by_ref().take(SHOWN_CHARACTERS).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Found::Nothing => write!(f, "{} is not set: {}", self.name, self.expected),
            // Debug quotes the value and escapes what would break the line.
            Found::Text(value) => write!(f, "{}={value:?}: expected {}", self.name, self.expected),
            Found::Private => write!(f, "{}: expected {}", self.name, self.expected),
        }
    }
}

/// Every wrong setting of one reading, at least one; shown one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// From at least one mistake.
    pub(super) fn new(mistakes: Vec<Mistake>) -> Self {
        Self(mistakes)
    }

    /// The mistakes, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Mistake::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}
