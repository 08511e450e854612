//! The transition table of the control model, cell by cell, and the rules around it: each test's
//! name is a claim. Where a hold may lie on the ticket, on the thread or on both, the claim is
//! checked for all three, asked of the ticket and asked of the thread.
#![allow(clippy::expect_used, reason = "a test may fail by panicking")]

mod admins;
mod agenda;
mod closing;
mod handoff;
mod late_chains;
mod late_facts;
mod linking;
mod loop_guard;
mod merges;
mod moved_releases;
mod moves;
mod observing;
mod offers;
mod owners;
mod pause;
mod policies;
mod replies;
mod requests;
mod rereads;
mod resume;
mod send;
mod silences;
mod source_times;
mod status_rereads;
mod stored_facts;
mod timers;
mod unattended;
mod versions;
mod world;
