//! What is wrong with a developer project: rules of HubSpot's that a file breaks, and differences
//! from what the code reads and answers.

mod actions;
mod app;
mod difference;
mod labels;
mod mistake;
mod profiles;
mod structure;
mod whole;

pub use mistake::Mistake;
pub use profiles::public_url;
pub use whole::{Found, check, check_labels};
