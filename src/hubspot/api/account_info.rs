//! What kind of account a portal is (`GET /account-info/2026-03/details`, read 2026-11-22; scope
//! `oauth`).

use super::request::Request;
use crate::domain::ids::PortalId;
use crate::hubspot::lenient;
use serde_json::Value;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountInfo {
    /// The account's id.
    pub portal: PortalId,
    /// `STANDARD`, `SANDBOX`, `DEVELOPER_TEST`, `APP_DEVELOPER`, or a word to come.
    pub account_type: Option<String>,
    /// An IANA name, for instance `US/Eastern`.
    pub time_zone: Option<String>,
    /// Where its pages are, for instance `app-eu1.hubspot.com`.
    pub ui_domain: Option<String>,
    /// The data centre, for instance `eu1`.
    pub data_hosting_location: Option<String>,
}

/// The account whose token is used.
pub fn details() -> Request<AccountInfo> {
    Request::get("account_info", "account-info/2026-03/details", account)
}

fn account(body: &Value) -> Result<AccountInfo, &'static str> {
    let text = |name: &str| body.get(name).and_then(lenient::text);
    let portal = body.get("portalId").and_then(lenient::id);
    Ok(AccountInfo {
        portal: portal.map(PortalId).ok_or("it names no portalId")?,
        account_type: text("accountType"),
        time_zone: text("timeZone"),
        ui_domain: text("uiDomain"),
        data_hosting_location: text("dataHostingLocation"),
    })
}
