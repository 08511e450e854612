//! What HubSpot decides, as Baton understands it: how its requests are signed and what they hold,
//! and how it is called.
//! Each HubSpot fact names the documentation page it was read on, and when.

pub mod action_call;
pub mod action_inputs;
pub mod action_kind;
pub mod actor_id;
pub mod api;
pub mod asks;
pub mod choices;
pub mod definition;
mod folded;
pub mod input_reader;
pub mod lenient;
pub mod nesting;
pub mod nul;
pub mod oauth;
pub mod options_call;
pub mod options_page;
pub mod outgoing;
mod quoted;
mod retry_after;
pub mod signature;
pub mod webhooks;
