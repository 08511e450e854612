//! Every input of every action as a flag. Values are sent as they are given, right or wrong: what
//! the service makes of a wrong one is part of what a user wants to see.

use crate::simulator::action_kind::ActionKind;
use clap::{Args, Subcommand};
use std::collections::BTreeMap;

/// The action to execute.
#[derive(Clone, Subcommand)]
pub enum TriggeredAction {
    /// Silence the AI for a while, or until it is resumed.
    PauseAi(PauseInputs),
    /// Lift a pause.
    ResumeAi(ResumeInputs),
    /// Give the conversation back to the AI.
    SendToAi(SendInputs),
    /// Ask for a person; the AI is silent until one has taken over or the request is withdrawn.
    RequestHandoff(HandoffInputs),
}

/// Inputs of all actions.
#[derive(Clone, Args)]
#[command(next_help_heading = "Inputs of every action")]
pub struct SharedInputs {
    /// Which of the ticket's conversations: all_open, latest or originating.
    #[arg(long)]
    conversations: Option<String>,
    /// Act on this conversation, whatever the ticket says.
    #[arg(long)]
    thread_id: Option<String>,
    /// Why, in words.
    #[arg(long)]
    note: Option<String>,
    /// Why, as a code of your own, for instance VIP.
    #[arg(long)]
    reason_code: Option<String>,
    /// Only say what would happen.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    dry_run: Option<String>,
    /// Any other input.
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = name_and_value)]
    others: Vec<(String, String)>,
}

/// Inputs of Pause AI.
#[derive(Clone, Args)]
#[command(next_help_heading = "Inputs of Pause AI")]
pub struct PauseInputs {
    /// until_resumed, 15m, 1h, 4h, 1d, 3d or custom.
    #[arg(long)]
    duration: Option<String>,
    /// With a custom duration: 1 to 525600.
    #[arg(long)]
    duration_minutes: Option<String>,
    /// Set the end exactly, even if the AI is paused for longer already.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    replace: Option<String>,
    #[command(flatten)]
    shared: SharedInputs,
}

/// Inputs of Resume AI.
#[derive(Clone, Args)]
#[command(next_help_heading = "Inputs of Resume AI")]
pub struct ResumeInputs {
    /// Also withdraw a handoff that nobody has taken yet.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    cancel_pending_handoff: Option<String>,
    #[command(flatten)]
    shared: SharedInputs,
}

/// Inputs of Send to AI.
#[derive(Clone, Args)]
#[command(next_help_heading = "Inputs of Send to AI")]
pub struct SendInputs {
    /// answer_latest, fixed_message, answer_with_instruction or wait_for_next.
    #[arg(long)]
    response_mode: Option<String>,
    /// The words to send with fixed_message.
    #[arg(long)]
    message_text: Option<String>,
    /// What the AI is told with answer_with_instruction.
    #[arg(long)]
    instruction: Option<String>,
    /// refuse or take_over.
    #[arg(long)]
    if_human_owned: Option<String>,
    /// Reopen a closed conversation.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    reopen: Option<String>,
    /// Let the workflow wait until the AI has answered.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    wait_for_result: Option<String>,
    /// For how long the workflow waits.
    #[arg(long)]
    max_wait_minutes: Option<String>,
    #[command(flatten)]
    shared: SharedInputs,
}

/// Inputs of Request handoff.
#[derive(Clone, Args)]
#[command(next_help_heading = "Inputs of Request handoff")]
pub struct HandoffInputs {
    /// default, unassigned, user:OWNER_ID or team:TEAM_ID.
    #[arg(long)]
    target: Option<String>,
    /// low, normal, high or urgent.
    #[arg(long)]
    priority: Option<String>,
    /// What the customer is told.
    #[arg(long)]
    customer_message: Option<String>,
    /// How long people have to take over.
    #[arg(long)]
    claim_timeout_minutes: Option<String>,
    /// What happens if nobody does: notify, return_to_ai or escalate.
    #[arg(long)]
    on_timeout: Option<String>,
    /// Let the workflow wait until a person has taken over.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    wait_for_claim: Option<String>,
    /// For how long the workflow waits.
    #[arg(long)]
    max_wait_minutes: Option<String>,
    #[command(flatten)]
    shared: SharedInputs,
}

impl TriggeredAction {
    /// Which action, and the inputs that were given, by the names the service knows.
    pub fn into_kind_and_inputs(self) -> (ActionKind, BTreeMap<String, String>) {
        match self {
            Self::PauseAi(inputs) => {
                let own = [
                    ("duration", inputs.duration),
                    ("duration_minutes", inputs.duration_minutes),
                    ("replace", inputs.replace),
                ];
                (ActionKind::PauseAi, given(own, inputs.shared))
            }
            Self::ResumeAi(inputs) => {
                let own = [("cancel_pending_handoff", inputs.cancel_pending_handoff)];
                (ActionKind::ResumeAi, given(own, inputs.shared))
            }
            Self::SendToAi(inputs) => {
                let own = [
                    ("response_mode", inputs.response_mode),
                    ("message_text", inputs.message_text),
                    ("instruction", inputs.instruction),
                    ("if_human_owned", inputs.if_human_owned),
                    ("reopen", inputs.reopen),
                    ("wait_for_result", inputs.wait_for_result),
                    ("max_wait_minutes", inputs.max_wait_minutes),
                ];
                (ActionKind::SendToAi, given(own, inputs.shared))
            }
            Self::RequestHandoff(inputs) => {
                let own = [
                    ("target", inputs.target),
                    ("priority", inputs.priority),
                    ("customer_message", inputs.customer_message),
                    ("claim_timeout_minutes", inputs.claim_timeout_minutes),
                    ("on_timeout", inputs.on_timeout),
                    ("wait_for_claim", inputs.wait_for_claim),
                    ("max_wait_minutes", inputs.max_wait_minutes),
                ];
                (ActionKind::RequestHandoff, given(own, inputs.shared))
            }
        }
    }
}

fn given<const N: usize>(
    own: [(&'static str, Option<String>); N],
    shared: SharedInputs,
) -> BTreeMap<String, String> {
    let of_every_action = [
        ("conversations", shared.conversations),
        ("thread_id", shared.thread_id),
        ("note", shared.note),
        ("reason_code", shared.reason_code),
        ("dry_run", shared.dry_run),
    ];
    own.into_iter()
        .chain(of_every_action)
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .chain(shared.others)
        .collect()
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err("expected NAME=VALUE, for instance duration=1h".to_owned()),
    }
}
