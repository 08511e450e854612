//! Sets up the log, on standard error, as the settings say. `RUST_LOG` is not read here: it is one
//! of the settings.

use super::log_line;
use crate::config::logging::{LogFormat, LogSettings};
use log::SetLoggerError;
use std::io::Write;

/// Installs the log for the whole process; a second time it fails.
pub fn install(settings: &LogSettings) -> Result<(), SetLoggerError> {
    let mut builder = env_logger::Builder::new();
    builder.parse_filters(&settings.filter);
    match settings.format {
        LogFormat::Text => builder.format(|out, record| {
            let style = out.default_level_style(record.level());
            let level = format!("{style}{:<5}{style:#}", record.level());
            let line = log_line::text(&out.timestamp_millis(), &level, record);
            writeln!(out, "{line}")
        }),
        LogFormat::Json => builder.format(|out, record| {
            let line = log_line::json(&out.timestamp_millis(), record)?;
            writeln!(out, "{line}")
        }),
    };
    builder.try_init()
}
