//! What Baton does, one file for each thing.

pub mod access_token;
pub mod allow_portal;
mod audit_change;
pub mod authenticate;
pub mod call_hubspot;
pub mod change_settings;
pub mod check_keyring;
pub mod check_password;
pub mod check_readiness;
pub mod choose_ai_sender;
pub mod clean_up;
pub mod command_conversation;
pub mod connect_private_app;
mod describe_account;
pub mod disconnect_portal;
pub mod hubspot_app;
pub mod install_portal;
pub mod new_secret;
pub mod perform_action;
pub mod read_conversation;
pub mod read_owners;
pub mod read_timeline;
pub mod rotate_encryption;
pub mod seal_tokens;
pub mod show_portals;
pub mod sign_in;
pub mod switch_ai;
