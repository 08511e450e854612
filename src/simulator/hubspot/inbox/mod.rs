//! The inbox page: what customers write and agents answer in an account, without JavaScript.

pub mod conversation_list;
pub mod conversation_page;
pub mod live;
pub mod press;
pub mod show;
