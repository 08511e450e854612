//! What an admin sees of portals, through the API or in the console.

pub mod read;
pub mod view;

pub use view::PortalView;
