//! `baton serve`: the service, until it is asked to stop.

use super::exit;
use super::signals::asked_to_stop;
use crate::config::Settings;
use crate::config::hubspot::REQUIRED_FOR_SERVE;
use crate::startup::database::Database;
use crate::startup::error::StartError;
use crate::startup::running::RunningService;
use crate::startup::{logging, tls, wiring};
use std::process::ExitCode;

/// Serves.
pub async fn serve() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::start_failed(&error),
    }
}

async fn run() -> Result<(), StartError> {
    let settings = Settings::from_environment_requiring(REQUIRED_FOR_SERVE)?;
    if logging::install(&settings.log).is_err() {
        log::warn!("a logger was installed before");
    }
    tls::install();
    let database = Database::open(&settings.database)?;
    let service = RunningService::start(wiring::parts(&settings, database.url())?)?;
    println!("baton serves http://{}", service.address);
    let signal = asked_to_stop().await?;
    log::info!("{signal}: stopping");
    service.stop().await;
    Ok(())
}
