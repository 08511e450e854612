//! Deciding: a request or a fact is folded into the records it concerns. Each file is one kind of
//! request; `ask` and `receive` are the two doors, `judge` compares before and after.

mod agenda;
mod ask;
mod assignment;
mod carry;
mod effect;
mod fact;
mod handoff;
mod judge;
mod keep_lifted;
mod lapse;
mod leave;
mod link;
mod lock;
mod merge;
mod moved;
mod own;
mod pause;
mod place;
pub mod reach;
mod receive;
mod release;
mod reread;
mod reread_status;
mod resume;
mod schedule;
mod send;
mod timer;
mod unattended;
mod undo;

pub use agenda::{Due, act, due, next_check_at};
pub use ask::{NeedsThread, decide, refuse};
pub use assignment::OwnerField;
pub use effect::Effect;
pub use fact::{Fact, Field};
pub use judge::{Context, Decided, Row, Verdict};
pub use leave::hear_of_left;
pub use merge::{MergedThread, merge_threads, merge_tickets};
pub use moved::{move_thread, moves, undo_where_it_left};
pub use receive::receive;
pub use reread::{APART as READINGS_APART, READ_LAG, counts_at};
pub use schedule::{schedule, schedule_after_timer};
pub use timer::{ClaimDeadline, claim_deadline};
