//! `baton encryption`: the keys under which tokens are stored.

use super::exit;
use crate::config::Settings;
use crate::service::rotate_encryption::{RotateError, Rotated, rotate_encryption};
use crate::startup::database::Database;
use crate::startup::error::StartError;
use crate::startup::wiring;
use crate::store::pool::connect;
use clap::Subcommand;
use std::process::ExitCode;

/// What to do with the keys.
#[derive(Subcommand)]
pub enum EncryptionCommand {
    /// Put every stored token under the first key of BATON_ENCRYPTION_KEYS, while the service
    /// runs. It can be stopped and started again at any moment.
    Rotate,
}

/// Why it failed.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Rotate(#[from] RotateError),
}

/// Runs the command.
pub fn encryption(command: &EncryptionCommand) -> ExitCode {
    let EncryptionCommand::Rotate = command;
    match rotate() {
        Ok(code) => code,
        Err(CommandError::Start(error)) => exit::start_failed(&error),
        Err(CommandError::Rotate(RotateError::Misfit(misfit))) => {
            exit::start_failed(&StartError::from(misfit))
        }
        Err(CommandError::Rotate(error)) => exit::failed(error),
    }
}

fn rotate() -> Result<ExitCode, CommandError> {
    let settings = Settings::from_environment().map_err(StartError::from)?;
    let keyring = wiring::keyring(&settings).map_err(StartError::from)?;
    let database = Database::open(&settings.database)?;
    let mut conn = connect(database.url()).map_err(StartError::from)?;
    let newest = keyring.newest_id().to_owned();
    let rotated = rotate_encryption(&mut conn, &keyring, |progress| {
        println!(
            "{} of {} under the key '{newest}'",
            progress.done, progress.of
        );
    })?;
    Ok(print(&newest, &rotated))
}

fn print(newest: &str, rotated: &Rotated) -> ExitCode {
    if rotated.left > 0 {
        return exit::failed(format!(
            "{} credentials are under an older key again: some replica still has another first \
             key; restart every replica with '{newest}' first, then run this again",
            rotated.left
        ));
    }
    println!("every stored token is under the key '{newest}'");
    if !rotated.unused.is_empty() {
        let unused = rotated.unused.join(", ");
        println!("no longer needed in BATON_ENCRYPTION_KEYS: {unused}");
    }
    ExitCode::SUCCESS
}
