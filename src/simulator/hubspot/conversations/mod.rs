//! The conversations API (`/conversations/v3/conversations`, OpenAPI file of "Conversations", read
//! 2026-11-22): threads, their messages, their assignee, and the actors in them.

pub mod actors;
pub mod assignee;
pub mod list_threads;
pub mod message_json;
pub mod messages;
pub mod send_message;
pub mod thread_json;
pub mod threads;
