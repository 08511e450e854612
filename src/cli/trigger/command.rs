//! `baton trigger <action or event>`: sends, prints what was asked and answered, and ends with 0 for an
//! answer of 2xx, 1 for any other or none, 2 for wrong usage.

use super::action_inputs::TriggeredAction;
use super::events::TriggeredEvent;
use super::printed;
use super::request_options::RequestOptions;
use crate::simulator::caller::{CallError, Caller, now_ms};
use crate::simulator::webhook_event;
use clap::{Args, Subcommand};
use std::io::Write as _;
use std::process::ExitCode;

const WRONG_USAGE: u8 = 2;

/// Arguments of `baton trigger`.
#[derive(Clone, Args)]
pub struct TriggerArgs {
    #[command(subcommand)]
    what: Triggered,
    #[command(flatten)]
    options: RequestOptions,
}

/// What HubSpot does.
#[derive(Clone, Subcommand)]
enum Triggered {
    #[command(flatten)]
    Action(Box<TriggeredAction>),
    #[command(flatten)]
    Event(TriggeredEvent),
}

/// Sends one request, or one event once or twice, and prints each answer.
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
    let options = &args.options;
    match args.what {
        Triggered::Action(action) => {
            let request = options.request(*action);
            let named = [("callback id", request.callback_id())];
            send(
                &caller,
                options,
                &request.kind.path(),
                &named,
                request.body(),
            )
            .await
        }
        Triggered::Event(event) => {
            let deliveries = match event.deliveries(options.place()) {
                Ok(deliveries) => deliveries,
                Err(unknown) => return failed(&unknown, WRONG_USAGE),
            };
            for events in deliveries {
                let ids = events.iter().map(|event| event.event_id.to_string());
                let named = [("event id", ids.collect::<Vec<_>>().join(", "))];
                let body = webhook_event::delivery(&events);
                let code = send(&caller, options, webhook_event::PATH, &named, body).await;
                if code != ExitCode::SUCCESS {
                    return code;
                }
            }
            ExitCode::SUCCESS
        }
    }
}

/// Sends one request; 0 for an answer of 2xx.
async fn send(
    caller: &Caller,
    options: &RequestOptions,
    path: &str,
    named: &[(&str, String)],
    body: Vec<u8>,
) -> ExitCode {
    let signature = caller.signature(path, &body, now_ms());
    print(&printed::request_line(caller, path, named));
    if options.show_request {
        print(&printed::whole_request(&signature, &body));
    }
    match caller.post(path, signature, body).await {
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
    use crate::simulator::webhook_event::WebhookEvent;
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
        let Triggered::Action(action) = args.what else {
            panic!("{line} is no action");
        };
        serde_json::from_slice(&args.options.request(*action).body()).unwrap()
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

    fn events_of(line: &str) -> Vec<serde_json::Value> {
        let args = parsed(line).unwrap();
        let Triggered::Event(event) = args.what else {
            panic!("{line} is no event");
        };
        let deliveries = event.deliveries(args.options.place()).unwrap();
        deliveries
            .iter()
            .flatten()
            .map(WebhookEvent::json)
            .collect()
    }

    #[test]
    fn people_are_named_as_in_the_demo() {
        let events = events_of("owner-change --person sam --field both");
        assert_eq!(events[0]["propertyValue"], "A-3892001");
        assert_eq!(events[0]["objectId"], 7_001);
        assert_eq!(events[1]["propertyValue"], "81538001");
        assert_eq!(events[1]["objectId"], 15_384_000_001_i64);
        let events = events_of("owner-change --nobody --thread 6 --by automation");
        assert_eq!(events[0]["propertyValue"], "");
        assert_eq!(events[0]["objectId"], 6);
        assert_eq!(events[0]["changeSource"], "AUTOMATION_PLATFORM");
        let events = events_of("--ticket 5 owner-change --value L-1 --field ticket");
        assert_eq!(events[0]["propertyValue"], "L-1");
        assert_eq!(events[0]["objectId"], 5);
    }

    #[test]
    fn a_duplicate_differs_in_its_attempt_alone() {
        let events = events_of("message --duplicate --event-id 9 --message-id m");
        let mut again = events[1].clone();
        assert_eq!(again["attemptNumber"], 1);
        again["attemptNumber"] = 0.into();
        assert_eq!(events[0], again);
        assert_eq!(events_of("status closed")[0]["propertyValue"], "CLOSED");
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
            "owner-change",
            "owner-change --nobody --person sam",
            "status ajar",
            "message --seconds-ago soon",
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
                format!("owner-change --person Nemo --url {}", server.base_url),
                ExitCode::from(2),
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
