//! HubSpot's OAuth: where consent is asked for, and how codes and tokens are exchanged.

pub mod authorize_url;
mod classify;
pub mod client;
pub mod error;
pub mod grant;
pub mod introspection;
pub mod return_url;
