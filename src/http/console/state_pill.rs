//! How a conversation's state is called and coloured.

use crate::domain::assess::AiState;
use maud::{Markup, html};

/// The name of a state for people.
pub(super) const fn name_of(state: AiState) -> &'static str {
    match state {
        AiState::AiActive => "AI active",
        AiState::AiPaused => "AI paused",
        AiState::HandoffRequested => "Handoff requested",
        AiState::HumanActive => "Person active",
        AiState::AiLocked => "AI locked",
    }
}

/// The pill. An active AI that a gate silences is no good news.
pub(super) fn state_pill(state: AiState, may_reply: bool) -> Markup {
    let class = match (state, may_reply) {
        (AiState::AiActive, true) => "pill good",
        (AiState::AiActive | AiState::AiPaused, _) => "pill",
        (AiState::HandoffRequested, _) => "pill warn",
        (AiState::HumanActive, _) => "pill person",
        (AiState::AiLocked, _) => "pill bad",
    };
    let text = match (state, may_reply) {
        (AiState::AiActive, false) => "AI silent",
        (_, _) => name_of(state),
    };
    html! { span class=(class) { (text) } }
}
