//! What is logged, and how it looks.

use super::mistake::Expected;
use super::reader::{Reader, Recorded};
use super::table;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The log's settings.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// What is logged, in the words of `RUST_LOG`, checked.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line, for machines.
    Json,
}

impl LogSettings {
    /// The filter unless `RUST_LOG` is set; a test compares it with the table.
    pub const USUAL_FILTER: &'static str = "info";

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Recorded> {
        let filter = reader.value(&table::RUST_LOG, filter);
        let format = reader.value(&table::LOG_FORMAT, format);
        Ok(Self {
            filter: filter?,
            format: format?,
        })
    }
}

fn filter(text: &str) -> Result<String, Expected> {
    if text
        .split(',')
        .all(|directive| is_directive(directive.trim()))
    {
        return Ok(text.to_owned());
    }
    Err(Expected::new(
        "a level (off, error, warn, info, debug, trace) or module=level, separated by commas",
    ))
}

/// A level or `module=level`. A module alone would be legal and mean "all of it"; it is refused,
/// because `RUST_LOG=inof` would then silence everything else.
fn is_directive(text: &str) -> bool {
    let (module, level) = match text.split_once('=') {
        Some((module, level)) => (Some(module), level),
        None => (None, text),
    };
    let is_module = |name: &str| {
        let is_part = |c: char| c.is_alphanumeric() || "_:-".contains(c);
        !name.is_empty() && name.chars().all(is_part)
    };
    module.is_none_or(is_module) && LEVELS.iter().any(|known| known.eq_ignore_ascii_case(level))
}

fn format(text: &str) -> Result<LogFormat, Expected> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Expected::new("text or json")),
    }
}
