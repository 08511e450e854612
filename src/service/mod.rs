//! What Baton does, one file for each thing.

pub mod access_token;
pub mod allow_portal;
pub mod authenticate;
pub mod check_keyring;
pub mod check_readiness;
pub mod clean_up;
pub mod command_conversation;
pub mod event_meaning;
pub mod perform_action;
pub mod read_conversation;
pub mod read_timeline;
pub mod receive_webhooks;
pub mod record_refusal;
pub mod rotate_encryption;
pub mod seal_tokens;
