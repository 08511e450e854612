//! Credentials for HubSpot's API: one row for each portal and kind, at most one of them in use.
//! Tokens come and go encrypted; nothing here can open them.

pub mod claim;
pub mod grant;
pub mod keys;
pub mod put_off;
pub mod restore;
pub mod row;
pub mod wipe;
