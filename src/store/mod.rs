//! PostgreSQL. Diesel lives here and nowhere else. Functions take a connection and do one thing;
//! their callers decide what shares a transaction.

pub mod api_keys;
pub mod batch;
pub mod conversations;
pub mod decisions;
pub mod error;
pub mod event_context;
pub mod event_queues;
pub mod health;
pub mod kept_events;
pub mod migrate;
pub mod pool;
pub mod portals;
mod schema;
pub mod seeding;
pub mod webhook_refusals;

pub use diesel::pg::PgConnection;
