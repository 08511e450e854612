//! The web page of whoever runs Baton, under `/console`: rendered here, complete without
//! JavaScript, nothing loaded from elsewhere.

pub mod admin;
mod assets;
mod client_address;
pub mod cookies;
pub mod csrf;
pub mod form;
pub mod headers;
pub mod layout;
pub mod local_path;
pub mod notice;
pub mod page_error;
mod portal_list;
pub mod routes;
mod sign_in;
pub mod toast;
