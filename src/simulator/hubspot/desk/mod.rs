//! What an account's people and customers work on: conversations, tickets and contacts, with the
//! states they had a while ago, and everything that can be done to them.

pub mod actor;
pub mod contact;
pub mod demo_conversations;
pub mod demo_past_tickets;
pub mod do_deed;
pub mod doer;
pub mod records;
pub mod thread;
pub mod threads;
pub mod ticket;
pub mod tickets;
pub mod told;
pub mod versions;
