//! The write path. Callers put commands into bounded queues; few writer threads each commit what
//! has queued while their last commit ran, as one transaction. Nobody waits for a timer.

mod answer_shape;
mod batch;
pub mod command;
mod decided_rows;
mod fold;
mod fold_move;
mod handle;
mod queue;
mod records;
pub mod wide;
mod writer;

pub use handle::{Decider, Options};
