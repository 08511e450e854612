//! `baton app-config`: the files that describe the app to HubSpot.

pub mod command;
mod folder;
