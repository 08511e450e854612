//! Tickets (`/crm/objects/2026-03/tickets`, OpenAPI file of "Tickets", read 2026-11-22), and what they
//! are associated with.

pub mod associations;
pub mod change;
pub mod read;
pub mod read_batch;
pub mod search;
pub mod ticket_json;
