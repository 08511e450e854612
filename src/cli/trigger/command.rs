//! `baton trigger <action or event>`: sends, prints what was asked and answered, and ends with 0 for an
//! answer of 2xx, 1 for any other or none, 2 for wrong usage.

use super::action_inputs::TriggeredAction;
use super::deliver::deliver;
use super::events::{TriggeredEvent, WrongEvent};
use super::hubspot_beside::HubSpotBeside;
use super::place::NotNamed;
use super::printed::{self, print};
use super::request_options::RequestOptions;
use crate::config::program::program;
use crate::simulator::caller::{CallError, Caller, now_ms};
use clap::{Args, Subcommand};
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
    match sent(&caller, &args.options, args.what).await {
        Ok(code) => code,
        Err(wrong) => failed(&wrong, WRONG_USAGE),
    }
}

/// Why nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum WrongUsage {
    /// An event that cannot be.
    #[error(transparent)]
    Event(#[from] WrongEvent),
    /// An action about nothing that is known.
    #[error(transparent)]
    Action(#[from] NotNamed),
}

async fn sent(
    caller: &Caller,
    options: &RequestOptions,
    what: Triggered,
) -> Result<ExitCode, WrongUsage> {
    let action = match what {
        Triggered::Event(event) => return deliver(caller, options, &event).await,
        Triggered::Action(action) => *action,
    };
    let beside = match options.names_one_alone() {
        true => HubSpotBeside::find(options, &options.asked()).await.ok(),
        false => None,
    };
    let request = options.request(action, &options.place(beside.as_ref()))?;
    let sending = Sending {
        path: &request.kind.path(),
        named: &[("callback id", request.callback_id())],
        body: request.body(),
    };
    Ok(send(caller, options, sending).await)
}

/// One request.
pub struct Sending<'a> {
    /// Where to, under the service's address.
    pub path: &'a str,
    /// What is printed of it.
    pub named: &'a [(&'static str, String)],
    /// Its body.
    pub body: Vec<u8>,
}

/// Sends it; 0 for an answer of 2xx.
pub async fn send(caller: &Caller, options: &RequestOptions, sending: Sending<'_>) -> ExitCode {
    let Sending { path, named, body } = sending;
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
        Err(error @ CallError::NobodyAnswers { .. }) => {
            let code = failed(&error, 1);
            let program = program();
            eprintln!(
                "baton trigger: start one with `{program} demo`, or say where it is with --url"
            );
            code
        }
        Err(error) => failed(&error, 1),
    }
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
        let place = args.options.place(None);
        let request = args.options.request(*action, &place).unwrap();
        serde_json::from_slice(&request.body()).unwrap()
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
        let place = args.options.place(None);
        let happenings = event.happenings(&place).unwrap();
        let changes = happenings.into_iter().map(|it| it.change).collect();
        event
            .deliveries(place.portal, changes)
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
        let events = events_of("--ticket 5 owner-change --value 81 --field ticket");
        assert_eq!(events[0]["propertyValue"], "81");
        assert_eq!(events[0]["objectId"], 5);
        let events = events_of("--thread 7003 owner-change --nobody --field ticket");
        assert_eq!(events[0]["objectId"], 15_384_000_003_i64);
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
            ("owner-change --value banana".to_owned(), ExitCode::from(2)),
            (
                "owner-change --value A-1 --field ticket".to_owned(),
                ExitCode::from(2),
            ),
            (
                "owner-change --nobody --field both --thread 9999999".to_owned(),
                ExitCode::from(2),
            ),
            ("status open --ticket 5".to_owned(), ExitCode::from(2)),
            ("pause-ai --thread 9999999".to_owned(), ExitCode::from(2)),
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
