//! Deciding: a request or a fact is folded into the records it concerns. Each file is one kind of
//! request; `ask` and `receive` are the two doors, `judge` compares before and after.

mod ask;
mod carry;
mod handoff;
mod judge;
mod link;
mod lock;
mod merge;
mod own;
mod pause;
mod place;
pub mod reach;
mod receive;
mod release;
mod reread;
mod resume;
mod send;
mod timer;

pub use ask::{NeedsThread, decide, refuse};
pub use judge::{Context, Decided, Effect, Row, Verdict};
pub use merge::{MergedThread, merge_threads, merge_tickets};
pub use receive::{Fact, Field, receive};
pub use timer::{ClaimDeadline, claim_deadline};
