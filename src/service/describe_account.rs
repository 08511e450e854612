//! What HubSpot says of an account at the moment it is connected. Without an answer the portal is
//! connected all the same, and the card shows less.

use super::hubspot_app::HubspotApp;
use crate::domain::ids::PortalId;
use crate::hubspot::api::account_info;
use crate::hubspot::api::client::Call;
use crate::hubspot::api::lane::Lane;
use crate::store::portal_record::account::Account;
use secrecy::SecretString;

/// Asks HubSpot about the account whose token this is.
pub(super) async fn describe_account(
    app: &HubspotApp,
    portal: PortalId,
    token: &SecretString,
) -> Account {
    let call = Call {
        portal: Some(portal),
        token,
        lane: Lane::LookUps,
    };
    match app.api.send(call, &account_info::details()).await {
        Ok(info) => Account {
            ui_domain: info.ui_domain,
            region: info.data_hosting_location,
            account_type: info.account_type,
            time_zone: info.time_zone,
            ..Account::default()
        },
        Err(error) => {
            log::warn!(portal_id = portal.0; "the account could not be described: {error}");
            Account::default()
        }
    }
}
