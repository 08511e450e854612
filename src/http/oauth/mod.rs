//! `/hubspot/oauth`: where an admin's browser begins to connect a portal, and where HubSpot sends
//! it back. Every way it can end is a page that says what happened and what to do.

mod callback;
mod install;
mod page;
mod query;
pub mod routes;
mod said;
