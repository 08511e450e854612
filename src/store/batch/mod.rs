//! The statements of the decider's batches, in the order in which a batch runs them: records
//! that are missing, locks, what is read under the locks, and everything that is written.
//!
//! Each is one statement over arrays with a fixed text, so that PostgreSQL prepares it once.

pub mod event_receipts;
pub mod left_tickets;
pub mod lock;
pub mod missing;
pub mod read;
pub mod record_columns;
pub mod rows;
mod statement;
pub mod transaction;
pub mod write;
