//! Encryption of what is stored and must not be read by who holds the database alone: the tokens
//! for HubSpot's API. Each text is bound to its row and column, so that swapped ones do not open.

pub mod binding;
pub mod keyring;
pub mod sealed;
