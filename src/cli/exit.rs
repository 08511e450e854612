//! How a command ends: what went wrong on standard error, and the exit code.

use crate::config::mistake::EXIT_CONFIG;
use crate::startup::error::StartError;
use std::fmt::Display;
use std::process::ExitCode;

/// Prints why a start failed. Wrong settings have an exit code of their own.
pub fn start_failed(error: &StartError) -> ExitCode {
    for line in error.to_string().lines() {
        eprintln!("baton: {line}");
    }
    if error.is_about_settings() {
        ExitCode::from(EXIT_CONFIG)
    } else {
        ExitCode::FAILURE
    }
}

/// Prints why something else failed.
pub fn failed(error: impl Display) -> ExitCode {
    eprintln!("baton: {error}");
    ExitCode::FAILURE
}
