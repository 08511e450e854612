//! Workflows: inputs as the editor leaves them, calls, rules, branches, delays, blocks and retries.

use crate::receiver::Receiver;
use crate::world::{CUSTOMER, SANDBOX, World, answered, install_url, parameter, tokens};
use baton::domain::ids::{TicketId, WorkflowId};
use baton::simulator::demo_world::{CLIENT_SECRET, TICKET};
use baton::simulator::hubspot::HubSpotOptions;
use baton::simulator::hubspot::workflows::action_files::ActionFiles;
use baton::simulator::hubspot::workflows::enrollment::{Enrollment, ExecutionResult, Stage};
use baton::simulator::hubspot::workflows::workflow::{Input, Output, Step, Way, Workflow};
use baton::simulator::signing::UrlSigner;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::{Duration, Instant};

pub const MINE: WorkflowId = WorkflowId(77);

/// A HubSpot, and a service that answers what it is told to.
pub struct Bench {
    pub world: World,
    pub service: Receiver,
}

impl Bench {
    pub async fn start() -> Self {
        Self::start_with(HubSpotOptions::demo()).await
    }

    async fn start_with(options: HubSpotOptions) -> Self {
        let service = Receiver::start().await;
        let world = World::start_with(options).await;
        world.hubspot.serve_at(&service.url);
        service.usually_put_out(json!({ "outcome": "applied", "reason_code": "APPLIED",
            "explanation": "done", "hs_execution_state": "SUCCESS" }));
        Self { world, service }
    }

    pub fn publish(&self, steps: Vec<Step>) {
        let workflow = Workflow {
            id: MINE,
            name: "Mine".to_owned(),
            steps,
        };
        self.world.hubspot.publish_workflow(workflow).unwrap();
    }

    pub fn enroll(&self) -> i64 {
        self.world.hubspot.enroll(CUSTOMER, MINE, TICKET).unwrap()
    }

