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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::answering_server::AnsweringServer;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        trigger: TriggerArgs,
    }

    fn parsed(line: &str) -> Result<TriggerArgs, clap::Error> {
        let words = std::iter::once("trigger").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.trigger)
    }

    fn body_of(line: &str) -> serde_json::Value {
        let args = parsed(line).unwrap();
        serde_json::from_slice(&args.options.request(args.action).body()).unwrap()
    }

    #[test]
    fn flags_become_inputs_as_they_are_given() {
        let body = body_of("pause-ai --duration 1h --dry-run --replace=maybe --input x=a=b");
        let expected = serde_json::json!(
            {"duration": "1h", "dry_run": "true", "replace": "maybe", "x": "a=b"});
        assert_eq!(body["inputFields"], expected);
        assert_eq!(body["object"]["objectId"], 15_384_000_001_i64);
        let thread = "hs_conversations_originating_thread_id";
        assert_eq!(body["object"]["properties"][thread], "7001");
    }

    #[test]
    fn a_ticket_of_ones_own_has_the_thread_that_was_given() {
        let thread = "hs_conversations_originating_thread_id";
        let body = body_of("resume-ai --ticket 5 --thread 6");
        assert_eq!(body["object"]["properties"][thread], "6");
        let body = body_of("--ticket 5 resume-ai");
        assert!(body["object"]["properties"].get(thread).is_none());
        let body = body_of("send-to-ai --no-thread --thread-id 9");
        assert!(body["object"]["properties"].get(thread).is_none());
        assert_eq!(body["inputFields"]["thread_id"], "9");
        let body = body_of("request-handoff --contact 12 --target team:3");
        assert_eq!(body["object"]["objectType"], "CONTACT");
    }

    #[test]
    fn wrong_usage_is_refused_before_anything_is_sent() {
        for line in [
            "",
            "pause-everything",
            "pause-ai --target x",
            "pause-ai --input x",
            "pause-ai --ticket 0",
            "pause-ai --contact 1 --ticket 2",
            "pause-ai --secret a --secret-file b",
        ] {
            assert!(parsed(line).is_err(), "{line:?}");
        }
    }

    #[tokio::test]
    async fn the_exit_code_tells_2xx_from_the_rest_and_from_wrong_usage() {
        let server = AnsweringServer::start("applied").await;
        let cases = [
            (
                format!("pause-ai --url {}", server.base_url),
                ExitCode::SUCCESS,
            ),
            (
                format!("pause-ai --url {} --secret x", server.base_url),
                ExitCode::from(1),
            ),
            (
                "pause-ai --url http://127.0.0.1:1".to_owned(),
                ExitCode::from(1),
            ),
            ("pause-ai --url nowhere".to_owned(), ExitCode::from(2)),
            (
                "pause-ai --secret-file /nowhere/at/all".to_owned(),
                ExitCode::from(2),
            ),
        ];
        for (line, expected) in cases {
            let code = trigger(parsed(&line).unwrap()).await;
            assert_eq!(format!("{code:?}"), format!("{expected:?}"), "{line}");
        }
    }
}
