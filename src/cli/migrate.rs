//! `baton migrate`: brings the database up to date and ends.

use super::exit;
use crate::config::Settings;
use crate::startup::database::Database;
use crate::startup::error::StartError;
use std::process::ExitCode;

/// Migrates.
pub fn migrate() -> ExitCode {
    let opened = Settings::from_environment().map_err(StartError::from);
    match opened.and_then(|settings| Database::open(&settings.database)) {
        Ok(_) => {
            println!("the database is up to date");
            ExitCode::SUCCESS
        }
        Err(error) => exit::start_failed(&error),
    }
}
