//! The recipes of `app-config/recipes`: each one's sequence, walked as HubSpot walks it, and its
//! page held to what the definitions know.

use crate::delivering::{ANN, assigned, owned};
use crate::world::{Outputs, PORTAL, THREAD, TICKET, World};
use baton::domain::ids::WorkflowId;
use baton::hubspot::action_kind::ActionKind as Defined;
use baton::hubspot::definition::input::{self, inputs};
use baton::hubspot::definition::output::{self, outputs};
use baton::simulator::action_kind::ActionKind::{
    self, PauseAi, RequestHandoff, ResumeAi, SendToAi,
};
use baton::simulator::action_request::Enrolled;
use baton::simulator::workflow::{Enrollment, Step, Verdict, Workflow, run};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

const UNTIL_RESUMED: &[(&str, &str)] = &[("duration", "until_resumed")];
const CANCELLING: &[(&str, &str)] = &[("more_options", "yes"), ("cancel_pending_handoff", "true")];
const FIRST: i64 = 1_791_000_001;
const SECOND: i64 = 1_791_000_002;

impl World {
    /// The ticket comes to one action of this workflow, which must succeed: a refusal is an answer
    /// to branch on.
    async fn step(&self, workflow: i64, kind: ActionKind, inputs: &[(&str, &str)]) -> Outputs {
        static ENROLMENTS: AtomicI64 = AtomicI64::new(3_384_000_000_001);
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let workflow = Workflow {
            id: WorkflowId(workflow),
            steps: vec![Step {
                kind,
                inputs: inputs.iter().map(own).collect(),
            }],
        };
        let enrollment = Enrollment {
            portal: PORTAL,
            enrolled: Enrolled::Ticket(TICKET, Some(THREAD)),
            id: ENROLMENTS.fetch_add(1, Ordering::Relaxed),
            times_faster: 60_000,
            attempts_at_most: 3,
        };
        let mut runs = run(&workflow, &enrollment, &self.hubspot()).await;
        let run = runs.pop().unwrap();
        assert_eq!(run.verdict, Verdict::Succeeded, "{:?}", run.answer);
        Outputs(run.answer.unwrap().outputs.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vip_ticket() {
    let world = World::start().await;
    let paused = world.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(
        world
            .step(FIRST, PauseAi, UNTIL_RESUMED)
            .await
            .get("outcome"),
        "already"
    );

    let resumed = world.step(SECOND, ResumeAi, &[]).await;
    assert_eq!(resumed.gist(), ("applied", "APPLIED", "ai_active"));
    assert_eq!(resumed.get("ai_may_reply"), "true");

    world.deliver(&[assigned(ANN)]).await;
    let beneath = world.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    assert_eq!(beneath.get("outcome"), "applied_shadowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_sentiment() {
    let world = World::start().await;
    let inputs = [
        ("target", "default"),
        ("customer_message", "A colleague will be with you shortly."),
        ("more_options", "yes"),
        ("priority", "high"),
    ];
    let asked = world.step(FIRST, RequestHandoff, &inputs).await;
    assert_eq!(asked.gist(), ("applied", "APPLIED", "handoff_requested"));
    let again = world.step(FIRST, RequestHandoff, &inputs).await;
    assert_eq!(
        again.gist(),
        ("merged", "HANDOFF_MERGED", "handoff_requested")
    );

    let taken = World::start().await;
    taken.deliver(&[assigned(ANN)]).await;
    let asked = taken.step(FIRST, RequestHandoff, &inputs).await;
    assert_eq!(asked.get("reason_code"), "HUMAN_ALREADY_ACTIVE");
    assert_eq!(asked.get("ai_state"), "human_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn back_to_ai() {
    let world = World::start().await;
    world.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    world.step(FIRST, RequestHandoff, &[]).await;
    let resumed = world.step(SECOND, ResumeAi, CANCELLING).await;
    assert_eq!(
        (resumed.get("outcome"), resumed.get("ai_state")),
        ("applied", "ai_active")
    );

    world.deliver(&[assigned(ANN), owned("81538001")]).await;
    let refused = world.step(SECOND, ResumeAi, CANCELLING).await;
    assert_eq!(refused.get("reason_code"), "HUMAN_OWNS_CONVERSATION");
    // The ticket's owner is cleared, and somebody unassigned the conversation.
    world.deliver(&[owned(""), assigned("")]).await;
    let resumed = world.step(SECOND, ResumeAi, CANCELLING).await;
    assert_eq!(resumed.get("ai_state"), "ai_active", "{resumed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn office_hours() {
    let world = World::start().await;
    let closing = world.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    assert_eq!(closing.get("ai_state"), "ai_paused", "{closing:?}");
    let opening = world.step(SECOND, ResumeAi, &[]).await;
    assert_eq!(opening.get("ai_may_reply"), "true", "{opening:?}");

    let taken = World::start().await;
    taken.deliver(&[assigned(ANN)]).await;
    taken.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    let opening = taken.step(SECOND, ResumeAi, &[]).await;
    assert_eq!(opening.get("ai_state"), "human_active");
    assert_eq!(opening.get("ai_may_reply"), "false");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_note() {
    let world = World::start().await;
    let hour = [("duration", "1h")];
    let first = world.step(FIRST, PauseAi, &hour).await;
    assert_eq!(first.get("outcome"), "applied");
    let end: i64 = first.get("pause_expires_at").parse().unwrap();
    let next = world.step(FIRST, PauseAi, &hour).await;
    assert_eq!(next.get("outcome"), "extended");
    assert!(next.get("pause_expires_at").parse::<i64>().unwrap() >= end);

    world.let_holds_run_out();
    assert_eq!(
        world.conversation().await["state"],
        "ai_active",
        "it ends by itself"
    );

    world.step(SECOND, PauseAi, UNTIL_RESUMED).await;
    let beneath = world.step(FIRST, PauseAi, &hour).await;
    assert_eq!(beneath.get("outcome"), "already");
    assert_eq!(beneath.get("silent_until"), "", "nothing gets shorter");
}

#[tokio::test(flavor = "multi_thread")]
async fn unclaimed_handoff() {
    let team = [
        ("target", "team:4410001"),
        ("more_options", "yes"),
        ("claim_timeout_minutes", "15"),
        ("on_timeout", "notify"),
    ];
    let louder = [
        ("target", "user:81538002"),
        ("more_options", "yes"),
        ("priority", "urgent"),
    ];
    let world = World::start().await;
    let asked = world.step(FIRST, RequestHandoff, &team).await;
    assert!(asked.get("claim_deadline").parse::<i64>().unwrap() > 0);
    let nobody = world.step(FIRST, RequestHandoff, &louder).await;
    assert_eq!(nobody.get("reason_code"), "HANDOFF_MERGED");
    assert_eq!(
        nobody.get("handoff_id"),
        asked.get("handoff_id"),
        "one handoff"
    );

    let claimed = World::start().await;
    claimed.step(FIRST, RequestHandoff, &team).await;
    claimed.deliver(&[assigned(ANN)]).await;
    let end = claimed.step(FIRST, RequestHandoff, &louder).await;
    assert_eq!(end.get("reason_code"), "HUMAN_ALREADY_ACTIVE", "{end:?}");

    let withdrawn = World::start().await;
    withdrawn.step(FIRST, RequestHandoff, &team).await;
    withdrawn.step(SECOND, SendToAi, &[]).await;
    let anew = withdrawn.step(FIRST, RequestHandoff, &louder).await;
    assert_eq!(anew.get("reason_code"), "APPLIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn back_after_silence() {
    let answer = [("response_mode", "answer_latest")];
    let world = World::start().await;
    world.step(SECOND, PauseAi, UNTIL_RESUMED).await;
    world.let_a_customer_wait();
    let resumed = world.step(FIRST, ResumeAi, &[]).await;
    assert_eq!(resumed.get("reason_code"), "APPLIED");
    let sent = world.step(FIRST, SendToAi, &answer).await;
    assert_eq!(sent.get("reply_requested"), "true", "{sent:?}");

    let taken = World::start().await;
    taken.deliver(&[assigned(ANN), owned("81538001")]).await;
    taken.let_a_customer_wait();
    let refused = taken.step(FIRST, ResumeAi, &[]).await;
    assert_eq!(refused.get("reason_code"), "HUMAN_OWNS_CONVERSATION");
    taken.deliver(&[owned(""), assigned("")]).await;
    let sent = taken.step(FIRST, SendToAi, &answer).await;
    assert_eq!(sent.get("ai_state"), "ai_active", "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_off_a_stage() {
    let world = World::start().await;
    world.step(FIRST, PauseAi, UNTIL_RESUMED).await;
    let note = world.step(SECOND, PauseAi, &[("duration", "1h")]).await;
    assert_eq!(
        (note.get("outcome"), note.get("silent_until")),
        ("already", "")
    );
    let left = world.step(FIRST, ResumeAi, &[]).await;
    assert_eq!(
        (left.get("ai_state"), left.get("ai_may_reply")),
        ("ai_active", "true")
    );
}

fn pages() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("app-config/recipes");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path());
    let mut pages: Vec<(String, String)> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

#[test]
fn every_recipe_is_listed_and_has_all_its_parts() {
    let pages = pages();
    let (_, list) = pages.iter().find(|(name, _)| name == "README.md").unwrap();
    let recipes: Vec<_> = pages
        .iter()
        .filter(|(name, _)| name != "README.md")
        .collect();
    assert_eq!(recipes.len(), 8);
    for (name, text) in recipes {
        assert!(list.contains(&format!("({name})")), "{name} is not listed");
        let parts: Vec<&str> = text
            .lines()
            .filter_map(|it| it.strip_prefix("## "))
            .collect();
        let expected = ["Trigger", "Steps", "What to expect", "What can go wrong"];
        assert_eq!(parts, expected, "{name}");
        for held_back in ["wait_for_claim", "wait_for_result", "max_wait_minutes"] {
            assert!(!text.contains(held_back), "{name} waits");
        }
    }
}

/// What a choice named so can be; none if its values are free.
fn values_of(name: &str) -> Option<Option<BTreeSet<&'static str>>> {
    let mut found = None;
    for kind in Defined::ALL {
        for input in inputs(kind).into_iter().filter(|it| it.name == name) {
            found = Some(match input.form {
                input::Form::Choice(values) => Some(values.into_iter().collect()),
                input::Form::Number { .. } | input::Form::Text { .. } | input::Form::Searched => {
                    None
                }
            });
        }
        for output in outputs(kind).into_iter().filter(|it| it.name == name) {
            found = Some(match output.form {
                output::Form::Choice(values) => Some(values.into_iter().collect()),
                output::Form::Datetime | output::Form::Number | output::Form::Text => None,
            });
        }
    }
    found
}

#[test]
fn every_value_a_recipe_names_is_one_that_the_definitions_have() {
    let mut seen = 0;
    for (page, text) in pages().iter().filter(|(name, _)| name != "README.md") {
        let parts: Vec<&str> = text.split('`').collect();
        for around in parts.windows(3).filter(|it| it[1] == " = ") {
            let (name, value) = (around[0], around[2]);
            let values = values_of(name).unwrap_or_else(|| panic!("{page}: {name} is not known"));
            let is_known = values.is_none_or(|values| values.contains(value));
            assert!(is_known, "{page}: {name} is never {value}");
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} were found");
}
