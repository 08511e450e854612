//! `baton bench actions`: signed actions over HTTP, closed loop, then the same work with batches
//! of one, and the ratio of the two.

use super::enrolments::{EnrolmentsArgs, enrolments};
use super::load::{Load, LoadError, LoadReport, run};
use super::pace::Pace;
use super::printed;
use super::subject::{BenchDatabase, BenchService, Grouping, SubjectError};
use super::webhooks::{WebhooksArgs, webhooks};
use super::workflow::{WorkflowArgs, workflow};
use crate::cli::exit;
use crate::config::Settings;
use crate::simulator::demo_world;
use clap::{Args, Subcommand};
use secrecy::SecretString;
use std::process::ExitCode;
use std::time::Duration;

/// What to measure.
#[derive(Subcommand)]
pub enum BenchCommand {
    /// Workflow actions, every answer checked.
    Actions(ActionsArgs),
    /// Webhooks: owner changes alone and beside actions, and whole batches.
    Webhooks(WebhooksArgs),
    /// A burst of enrolments of tickets nobody knew, while people take conversations.
    Enrolments(EnrolmentsArgs),
    /// A burst of enrolments through the simulated HubSpot, while people take conversations over.
    Workflow(WorkflowArgs),
}

/// Options of `baton bench actions`.
#[derive(Args)]
pub struct ActionsArgs {
    /// Requests under way at once, each on a connection of its own.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// How long each of the two measurements lasts.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Tickets to spread the actions over.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(i64).range(1_000..=1_000_000))]
    tickets: i64,
    /// Writer threads of the grouped measurement; without it, the service's own choice.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=16))]
    writers: Option<u16>,
    /// Leave the comparison with batches of one out.
    #[arg(long)]
    no_comparison: bool,
}

/// Each writer keeps a connection of its own, and the private PostgreSQL has 200 in all.
const MOST_WRITERS: usize = 160;

/// Why a benchmark failed.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// What is measured did not run.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The load did not run.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Not every answer was right.
    #[error("{0} answers were wrong or missing; the figures above do not count")]
    Wrong(u64),
    /// The simulated HubSpot or its workflow did not run.
    #[error("the workflow did not run: {0}")]
    Workflow(String),
}

/// Measures.
pub async fn bench(command: BenchCommand) -> ExitCode {
    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(mistakes) => return exit::start_failed(&mistakes.into()),
    };
    let measured = match command {
        BenchCommand::Actions(args) => actions(&args, &settings).await,
        BenchCommand::Webhooks(args) => webhooks(&args, &settings).await,
        BenchCommand::Enrolments(args) => enrolments(&args, &settings).await,
        BenchCommand::Workflow(args) => workflow(&args, &settings).await,
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::failed(error),
    }
}

async fn actions(args: &ActionsArgs, settings: &Settings) -> Result<(), BenchError> {
    let database = BenchDatabase::start(&settings.database, args.tickets)?;
    printed::heading(
        args.connections,
        args.seconds,
        args.tickets,
        database.version(),
    );

    let before = database.census()?;
    let service = database.serve(Grouping {
        writers: args.writers.map(usize::from),
        most_in_batch: None,
    })?;
    let grouped = load(args, &database, &service, 0).await?;
    let resident = service.resident_mb();
    drop(service);
    let after = database.census()?;
    printed::measurement("grouped commits", &grouped);
    printed::rows(&before, &after, grouped.tally.answered());
    printed::memory(resident);

    let mut wrong = grouped.tally.failed();
    if !args.no_comparison {
        let alone = Grouping {
            writers: Some(usize::from(args.connections).min(MOST_WRITERS)),
            most_in_batch: Some(1),
        };
        let service = database.serve(alone)?;
        let single = load(args, &database, &service, grouped.next_step).await?;
        drop(service);
        printed::measurement("batches of one, as many writers as connections", &single);
        printed::ratio(&grouped, &single);
        wrong += single.tally.failed();
    }
    if wrong > 0 {
        Err(BenchError::Wrong(wrong))
    } else {
        Ok(())
    }
}

async fn load(
    args: &ActionsArgs,
    database: &BenchDatabase,
    service: &BenchService,
    first_step: u64,
) -> Result<LoadReport, BenchError> {
    let load = Load {
        base_url: service.url.clone(),
        secret: SecretString::from(demo_world::CLIENT_SECRET),
        portal: database.portal(),
        tickets: args.tickets.unsigned_abs(),
        connections: usize::from(args.connections),
        duration: Duration::from_secs(args.seconds),
        pace: Pace::AsAnswered,
        first_step,
    };
    Ok(run(load).await?)
}
