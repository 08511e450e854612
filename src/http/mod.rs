//! HTTP: actix lives here. Extractors verify before they parse; one file knows status codes; one
//! file for each resource.

pub mod actions;
mod body;
mod caller;
pub mod conversations;
mod error;
pub mod machines;
pub mod observe;
pub mod routes;
mod signed;
pub mod state;
pub mod tickets;
pub mod webhooks;
