//! One thing that was looked at.

use serde::Serialize;

/// What was found, and how to mend it if it is wrong.
#[derive(Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) passed: bool,
    pub(super) found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

impl Check {
    /// Something that works, but not as one would wish.
    pub(super) fn warning(name: &'static str, found: impl Into<String>, remedy: &str) -> Self {
        Self {
            name,
            passed: true,
            found: found.into(),
            remedy: Some(remedy.to_owned()),
        }
    }

    /// The remedy is kept only where something is wrong.
    pub(super) fn new(
        name: &'static str,
        passed: bool,
        found: impl Into<String>,
        remedy: &str,
    ) -> Self {
        let remedy = (!passed).then(|| remedy.to_owned());
        Self {
            name,
            passed,
            found: found.into(),
            remedy,
        }
    }
}
