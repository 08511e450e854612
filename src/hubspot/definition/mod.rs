//! The app as HubSpot sees it: its four actions, their inputs, outputs and labels, its webhooks and
//! scopes, as files of a developer project. Made from the tables by which calls are read and
//! answered, so that the two cannot drift apart.
//! Sources: pages "Custom workflow actions", "App configuration" and "Webhooks" (read 2026-11-22).

#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value that is read by a name it lacks is null, and an object takes any name"
)]

pub mod action;
pub mod app;
pub mod check;
pub mod dependency;
pub mod input;
pub mod label_file;
pub mod labels;
pub mod output;
pub mod project;
pub mod rule;
pub mod webhooks;
