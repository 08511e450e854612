//! From the inputs of an action to what is asked, typed and in range. The API's bodies have the
//! same inputs and are read by the same code.

use super::action_kind::ActionKind;
use super::choices::{self, IfHumanOwned, PauseDuration, Response};
use super::input_reader::{InputReader, Misfit};
use crate::domain::actor::Requester;
use crate::domain::command::{
    Ask, Pause, Reach, RequestHandoff, ResponseMode, Resume, SendToAi, What,
};
use crate::domain::hold::HandoffTarget;
use crate::domain::ids::ThreadId;
use crate::domain::metadata::{Metadata, NotMetadata};
use crate::domain::time::Span;
use std::collections::BTreeMap;

/// A year of minutes.
pub const MOST_MINUTES: i64 = 525_600;
/// A week: longer than this HubSpot does not block by default.
const MOST_WAIT_MINUTES: i64 = 10_080;
/// Notes are kept with holds and shown in timelines.
pub const NOTE_CHARS: usize = 2_000;
/// Messages to customers and instructions to the AI.
pub const MESSAGE_CHARS: usize = 8_000;

/// The inputs every action has.
pub const SHARED: &[&str] = &[
    "conversations",
    "thread_id",
    "note",
    "reason_code",
    "dry_run",
    "more_options",
];

/// The inputs of one action beside the shared ones.
pub const fn own_inputs(kind: ActionKind) -> &'static [&'static str] {
    match kind {
        ActionKind::PauseAi => &["duration", "duration_minutes", "replace"],
        ActionKind::ResumeAi => &["cancel_pending_handoff"],
        ActionKind::SendToAi => &[
            "response_mode",
            "message_text",
            "instruction",
            "if_human_owned",
            "reopen",
            "wait_for_result",
            "max_wait_minutes",
        ],
        ActionKind::RequestHandoff => &[
            "target",
            "priority",
            "customer_message",
            "claim_timeout_minutes",
            "on_timeout",
            "wait_for_claim",
            "max_wait_minutes",
        ],
    }
}

/// Reads what is asked.
///
/// # Errors
/// The first input that does not fit.
pub fn read(
    kind: ActionKind,
    values: &BTreeMap<String, String>,
    by: Requester,
) -> Result<Ask, Misfit> {
    let inputs = InputReader::new(values);
    let thread = thread_id(&inputs)?;
    let reach = inputs.choice("conversations", reaches(kind))?;
    let what = match kind {
        ActionKind::PauseAi => What::Pause(pause(&inputs)?),
        ActionKind::ResumeAi => What::Resume(Resume {
            cancel_pending_handoff: inputs.flag("cancel_pending_handoff")?,
        }),
        ActionKind::SendToAi => What::SendToAi(send(&inputs)?),
        ActionKind::RequestHandoff => What::RequestHandoff(handoff(&inputs)?),
    };
    // What an action does not have is not read, whatever it holds.
    let waits = match kind {
        ActionKind::PauseAi | ActionKind::ResumeAi => false,
        ActionKind::SendToAi => waits(&inputs, "wait_for_result")?,
        ActionKind::RequestHandoff => waits(&inputs, "wait_for_claim")?,
    };
    Ok(Ask {
        what,
        reach: thread.map_or(reach, Reach::Thread),
        by,
        note: inputs.text("note", NOTE_CHARS)?,
        reason_code: reason_code(&inputs)?,
        metadata: None,
        dry_run: inputs.flag("dry_run")?,
        waits,
    })
}

fn waits(inputs: &InputReader<'_>, flag: &str) -> Result<bool, Misfit> {
    inputs.number("max_wait_minutes", 1..=MOST_WAIT_MINUTES)?;
    inputs.flag(flag)
}

/// What a caller of the API attaches to a hold, where it may. Workflows have no such input.
///
/// # Errors
/// It is no JSON object, or too long.
pub fn metadata(values: &BTreeMap<String, String>) -> Result<Option<Metadata>, Misfit> {
    let Some(text) = InputReader::new(values).raw("metadata") else {
        return Ok(None);
    };
    let misfit = |why: NotMetadata| Misfit::new("metadata", text, why.to_string());
    let value = serde_json::from_str(text).map_err(|_| misfit(NotMetadata::NotAnObject))?;
    Metadata::new(value).map(Some).map_err(misfit)
}

