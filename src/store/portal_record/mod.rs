//! A portal's row beyond its gates: what HubSpot said of the account, and what admins change.
//! Changes are made under the portal's lock and leave a line in the audit.

pub mod account;
pub mod card;
pub mod changed_event;
pub mod dead;
pub mod lock;
pub mod missed;
pub mod switches;