    pub async fn until(&self, id: i64, stage: Stage) -> Enrollment {
        let began = Instant::now();
        loop {
            let enrollment = self.world.hubspot.enrollment(id).unwrap();
            if enrollment.stage == stage {
                return enrollment;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{stage:?} expected: {enrollment:#?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub async fn run(&self, steps: Vec<Step>) -> Enrollment {
        self.publish(steps);
        self.until(self.enroll(), Stage::Ended).await
    }

    pub fn called(&self) -> Vec<String> {
        let paths = self.service.received();
        let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
        paths.iter().map(|received| last(&received.path)).collect()
    }
}

#[tokio::test]
async fn an_action_is_called_as_hubspot_calls_it() {
    let bench = Bench::start().await;
    let inputs = [("duration", "custom"), ("duration_minutes", "45")];
    let ended = bench.run(vec![Step::action("pause_ai", &inputs)]).await;

    let received = bench.service.received();

    assert_eq!(received.len(), 1);
    assert_eq!(received[0].path, "/hubspot/actions/pause-ai");
    let body = received[0].json();
    let callback_id = format!("ap-50001-{}-1-0", ended.id);
    assert_eq!(body["callbackId"], callback_id);
    assert_eq!(ended.executions[0].callback_id, callback_id);
    assert_eq!(body["context"]["workflowId"], 77);
    assert_eq!(body["object"]["objectId"], 15_384_000_001_i64);
    let properties = json!({ "hs_conversations_originating_thread_id": "7001" });
    assert_eq!(body["object"]["properties"], properties);
    let expected = json!({ "duration": "custom", "duration_minutes": "45" });
    assert_eq!(body["inputFields"], expected);
    assert_eq!(body["fields"], expected);
    assert_eq!(
        body["typedInputs"]["duration_minutes"],
        json!({ "value": "45", "type": "STRING" })
    );
    let url = format!("{}/hubspot/actions/pause-ai", bench.service.url);
    let signer = UrlSigner::new(&SecretString::from(CLIENT_SECRET), "POST", &url);
    let header = |name: &str| received[0].headers[name].clone();
    assert_eq!(header("x-hubspot-signature"), signer.v2(&received[0].body));
    let sent_at = header("x-hubspot-request-timestamp").parse().unwrap();
    assert_eq!(
        header("x-hubspot-signature-v3"),
        signer.v3(&received[0].body, sent_at)
    );
}

#[tokio::test]
async fn what_the_editor_hides_or_leaves_empty_is_not_sent() {
    for (inputs, sent) in [
        (
            vec![("duration", "1h"), ("duration_minutes", "45")],
            json!({ "duration": "1h" }),
        ),
        (vec![("duration_minutes", "45")], json!({})),
        (vec![("note", "")], json!({})),
        (
            vec![("more_options", "no"), ("replace", "true"), ("note", "x")],
            json!({ "more_options": "no", "note": "x" }),
        ),
        (
            vec![("more_options", "yes"), ("replace", "true")],
            json!({ "more_options": "yes", "replace": "true" }),
        ),
    ] {
        let bench = Bench::start().await;
        bench.run(vec![Step::action("pause_ai", &inputs)]).await;
        let received = bench.service.received();
        assert_eq!(received[0].json()["inputFields"], sent, "{inputs:?}");
    }
}

#[tokio::test]
async fn inputs_come_from_properties_and_from_outputs_of_earlier_actions() {
    let bench = Bench::start().await;
    bench
        .service
        .put_out(200, json!({ "explanation": "it was quiet" }));
    let note = |input| Step::Action {
        uid: "resume_ai".to_owned(),
        called: "later".to_owned(),
        inputs: [("note".to_owned(), input)].into(),
    };
    bench
        .run(vec![
            Step::action("pause_ai", &[]),
            note(Input::Output(Output::of("pause_ai", "explanation"))),
            note(Input::Property("subject".to_owned())),
            note(Input::Output(Output::of("nobody", "explanation"))),
        ])
        .await;
    let received = bench.service.received();
    let notes: Vec<Value> = received[1..]
        .iter()
        .map(|received| received.json()["inputFields"].clone())
        .collect();
    let expected = [
        json!({ "note": "it was quiet" }),
        json!({ "note": "A question" }),
        json!({}),
    ];
    assert_eq!(notes, expected);
    let ids: HashSet<String> = received
        .iter()
        .map(|received| received.json()["callbackId"].to_string())
        .collect();
    assert_eq!(ids.len(), 4, "each execution has an id of its own");
}

#[tokio::test]
async fn the_history_is_told_by_the_first_rule_that_fits_in_each_language() {
    let bench = Bench::start().await;
    let owned = json!({ "outcome": "refused", "reason_code": "HUMAN_OWNS_CONVERSATION",
        "explanation": "Sam has it" });
    bench.service.put_out(200, owned);
    let trial = json!({ "outcome": "dry_run", "reason_code": "APPLIED", "explanation": "x" });
    bench.service.put_out(200, trial);
    bench
        .service
        .put_out(200, json!({ "outcome": "a new one" }));
    bench.service.put_out(400, Value::Null);
    let steps = ["pause_ai"; 4].map(|uid| Step::action(uid, &[])).to_vec();
    let ended = bench.run(steps).await;

    let english = bench.world.hubspot.history(ended.id, "en");
    let german = bench.world.hubspot.history(ended.id, "de");

    assert_eq!(english[0], "Not paused: Sam has it");
    assert_eq!(english[1], "x");
    assert_eq!(english[2], "Action succeeded");
    assert_eq!(english[3], "Action failed: status 400");
    assert!(
        german[0].ends_with(": Sam has it") && german[0] != english[0],
        "{german:?}"
    );
    assert_eq!(bench.world.hubspot.history(ended.id, "xx"), english);
    let results: Vec<ExecutionResult> = ended
        .executions
        .iter()
        .map(|execution| execution.result)
        .collect();
    use ExecutionResult::{Failed, Succeeded};
    assert_eq!(results, [Succeeded, Succeeded, Succeeded, Failed]);
}

#[tokio::test]
async fn every_rule_of_every_action_has_words_in_every_language() {
    for action in ActionFiles::BuiltIn.read().unwrap() {
        assert_eq!(action.labels.len(), 7, "{}", action.uid);
        for rule in &action.rules {
            for (language, labels) in &action.labels {
                let words = labels.execution_rules.get(&rule.label);
                assert!(
                    words.is_some_and(|words| !words.is_empty()),
                    "{language} {}",
                    rule.label
                );
            }
        }
    }
}

#[tokio::test]
async fn outputs_choose_the_way_and_the_rest_goes_on() {
    let branch = || Step::Branch {
        on: Input::Output(Output::of("resume_ai", "ai_state")),
        ways: vec![
            Way {
                values: vec!["ai_active".to_owned(), "ai_paused".to_owned()],
                steps: vec![Step::action("send_to_ai", &[])],
            },
            Way {
                values: vec!["ai_locked".to_owned()],
                steps: Vec::new(),
            },
        ],
        otherwise: vec![Step::action("request_handoff", &[])],
    };
    for (state, expected) in [
        ("ai_paused", vec!["resume-ai", "send-to-ai", "pause-ai"]),
        ("ai_locked", vec!["resume-ai", "pause-ai"]),
        (
            "human_active",
            vec!["resume-ai", "request-handoff", "pause-ai"],
        ),
    ] {
        let bench = Bench::start().await;
        bench.service.put_out(200, json!({ "ai_state": state }));
        let steps = vec![
            Step::action("resume_ai", &[]),
            branch(),
            Step::action("pause_ai", &[]),
        ];
        bench.run(steps).await;
        assert_eq!(bench.called(), expected, "{state}");
    }
}

#[tokio::test]
async fn delays_end_by_the_simulated_clock() {
    let bench = Bench::start().await;
    let until = bench.world.hubspot.now() + chrono::TimeDelta::hours(2);
    let until = until.timestamp_millis().to_string();
    bench
        .service
        .put_out(200, json!({ "pause_expires_at": until }));
    bench.publish(vec![
        Step::action("pause_ai", &[]),
        Step::DelayUntil(Output::of("pause_ai", "pause_expires_at")),
        Step::action("resume_ai", &[]),
        Step::DelaySeconds(3_600),
        Step::DelayUntil(Output::of("resume_ai", "pause_expires_at")),
        Step::action("send_to_ai", &[]),
    ]);
    let id = bench.enroll();
    bench.until(id, Stage::Delayed).await;
    bench.world.hubspot.advance(Duration::from_secs(3_600));
    assert_eq!(bench.called(), ["pause-ai"], "one of two hours is over");

    bench.world.hubspot.advance(Duration::from_secs(3_601));
    bench.service.wait_for_requests(2).await;
    bench.until(id, Stage::Delayed).await;
    bench.world.hubspot.advance(Duration::from_secs(3_601));
    bench.until(id, Stage::Ended).await;

    assert_eq!(bench.called(), ["pause-ai", "resume-ai", "send-to-ai"]);
}

#[tokio::test]
async fn an_unavailable_service_is_tried_again_under_the_same_id_and_a_refusal_is_not() {
    let bench = Bench::start().await;
    for status in [503, 429, 500] {
        bench.service.put_out(status, Value::Null);
    }
    bench.publish(vec![
        Step::action("pause_ai", &[]),
        Step::action("resume_ai", &[]),
    ]);
    let id = bench.enroll();
    for _ in 0..3 {
        bench.until(id, Stage::Retrying).await;
        let came = bench.service.received().len();
        bench.world.hubspot.advance(Duration::from_secs(5 * 60));
        bench.service.wait_for_requests(came + 1).await;
    }
    let ended = bench.until(id, Stage::Ended).await;

    let received = bench.service.received();
    let ids: Vec<Value> = received
        .iter()
        .map(|received| received.json()["callbackId"].clone())
        .collect();
    assert!(
        ids[..4].iter().all(|id| *id == ids[0]) && ids[4] != ids[0],
        "{ids:?}"
    );
    assert_ne!(
        received[0].headers["x-hubspot-signature-v3"],
        received[1].headers["x-hubspot-signature-v3"]
    );
    assert_eq!(ended.executions[0].attempts, 4);
    for status in [400, 401, 403, 404, 413] {
        bench.service.put_out(status, Value::Null);
        let ended = bench.run(vec![Step::action("pause_ai", &[])]).await;
        let execution = &ended.executions[0];
        let found = (execution.attempts, execution.status, execution.result);
        assert_eq!(found, (1, Some(status), ExecutionResult::Failed));
    }
}

#[tokio::test]
async fn after_three_days_an_action_is_given_up_and_the_workflow_goes_on() {
    let bench = Bench::start().await;
    bench.world.hubspot.serve_at("http://127.0.0.1:1");
    bench.publish(vec![Step::action("pause_ai", &[])]);
    let id = bench.enroll();
    let began = Instant::now();
    while bench.world.hubspot.enrollment(id).unwrap().stage != Stage::Ended {
        assert!(began.elapsed() < Duration::from_secs(20), "never given up");
        bench.until_not_working(id).await;
        let time = Duration::from_secs(8 * 3_600 + 1);
        bench.world.hubspot.advance(time);
        tokio::task::yield_now().await;
    }
    let ended = bench.until(id, Stage::Ended).await;
    let execution = &ended.executions[0];
    assert_eq!(
        (execution.result, execution.status),
        (ExecutionResult::GivenUp, None)
    );
    assert!(
        (15..20).contains(&execution.attempts),
        "{}",
        execution.attempts
    );
    let history = bench.world.hubspot.history(id, "en");
    assert!(history[0].contains("three days"), "{history:?}");
}

impl Bench {
    async fn until_not_working(&self, id: i64) {
        let began = Instant::now();
        while self.world.hubspot.enrollment(id).unwrap().stage == Stage::Working {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "it works for ever"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// A token that may complete.
    async fn automation_token(&self) -> String {
        let scope = format!("{} automation", crate::world::REQUIRED);
        let sent_to = self
            .world
            .hubspot
            .approve(&install_url(&scope, ""), CUSTOMER);
        let code = parameter(&sent_to.unwrap(), "code");
        tokens(&self.world.exchange(&code).await).access
    }

    async fn complete(&self, path: &str, token: &str, body: Value) -> u16 {
        let request = self.world.request("POST", path).bearer_auth(token);
        answered(request.json(&body)).await.status
    }
}

#[tokio::test]
async fn a_blocked_action_waits_for_its_completion() {
    for (path, state, expected) in [
        (
            "/automation/actions/callbacks/2026-03/{}/complete",
            "SUCCESS",
            "Succeeded",
        ),
        (
            "/automation/v4/actions/callbacks/{}/complete",
            "FAIL_CONTINUE",
            "Failed",
        ),
    ] {
        let bench = Bench::start().await;
        let token = bench.automation_token().await;
        bench.service.put_out(
            200,
            json!({ "hs_execution_state": "BLOCK", "outcome": "applied",
            "hs_expiration_duration": "P1D" }),
        );
        bench.publish(vec![
            Step::action("request_handoff", &[]),
            Step::action("resume_ai", &[]),
        ]);
        let id = bench.enroll();
        bench.until(id, Stage::Blocked).await;
        let path = path.replace("{}", &format!("ap-50001-{id}-1-0"));
        let body = json!({ "outputFields": { "hs_execution_state": state,
            "reason_code": "HANDOFF_MERGED", "explanation": "Nia took it" }, "typedOutputs": {} });
        let without = json!({ "outputFields": {} });
        assert_eq!(bench.complete(&path, &token, without).await, 400);
        assert_eq!(
            bench.world.hubspot.enrollment(id).unwrap().stage,
            Stage::Blocked
        );

        assert_eq!(bench.complete(&path, &token, body.clone()).await, 204);

        let ended = bench.until(id, Stage::Ended).await;
        assert_eq!(format!("{:?}", ended.executions[0].result), expected);
        assert_eq!(ended.executions[0].outputs["outcome"], "applied");
        let history = bench.world.hubspot.history(id, "en");
        assert!(history[0].ends_with("Nia took it"), "{history:?}");
        assert_eq!(bench.called(), ["request-handoff", "resume-ai"]);
        assert_eq!(
            bench.complete(&path, &token, body).await,
            404,
            "it is completed already"
        );
    }
}

#[tokio::test]
async fn a_block_that_nobody_completes_ends_at_its_expiration() {
    for (given, seconds) in [
        (Some("PT2H"), 7_200),
        (None, 7 * 86_400),
        (Some("P1WT1H"), 608_400),
    ] {
        let bench = Bench::start().await;
        let mut outputs = json!({ "hs_execution_state": "BLOCK" });
        if let Some(given) = given {
            outputs["hs_expiration_duration"] = json!(given);
        }
        bench.service.put_out(200, outputs);
        bench.publish(vec![
            Step::action("request_handoff", &[]),
            Step::action("resume_ai", &[]),
        ]);
        let id = bench.enroll();
        bench.until(id, Stage::Blocked).await;
        bench
            .world
            .hubspot
            .advance(Duration::from_secs(seconds - 60));
        assert_eq!(bench.called(), ["request-handoff"], "{given:?}");

        bench.world.hubspot.advance(Duration::from_secs(61));

        let ended = bench.until(id, Stage::Ended).await;
        assert_eq!(ended.executions[0].result, ExecutionResult::Expired);
        assert_eq!(bench.called(), ["request-handoff", "resume-ai"]);
    }
}

#[tokio::test]
async fn a_completion_needs_the_scope_the_account_and_a_waiting_action() {
    let bench = Bench::start().await;
    bench
        .service
        .put_out(200, json!({ "hs_execution_state": "BLOCK" }));
    bench.publish(vec![Step::action("request_handoff", &[])]);
    let id = bench.enroll();
    bench.until(id, Stage::Blocked).await;
    let callback = format!("ap-50001-{id}-1-0");
    let path = format!("/automation/actions/callbacks/2026-03/{callback}/complete");
    let body = json!({ "outputFields": { "hs_execution_state": "SUCCESS" }, "typedOutputs": {} });

    let without_scope = bench.world.install(CUSTOMER).await.access;
    assert_eq!(
        bench.complete(&path, &without_scope, body.clone()).await,
        403
    );
    let scope = format!("{} automation", crate::world::REQUIRED);
    let sent_to = bench
        .world
        .hubspot
        .approve(&install_url(&scope, ""), SANDBOX)
        .unwrap();
    let code = parameter(&sent_to, "code");
    let sandbox = tokens(&bench.world.exchange(&code).await).access;
    assert_eq!(bench.complete(&path, &sandbox, body.clone()).await, 404);
    assert_eq!(bench.complete(&path, "nobody", body.clone()).await, 401);
    let token = bench.automation_token().await;
    let unknown = path.replace("-1-0", "-1-9");
    assert_eq!(bench.complete(&unknown, &token, body.clone()).await, 404);
    let batch = "/automation/actions/callbacks/2026-03/complete";
    let one = |id: &str| json!({ "callbackId": id, "outputFields": {}, "typedOutputs": {} });
    let some = json!({ "inputs": [one(&callback), one("ap-unknown")] });
    assert_eq!(
        bench.complete(batch, &token, some).await,
        404,
        "all or none"
    );
    assert_eq!(
        bench.world.hubspot.enrollment(id).unwrap().stage,
        Stage::Blocked
    );

    let all = json!({ "inputs": [one(&callback)] });
    assert_eq!(bench.complete(batch, &token, all).await, 204);
    bench.until(id, Stage::Ended).await;
}

#[tokio::test]
async fn a_burst_of_enrolments_ends_each_once() {
    const COUNT: usize = 500;
    let bench = Bench::start().await;
    bench.publish(vec![Step::action("pause_ai", &[])]);
    let count = i64::try_from(COUNT).unwrap();
    let ids = bench
        .world
        .hubspot
        .enroll_many(CUSTOMER, MINE, TICKET, count)
        .unwrap();
    let began = Instant::now();
    while bench.world.hubspot.running_enrollments() > 0 {
        // A call that a busy machine breaks off is repeated a minute later.
        assert!(began.elapsed() < Duration::from_secs(300), "never ended");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    let received = bench.service.received();

    assert_eq!((ids.len(), received.len()), (COUNT, COUNT));
    let of = |pointer: &str| -> HashSet<String> {
        received
            .iter()
            .map(|received| received.json().pointer(pointer).unwrap().to_string())
            .collect()
    };
    assert_eq!(of("/callbackId").len(), COUNT);
    assert_eq!(of("/object/objectId").len(), COUNT);
    assert!(bench.service.most_at_a_time() <= 64);
}

#[tokio::test]
async fn what_the_editor_does_not_offer_is_refused() {
    let bench = Bench::start().await;
    let publish = |steps: Vec<Step>| {
        let workflow = Workflow {
            id: MINE,
            name: String::new(),
            steps,
        };
        bench.world.hubspot.publish_workflow(workflow)
    };
    let unknown_action = publish(vec![Step::action("explode", &[])]);
    assert_eq!(unknown_action.unwrap_err(), "there is no action explode");
    let nested = Step::Branch {
        on: Input::Output(Output::of("x", "y")),
        ways: Vec::new(),
        otherwise: vec![Step::action("pause_ai", &[("thread_id", "1")])],
    };
    let unknown_input = publish(vec![nested]);
    assert_eq!(
        unknown_input.unwrap_err(),
        "the action pause_ai has no input thread_id"
    );
    let hubspot = &bench.world.hubspot;
    assert!(
        hubspot.enroll(CUSTOMER, MINE, TICKET).is_err(),
        "no such workflow"
    );
    bench.publish(Vec::new());
    assert!(
        hubspot.enroll(CUSTOMER, MINE, TicketId(5)).is_err(),
        "no such ticket"
    );
    assert!(
        hubspot.enroll(SANDBOX, MINE, TICKET).is_err(),
        "another account's ticket"
    );
}

#[tokio::test]
async fn actions_come_from_a_folder_or_say_what_is_wrong_with_it() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = ActionFiles::Folder(here.join("app-config")).read().unwrap();
    let built_in = ActionFiles::BuiltIn.read().unwrap();
    let uids = |actions: &[baton::simulator::hubspot::workflows::action_file::Action]| {
        let mut uids: Vec<String> = actions.iter().map(|action| action.uid.clone()).collect();
        uids.sort();
        uids
    };
    assert_eq!(uids(&folder), uids(&built_in));
    let expected = ["pause_ai", "request_handoff", "resume_ai", "send_to_ai"];
    assert_eq!(uids(&folder), expected);
    assert!(
        ActionFiles::Folder(here.join("no-such-folder"))
            .read()
            .is_err()
    );

    let text = std::fs::read_to_string(
        here.join("app-config/src/app/workflow-actions/pause-ai-hsmeta.json"),
    );
    let good: Value = serde_json::from_str(&text.unwrap()).unwrap();
    let read = |json: &Value| {
        let read = baton::simulator::hubspot::workflows::action_file::Action::read(
            "x.json",
            &json.to_string(),
        );
        read.map_err(|error| error.to_string())
    };
    let mut filled_in = good.clone();
    filled_in["config"]["actionUrl"] = json!("https://acme.example/hubspot/actions/pause-ai");
    assert!(read(&filled_in).is_ok());
    for (pointer, value, reason) in [
        (
            "/config/actionUrl",
            json!("https://acme.example/elsewhere"),
            "no action is at",
        ),
        (
            "/config/actionUrl",
            json!("http:/hubspot/actions/pause-ai"),
            "no action is at",
        ),
        ("/config/isPublished", json!(false), "not published"),
        ("/config/labels", json!({ "de": {} }), "no English labels"),
        ("/config/inputFields", json!(1), "no workflow action"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let error = read(&bad).unwrap_err();
        assert!(error.contains(reason), "{pointer}: {error}");
    }
}
