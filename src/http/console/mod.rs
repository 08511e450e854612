//! The web page of whoever runs Baton, under `/console`: rendered here, complete without
//! JavaScript, nothing loaded from elsewhere.

pub mod admin;
mod ai_card;
mod assets;
mod changes_card;
mod client_address;
mod connect_card;
mod connection_card;
pub mod cookies;
pub mod csrf;
mod disconnect_page;
pub mod form;
pub mod headers;
pub mod layout;
pub mod local_path;
pub mod notice;
pub mod page_error;
mod portal_frame;
mod portal_list;
mod portal_page;
mod portal_path;
mod portal_switches;
mod private_app;
pub mod routes;
mod scope_list;
mod sender_card;
mod settings_form;
mod settings_page;
mod settings_read;
mod settings_text;
mod shown_time;
mod sign_in;
pub mod toast;
