//! HTTP: actix lives here. Extractors verify before they parse; one file knows status codes; one
//! file for each resource.

pub mod actions;
mod activity;
mod body;
mod caller;
pub mod console;
pub mod conversations;
mod error;
pub mod latency;
pub mod machines;
pub mod oauth;
pub mod observe;
pub mod options;
pub mod portals;
mod query_fields;
pub mod routes;
mod signed;
pub mod state;
pub mod tickets;
pub mod webhooks;
