//! Inputs that do not fit: the workflow goes on, and its author reads which input, what it held
//! and what would fit. Nothing changes.

use crate::world::{THREAD, TICKET, World, request};
use baton::simulator::action_kind::ActionKind::{
    self, PauseAi, RequestHandoff, ResumeAi, SendToAi,
};
use baton::simulator::action_request::Enrolled;

const ENROLLED: Enrolled = Enrolled::Ticket(TICKET, Some(THREAD));
const YES_OR_NO: &str = "true or false";
const MINUTES: &str = "a whole number from 1 to 525600";

type Misfit<'a> = (ActionKind, &'a [(&'a str, &'a str)], &'a str, &'a str);

async fn is_refused(world: &World, (kind, inputs, field, expected): Misfit<'_>) {
    let outputs = world.act_on(kind, ENROLLED, inputs).await;

    assert_eq!(
        outputs.get("hs_execution_state"),
        "FAIL_CONTINUE",
        "{inputs:?}"
    );
    assert_eq!(
        outputs.gist(),
        ("refused", "INPUT_INVALID", "ai_active"),
        "{inputs:?}"
    );
    let value = inputs.iter().find(|(name, _)| *name == field);
    let value = value.map_or("", |(_, value)| value.trim());
    let fault = if value.is_empty() {
        "is missing".to_owned()
    } else {
        format!("does not fit: '{value}'")
    };
    let sentence = format!("Input {field} {fault}. Expected {expected}.");
    assert_eq!(outputs.get("explanation"), sentence);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_misfit_names_the_input_its_value_and_what_would_fit() {
    let world = World::start().await;
    let durations = "one of until_resumed, 15m, 1h, 4h, 1d, 3d, custom";
    let modes = "one of answer_latest, fixed_message, answer_with_instruction, wait_for_next";
    let targets = "default, unassigned, user:<owner id> or team:<team id>";
    let codes = "1 to 64 capital letters, digits or underscores";
    let misfits: &[Misfit<'_>] = &[
        (PauseAi, &[("duration", "2h")], "duration", durations),
        (PauseAi, &[("duration", "1H")], "duration", durations),
        (
            PauseAi,
            &[("duration_minutes", "0")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration_minutes", "-5")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration_minutes", "525601")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration_minutes", "1.5")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration_minutes", "an hour")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration_minutes", "99999999999999999999")],
            "duration_minutes",
            MINUTES,
        ),
        (
            PauseAi,
            &[("duration", "1h"), ("duration_minutes", "-5")],
            "duration_minutes",
            MINUTES,
        ),
        (PauseAi, &[("replace", "maybe")], "replace", YES_OR_NO),
        (PauseAi, &[("dry_run", "1")], "dry_run", YES_OR_NO),
        (
            PauseAi,
            &[("conversations", "none")],
            "conversations",
            "one of all_open, latest, originating",
        ),
        (
            PauseAi,
            &[("thread_id", "x7")],
            "thread_id",
            "a conversation's id, digits only",
        ),
        (
            PauseAi,
            &[("thread_id", "0")],
            "thread_id",
            "a conversation's id, digits only",
        ),
        (
            PauseAi,
            &[("thread_id", "-7")],
            "thread_id",
            "a conversation's id, digits only",
        ),
        (
            PauseAi,
            &[("reason_code", "lower case")],
            "reason_code",
            codes,
        ),
        (
            ResumeAi,
            &[("cancel_pending_handoff", "TRUE!")],
            "cancel_pending_handoff",
            YES_OR_NO,
        ),
        (
            SendToAi,
            &[("response_mode", "shout")],
            "response_mode",
            modes,
        ),
        (
            SendToAi,
            &[("response_mode", "fixed_message")],
            "message_text",
            "a text, for response_mode fixed_message",
        ),
        (
            SendToAi,
            &[
                ("response_mode", "answer_with_instruction"),
                ("instruction", " "),
            ],
            "instruction",
            "a text, for response_mode answer_with_instruction",
        ),
        (
            SendToAi,
            &[("if_human_owned", "take")],
            "if_human_owned",
            "one of refuse, take_over",
        ),
        (SendToAi, &[("reopen", "perhaps")], "reopen", YES_OR_NO),
        (
            SendToAi,
            &[("conversations", "all_open")],
            "conversations",
            "one of latest, originating",
        ),
        (
            SendToAi,
            &[("max_wait_minutes", "0")],
            "max_wait_minutes",
            "a whole number from 1 to 10080",
        ),
        (RequestHandoff, &[("target", "user:x")], "target", targets),
        (RequestHandoff, &[("target", "user:0")], "target", targets),
        (RequestHandoff, &[("target", "queue:1")], "target", targets),
        (RequestHandoff, &[("target", "somebody")], "target", targets),
        (
            RequestHandoff,
            &[("priority", "highest")],
            "priority",
            "one of normal, low, high, urgent",
        ),
        (
            RequestHandoff,
            &[("claim_timeout_minutes", "0")],
            "claim_timeout_minutes",
            MINUTES,
        ),
        (
            RequestHandoff,
            &[("on_timeout", "give_up")],
            "on_timeout",
            "one of notify, return_to_ai, escalate",
        ),
        (
            RequestHandoff,
            &[("wait_for_claim", "2")],
            "wait_for_claim",
            YES_OR_NO,
        ),
    ];
    for misfit in misfits {
        is_refused(&world, *misfit).await;
    }
    assert_eq!(
        world.conversation().await["control_version"],
        0,
        "nothing was placed"
    );
    let receipts = i64::try_from(misfits.len()).unwrap();
    assert_eq!(
        world.count("action_receipts"),
        receipts,
        "each is answered once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_duration_without_minutes_says_what_is_missing() {
    let world = World::start().await;
    let custom = [("duration", "custom"), ("duration_minutes", "")];

    let outputs = world.act(PauseAi, &custom).await;

    let sentence = "Input duration_minutes is missing. \
                    Expected a whole number from 1 to 525600, for duration custom.";
    assert_eq!(outputs.get("explanation"), sentence);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_value_is_shown_shortened_and_the_sentence_stays_within_hubspots_limit() {
    let world = World::start().await;
    let long = "ü".repeat(9_000);
    let inputs = [
        (PauseAi, "note"),
        (PauseAi, "duration"),
        (SendToAi, "instruction"),
        (RequestHandoff, "customer_message"),
    ];
    for (kind, field) in inputs {
        let mode = ("response_mode", "answer_with_instruction");
        let outputs = world.act_on(kind, ENROLLED, &[(field, &long), mode]).await;

        assert_eq!(outputs.get("reason_code"), "INPUT_INVALID", "{field}");
        let sentence = outputs.get("explanation");
        assert!(
            sentence.chars().count() <= 255 && sentence.contains("üü…"),
            "{sentence}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_texts_fit() {
    let world = World::start().await;
    let (note, code) = ("ü".repeat(2_000), "A".repeat(64));

    let paused = world
        .act(PauseAi, &[("note", &note), ("reason_code", &code)])
        .await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
    assert_eq!(
        world.conversation().await["silent_because"][0]["note"],
        note
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_with_u0000_is_a_misfit_like_any_other() {
    let world = World::start().await;
    let pause = request(PauseAi, ENROLLED, &[("note", "a\0b")]);

    let answer = world.insist(&pause).await;

    assert_eq!(answer.status, 200);
    let outputs = answer.outputs.unwrap();
    assert_eq!(outputs["hs_execution_state"], "FAIL_CONTINUE");
    let sentence = "Input note does not fit: '(holds U+0000)'. Expected a text without U+0000.";
    assert_eq!(outputs["explanation"], sentence);
    assert_eq!(world.conversation().await["state"], "ai_active");
}

#[tokio::test(flavor = "multi_thread")]
async fn inputs_that_no_action_knows_are_ignored() {
    let world = World::start().await;
    let inputs = [
        ("more_options", "anything"),
        ("colour", "green"),
        ("duration", "1h"),
    ];

    let paused = world.act(PauseAi, &inputs).await;

    assert_eq!(paused.gist(), ("applied", "APPLIED", "ai_paused"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_action_does_not_have_is_ignored_whatever_it_holds() {
    let world = World::start().await;
    let others: &[(ActionKind, &[(&str, &str)])] = &[
        (
            PauseAi,
            &[
                ("max_wait_minutes", "0"),
                ("wait_for_result", "perhaps"),
                ("wait_for_claim", "2"),
                ("target", "somebody"),
                ("no_such_input", "a\0b"),
            ],
        ),
        (
            ResumeAi,
            &[("duration_minutes", "-5"), ("max_wait_minutes", "x")],
        ),
        (RequestHandoff, &[("wait_for_result", "perhaps")]),
        (SendToAi, &[("wait_for_claim", "perhaps"), ("note", "")]),
    ];
    for (kind, inputs) in others {
        let outputs = world.act_on(*kind, ENROLLED, inputs).await;

        assert_eq!(outputs.get("outcome"), "applied", "{kind:?} {outputs:?}");
        let sentence = outputs.get("explanation");
        assert!(!sentence.contains("did not wait"), "{sentence}");
    }
}
