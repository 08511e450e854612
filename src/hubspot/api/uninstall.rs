//! Takes the app out of an account (`DELETE /appinstalls/2026-03/external-install`, read
//! 2026-11-22; scope `oauth`). HubSpot tells the account's admins by e-mail.

use super::request::{Body, Method, Request};

/// Uninstalls the app from the account whose token is used.
pub fn uninstall() -> Request<()> {
    let path = "appinstalls/2026-03/external-install";
    Request::get("uninstall", path, |_| Ok(())).with(Method::Delete, Body::Empty)
}
