//! The commands of `baton` and what each one starts.

use super::trigger::command::{TriggerArgs, trigger};
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
    /// Send one request to a running Baton, signed exactly as HubSpot signs.
    Trigger(TriggerArgs),
}

/// Runs the command named on the command line.
pub fn run() -> ExitCode {
    let command_line = CommandLine::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("baton: the async runtime could not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match command_line.command {
        Command::Trigger(args) => runtime.block_on(trigger(args)),
    }
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
