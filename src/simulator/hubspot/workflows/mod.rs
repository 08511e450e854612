//! Workflows: read from the app's own files, enrolled with tickets and contacts, called, judged,
//! branched, delayed, blocked and tried again as HubSpot does it.

pub mod action_file;
pub mod action_files;
pub(super) mod callbacks;
pub(super) mod demo_workflows;
mod edit;
pub mod enrollment;
pub(super) mod execute;
pub mod history;
pub(super) mod live;
pub mod object;
pub(super) mod press;
mod render;
pub(super) mod runner;
pub(super) mod show;
pub(super) mod state;
mod steps;
mod verdict;
pub mod workflow;
