//! One thing that is wrong, and where.

use std::fmt;

/// Something wrong in a file of the project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file's path in the project.
    pub file: String,
    /// The place in it, as a JSON pointer; empty: the whole file.
    pub pointer: String,
    /// What is wrong, and what was expected.
    pub what: String,
}

impl Mistake {
    pub(super) fn new(file: &str, pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            pointer: pointer.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            write!(f, "{}: {}", self.file, self.what)
        } else {
            write!(f, "{} at {}: {}", self.file, self.pointer, self.what)
        }
    }
}
