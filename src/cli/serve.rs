//! `baton serve`: the service, until it is asked to stop.

use super::exit;
use super::signals::StopSignals;
use crate::config::Settings;
use crate::config::hubspot::REQUIRED_FOR_SERVE;
use crate::config::program::program;
use crate::startup::database::Database;
use crate::startup::error::StartError;
use crate::startup::running::RunningService;
use crate::startup::{logging, tls, wiring};
use clap::Args;
use std::process::ExitCode;

/// Options of `baton serve`. Everything else is a setting.
#[derive(Args)]
pub struct ServeArgs {
    /// Writer threads, for benchmarks that go beyond what BATON_WRITERS allows.
    #[arg(long, hide = true)]
    writers: Option<usize>,
    /// Commands in one commit, at most, for benchmarks.
    #[arg(long, hide = true)]
    most_in_batch: Option<usize>,
}

/// Serves.
pub async fn serve(args: ServeArgs) -> ExitCode {
    match run(&args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let code = exit::start_failed(&error);
            if error.is_about_settings() {
                let program = program();
                eprintln!(
                    "baton: `{program} doctor` checks all settings; to try Baton out, \
                     `{program} demo` needs none"
                );
            }
            code
        }
    }
}

async fn run(args: &ServeArgs) -> Result<(), StartError> {
    let settings = Settings::from_environment_requiring(REQUIRED_FOR_SERVE)?;
    if logging::install(&settings.log).is_err() {
        log::warn!("a logger was installed before");
    }
    tls::install();
    let database = Database::open(&settings.database)?;
    let mut parts = wiring::parts(&settings, database.url())?;
    parts.writers = args.writers.unwrap_or(parts.writers);
    parts.most_in_batch = args.most_in_batch.unwrap_or(parts.most_in_batch);
    let service = RunningService::start(parts)?;
    let stop = StopSignals::listen()?;
    println!("baton serves http://{}", service.address);
    let signal = stop.first().await;
    log::info!("{signal}: stopping");
    service.stop().await;
    Ok(())
}
