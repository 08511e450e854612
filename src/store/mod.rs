//! PostgreSQL. Diesel lives here and nowhere else. Functions take a connection and do one thing;
//! their callers decide what shares a transaction.

pub mod activity;
pub mod api_keys;
pub mod batch;
pub mod conversation_list;
pub mod conversations;
pub mod credentials;
pub mod decisions;
pub mod erase_words;
pub mod erasures;
pub mod error;
pub mod event_context;
pub mod event_queues;
pub mod event_retention;
pub mod health;
pub mod hubspot_clock;
pub mod install_outcomes;
pub mod kept_events;
pub mod latency;
pub mod migrate;
pub mod oauth_states;
pub mod one_time_links;
pub mod owners;
pub mod pool;
pub mod portal_changes;
pub mod portal_record;
pub mod portals;
pub mod prune;
mod schema;
pub mod seeding;
pub mod sessions;
pub mod sign_in_failures;
pub mod timers;
pub mod webhook_refusals;
mod words;

pub use diesel::pg::PgConnection;
