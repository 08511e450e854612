//! `baton trigger <action>`: sends, prints what was asked and answered, and ends with 0 for an
//! answer of 2xx, 1 for any other or none, 2 for wrong usage.

use super::action_inputs::TriggeredAction;
use super::printed;
use super::request_options::RequestOptions;
use crate::simulator::caller::{CallError, Caller, now_ms};
use clap::Args;
use std::io::Write as _;
use std::process::ExitCode;

const WRONG_USAGE: u8 = 2;

/// Arguments of `baton trigger`.
#[derive(Clone, Args)]
pub struct TriggerArgs {
    #[command(subcommand)]
    action: TriggeredAction,
    #[command(flatten)]
    options: RequestOptions,
}

/// Sends one request and prints the answer.
pub async fn trigger(args: TriggerArgs) -> ExitCode {
    let caller = match args.options.target() {
        Ok(target) => Caller::new(target),
        Err(unreadable) => return failed(&unreadable, WRONG_USAGE),
    };
    let caller = match caller {
        Ok(caller) => caller,
        Err(error @ CallError::NotAnAddress { .. }) => return failed(&error, WRONG_USAGE),
        Err(error) => return failed(&error, 1),
    };
    let show_request = args.options.show_request;
    let request = args.options.request(args.action);
    let (path, body) = (request.kind.path(), request.body());
    let signature = caller.signature(&path, &body, now_ms());

    print(&printed::request_line(&caller, &request));
    if show_request {
        print(&printed::whole_request(&signature, &body));
    }
    match caller.post(&path, signature, body).await {
        Ok(answer) => {
            print(&printed::answer(&answer));
            ExitCode::from(u8::from(!(200..300).contains(&answer.status)))
        }
        Err(error) => failed(&error, 1),
    }
}

/// A reader that closed its end (`| head`) is no reason to complain.
fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn failed(error: &dyn std::error::Error, exit_code: u8) -> ExitCode {
    eprintln!("baton trigger: {error}");
    ExitCode::from(exit_code)
}