fn thread_id(inputs: &InputReader<'_>) -> Result<Option<ThreadId>, Misfit> {
    let Some(value) = inputs.raw("thread_id") else {
        return Ok(None);
    };
    let id = value.trim().parse();
    id.map(Some)
        .map_err(|_| Misfit::new("thread_id", value, "a conversation's id, digits only"))
}

const fn reaches(kind: ActionKind) -> &'static [(&'static str, Reach)] {
    match kind {
        ActionKind::PauseAi | ActionKind::ResumeAi => choices::REACHES_OF_MANY,
        ActionKind::SendToAi | ActionKind::RequestHandoff => choices::REACHES_OF_ONE,
    }
}

fn reason_code(inputs: &InputReader<'_>) -> Result<Option<String>, Misfit> {
    let Some(value) = inputs.raw("reason_code") else {
        return Ok(None);
    };
    let code = value.trim();
    let is_allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if code.len() <= 64 && code.bytes().all(is_allowed) {
        return Ok(Some(code.to_owned()));
    }
    let expected = "1 to 64 capital letters, digits or underscores";
    Err(Misfit::new("reason_code", value, expected))
}

fn pause(inputs: &InputReader<'_>) -> Result<Pause, Misfit> {
    let has_duration = inputs.raw("duration").is_some();
    let duration = inputs.choice("duration", choices::DURATIONS)?;
    // It has to fit also where it is not used: an input of the action that does not is refused.
    let minutes = inputs.number("duration_minutes", 1..=MOST_MINUTES)?;
    let lasts = match duration {
        PauseDuration::Fixed(span) => Some(span),
        // Alone, a number of minutes means a custom duration; beside another choice it is left
        // over from an earlier one, and hidden in the workflow editor.
        PauseDuration::UntilResumed if has_duration => None,
        PauseDuration::UntilResumed => minutes.map(Span::from_minutes),
        PauseDuration::Custom => {
            let missing = || {
                let expected =
                    format!("a whole number from 1 to {MOST_MINUTES}, for duration custom");
                Misfit::new("duration_minutes", "", expected)
            };
            Some(Span::from_minutes(minutes.ok_or_else(missing)?))
        }
    };
    Ok(Pause {
        lasts,
        replace: inputs.flag("replace")?,
    })
}

fn send(inputs: &InputReader<'_>) -> Result<SendToAi, Misfit> {
    let message_text = inputs.text("message_text", MESSAGE_CHARS)?;
    let instruction = inputs.text("instruction", MESSAGE_CHARS)?;
    let needed = |text: Option<String>, field: &str, mode: &str| {
        text.ok_or_else(|| Misfit::new(field, "", format!("a text, for response_mode {mode}")))
    };
    let mode = match inputs.choice("response_mode", choices::RESPONSE_MODES)? {
        Response::AnswerLatest => ResponseMode::AnswerLatest,
        Response::FixedMessage => ResponseMode::FixedMessage {
            text: needed(message_text, "message_text", "fixed_message")?,
        },
        Response::AnswerWithInstruction => ResponseMode::AnswerWithInstruction {
            instruction: needed(instruction, "instruction", "answer_with_instruction")?,
        },
        Response::WaitForNext => ResponseMode::WaitForNext,
    };
    let if_human_owned = inputs.choice("if_human_owned", choices::IF_HUMAN_OWNED)?;
    Ok(SendToAi {
        mode,
        take_over: if_human_owned == IfHumanOwned::TakeOver,
        reopen: inputs.flag("reopen")?,
    })
}

fn handoff(inputs: &InputReader<'_>) -> Result<RequestHandoff, Misfit> {
    let minutes = inputs.number("claim_timeout_minutes", 1..=MOST_MINUTES)?;
    Ok(RequestHandoff {
        target: target(inputs)?,
        priority: inputs.choice("priority", choices::PRIORITIES)?,
        customer_message: inputs.text("customer_message", MESSAGE_CHARS)?,
        claim_timeout: minutes.map(Span::from_minutes),
        on_timeout: inputs.choice("on_timeout", choices::ON_TIMEOUT)?,
    })
}

fn target(inputs: &InputReader<'_>) -> Result<Option<HandoffTarget>, Misfit> {
    let Some(value) = inputs.raw("target") else {
        return Ok(None);
    };
    if value.trim() == "default" {
        return Ok(None);
    }
    let expected = "default, unassigned, user:<owner id> or team:<team id>";
    let target = value.trim().parse();
    target
        .map(Some)
        .map_err(|_| Misfit::new("target", value, expected))
}
