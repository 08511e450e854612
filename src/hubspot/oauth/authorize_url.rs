//! The address of HubSpot's consent page.

use crate::domain::ids::PortalId;
use crate::domain::scopes::Scope;
use url::{Url, form_urlencoded};

/// What consent is asked for.
#[derive(Clone, Copy, Debug)]
pub struct ConsentRequest<'a> {
    /// The app's client id.
    pub client_id: &'a str,
    /// Where HubSpot sends the browser back: exactly a registered URL.
    pub redirect_uri: &'a str,
    /// Every required scope, and the conditionally required ones that are wanted.
    pub scopes: &'a [Scope],
    /// Scopes that HubSpot drops without a word where the account cannot have them.
    pub optional_scopes: &'a [Scope],
    /// The one-time value that comes back with the code.
    pub state: &'a str,
    /// The account to ask, where only one will do; else the user chooses.
    pub portal: Option<PortalId>,
}

/// The consent page's address below `auth_url`, whose path ends with `/`. The parameters stand in
/// the documented order, and spaces are `%20`, as HubSpot's own clients write them (page "OAuth",
/// read 2026-11-22; the parameter is `optional_scope`, though prose says `optional_scopes`).
pub fn authorize_url(auth_url: &Url, request: &ConsentRequest<'_>) -> String {
    let pinned = request.portal.map(|portal| format!("{portal}/"));
    let mut url = format!(
        "{auth_url}oauth/{}authorize?client_id={}&redirect_uri={}&scope={}",
        pinned.unwrap_or_default(),
        encode(request.client_id),
        encode(request.redirect_uri),
        encode(&spaced(request.scopes)),
    );
    if !request.optional_scopes.is_empty() {
        url.push_str("&optional_scope=");
        url.push_str(&encode(&spaced(request.optional_scopes)));
    }
    url.push_str("&state=");
    url.push_str(&encode(request.state));
    url
}

fn spaced(scopes: &[Scope]) -> String {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    names.join(" ")
}

/// Form encoding, except that a space is `%20`. A plus sign is `%2B` already.
fn encode(text: &str) -> String {
    let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::scopes::{AskedFor, optional, required};

    const BASE: &str = "https://baton.example/hubspot/oauth/callback";

    fn written(features: AskedFor, portal: Option<PortalId>) -> String {
        let request = ConsentRequest {
            client_id: "c0ffee-1",
            redirect_uri: BASE,
            scopes: &required(features),
            optional_scopes: &optional(),
            state: "s+t/a=t e&",
            portal,
        };
        authorize_url(&"https://app.hubspot.com/".parse().unwrap(), &request)
    }

    #[test]
    fn the_address_is_written_exactly_as_documented() {
        assert_eq!(
            written(AskedFor::All, None),
            "https://app.hubspot.com/oauth/authorize?client_id=c0ffee-1\
             &redirect_uri=https%3A%2F%2Fbaton.example%2Fhubspot%2Foauth%2Fcallback\
             &scope=oauth%20tickets%20conversations.read%20conversations.write%20\
             crm.objects.contacts.read%20crm.objects.owners.read%20automation\
             &optional_scope=crm.objects.users.read%20settings.users.teams.read%20\
             crm.objects.contacts.write%20crm.objects.companies.read%20\
             crm.objects.deals.read%20files&state=s%2Bt%2Fa%3Dt%20e%26"
        );
    }

    #[test]
    fn without_workflows_automation_is_not_asked_for_at_all() {
        assert!(!written(AskedFor::Base, None).contains("automation"));
    }

    #[test]
    fn a_reconnect_asks_the_account_it_is_for() {
        let url = written(AskedFor::Base, Some(PortalId(50_001)));
        assert!(url.starts_with("https://app.hubspot.com/oauth/50001/authorize?client_id="));
    }

    #[test]
    fn without_optional_scopes_the_parameter_is_left_out() {
        let request = ConsentRequest {
            client_id: "c",
            redirect_uri: "r",
            scopes: &[Scope::Oauth],
            optional_scopes: &[],
            state: "s",
            portal: None,
        };
        assert_eq!(
            authorize_url(&"http://127.0.0.1:9/hub/".parse().unwrap(), &request),
            "http://127.0.0.1:9/hub/oauth/authorize?client_id=c&redirect_uri=r&scope=oauth&state=s"
        );
    }
}
