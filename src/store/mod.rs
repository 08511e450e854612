//! PostgreSQL. Diesel lives here and nowhere else. Functions take a connection and do one thing;
//! their callers decide what shares a transaction.

pub mod action_receipts;
pub mod api_keys;
pub mod batch;
pub mod conversations;
pub mod credentials;
pub mod decisions;
pub mod error;
pub mod event_context;
pub mod event_queues;
pub mod event_retention;
pub mod followed_portals;
pub mod health;
pub mod hubspot_clock;
pub mod install_outcomes;
pub mod kept_events;
pub mod known_facts;
pub mod migrate;
pub mod oauth_states;
pub mod one_time_links;
pub mod owner_checks;
pub mod owners;
pub mod pool;
pub mod portal_changes;
pub mod portal_record;
pub mod portals;
mod schema;
pub mod seeding;
pub mod sessions;
pub mod sign_in_failures;
pub mod sweep_due;
pub mod ticket_merges;
pub mod unread_messages;
pub mod webhook_refusals;

pub use diesel::pg::PgConnection;
