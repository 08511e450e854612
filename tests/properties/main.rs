//! Properties of the control model, over thousands of random sequences: the rules of the domain
//! against a reference model that keeps the whole history and judges it anew each time, and that
//! shares no rule with them. Seeded faults in the reference show that the comparison can fail.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may fail by panicking"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "looking through a history for one kind of thing"
)]

mod agreement;
mod arrival_order;
mod fault;
mod history;
mod judgement;
mod lateness;
mod merging;
mod moving;
mod moving_around;
mod moving_world;
mod operation;
mod reference;
mod releasing;
mod runs;
#[allow(dead_code, reason = "other test binaries use the rest")]
#[path = "../service/seeds.rs"]
mod seeds;
mod service;
