//! The commands of `baton` and what each one starts.

use super::app_config::command::{AppConfigCommand, app_config};
use super::bench::command::{BenchCommand, bench};
use super::demo::DemoArgs;
use super::doctor::DoctorArgs;
use super::encryption::EncryptionCommand;
use super::keys::KeysCommand;
use super::serve::ServeArgs;
use super::simulate::SimulateArgs;
use super::trigger::command::{TriggerArgs, trigger};
use super::{demo, doctor, encryption, keys, migrate, serve, simulate};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Settles who may answer each HubSpot conversation: the AI or a person.
#[derive(Parser)]
#[command(name = "baton", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine, with no account and no configuration.
    Demo(DemoArgs),
    /// Run the service. Settings come from the environment; see .env.example.
    Serve(ServeArgs),
    /// Bring the database up to date and exit.
    Migrate,
    /// Check settings, database and clock; each failure says how to mend it.
    Doctor(DoctorArgs),
    /// Check or write the files that describe the app to HubSpot.
    #[command(subcommand)]
    AppConfig(AppConfigCommand),
    /// Make, list and revoke keys of the API.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the keys under which tokens are stored.
    #[command(subcommand)]
    Encryption(EncryptionCommand),
    /// Measure this build on this machine: bounded load, loopback only.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Run only the simulated HubSpot: its consent page and its API.
    Simulate(SimulateArgs),
    /// Send one request to a running Baton, signed exactly as HubSpot signs.
    Trigger(Box<TriggerArgs>),
}

/// Runs the command named on the command line.
pub fn run() -> ExitCode {
    let command_line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("baton: the async runtime could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = match command_line.command {
        Command::Demo(args) => runtime.block_on(demo::demo(args)),
        Command::Serve(args) => runtime.block_on(serve::serve(args)),
        Command::Bench(command) => runtime.block_on(bench(command)),
        Command::AppConfig(command) => app_config(&command),
        Command::Migrate => migrate::migrate(),
        Command::Doctor(args) => runtime.block_on(doctor::doctor(&args)),
        Command::Encryption(command) => encryption::encryption(&command),
        Command::Keys(command) => keys::keys(command),
        Command::Simulate(args) => runtime.block_on(simulate::simulate(&args)),
        Command::Trigger(args) => runtime.block_on(trigger(*args)),
    };
    // A reader that waits for a silent database must not keep the process from ending.
    runtime.shutdown_background();
    code
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
