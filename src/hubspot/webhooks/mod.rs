//! HubSpot's webhooks, from the body of a delivery to facts: what they hold (page "Webhooks", read
//! 2026-11-22, and captured bodies), leniently read, and what that means for a conversation.
//!
//! | read | into |
//! |---|---|
//! | `delivery` | the events of a body, each for itself: a bad one never spoils the others |
//! | `event`, `happened` | what one event tells, with `assignee`, `changed_by` and `association` |
//! | `event_key` | what makes it the same event |
//! | `people`, `told` | a fact about one conversation or ticket |

pub mod assignee;
mod association;
pub mod changed_by;
pub mod delivery;
pub mod event;
mod event_key;
pub mod fields;
pub mod happened;
pub mod people;
pub mod told;
